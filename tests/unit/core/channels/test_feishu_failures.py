"""What Feishu's API may answer, and what becomes of an answer then."""

import json

import pytest

from cococat.core import feishu_errors
from cococat.core.platform_errors import Remedy
from cococat.simulators.feishu_api import BROKEN, HTML, LIFE, LOST, NOT_SENT
from tests.support.feishu import SEALED, USER, FeishuApp
from tests.support.handlers import says


class TestOnce:
    """A send may be tried again, and is seen once."""

    @pytest.mark.parametrize(
        "failure", [LOST, NOT_SENT, BROKEN, HTML, 2200, 5000, 230049, 230020, 99991400]
    )
    def test_what_passes_is_tried_again(self, failure: int | str) -> None:
        """With the same key, so that one whose answer got lost is no second message."""
        app = FeishuApp()
        app.server.fails = [failure]
        app.platform.write(USER, "hi")
        app.world.settle()

        assert app.heard() == ["hi"]
        assert len([call for call in app.server.calls if call.endswith("/reply")]) == 2
        assert app.reasons() == []

    def test_a_limit_is_waited_for_as_long_as_the_platform_says(self) -> None:
        """Its header names the seconds."""
        app = FeishuApp()
        app.server.fails = [99991400]
        started = app.clock.now()
        app.platform.write(USER, "hi")
        app.world.settle()

        assert 3 <= app.clock.now() - started < 5

    @pytest.mark.parametrize(("reset", "least", "most"), [("0", 1, 3), ("99999", 3600, 3602)])
    def test_a_wait_is_a_second_at_least_and_an_hour_at_most(
        self, reset: str, least: int, most: int
    ) -> None:
        """The platform may name no second at all, or a day."""
        app = FeishuApp()
        app.server.fails, app.server.reset = [99991400] * 2, reset
        app.platform.write(USER, "hi")
        started = app.clock.now()
        app.world.settle()

        assert app.heard() == ["hi"]
        assert 2 * least <= app.clock.now() - started <= 2 * most

    def test_a_chat_is_not_written_to_faster_than_it_may(self) -> None:
        """Five a second are booked; the simulator would refuse the sixth."""
        app = FeishuApp()
        for number in range(8):
            app.platform.write(USER, f"m{number}")
        app.world.settle()

        assert app.heard() == [f"m{number}" for number in range(8)]
        assert len([call for call in app.server.calls if call.endswith("/reply")]) == 8

    def test_keys_differ_by_message_and_part(self) -> None:
        """And have no more than fifty characters."""
        app = FeishuApp(says("one"), lambda _message: "x" * 150_000)
        app.platform.write(USER, "1")
        app.platform.write(USER, "2")
        app.world.settle()

        assert [len(text) > 3 for text in app.heard()] == [False, True, True]


class TestTokens:
    """The app's access token."""

    def test_it_is_asked_for_once(self) -> None:
        """All messages and processes share it."""
        app = FeishuApp()
        for number in range(3):
            app.platform.write(USER, str(number))
            app.world.settle()

        assert app.server.calls.count("POST /auth/v3/tenant_access_token/internal") == 1

    def test_a_refused_one_is_renewed_within_the_same_try(self) -> None:
        """Somebody reset it in the console."""
        app = FeishuApp()
        app.platform.write(USER, "1")
        app.world.settle()
        app.server.revoke()
        started = app.clock.now()
        app.platform.write(USER, "2")
        app.world.settle()

        assert (app.heard(), app.reasons()) == (["1", "2"], [])
        assert app.clock.now() == started

    def test_it_is_renewed_before_it_ends(self) -> None:
        """The earlier one stays good until its end, so nobody waits."""
        app = FeishuApp()
        for hours in range(6):
            app.clock.advance(LIFE / 2)
            app.platform.write(USER, str(hours))
            app.world.settle()

        assert len(app.heard()) == 6
        assert app.reasons() == []

    def test_wrong_credentials_are_the_operators(self) -> None:
        """The answer is kept, and nothing is tried again and again."""
        app = FeishuApp(app_secret="wrong")
        app.platform.write(USER, "hi")
        app.world.settle()

        assert (app.heard(), app.reasons()) == ([], ["feishu_10014"])


class TestErrors:
    """The table of the platform's errors."""

    @pytest.mark.parametrize("code", sorted(feishu_errors.FAULTS))
    def test_each_is_what_the_table_says(self, code: int) -> None:
        """Tried again, sent otherwise, or kept with its reason; never lost, never twice."""
        app = FeishuApp()
        app.server.fails = [code]
        app.platform.write(USER, "hi")
        app.world.settle()

        fault = feishu_errors.FAULTS[code]
        is_sent = fault.remedy not in (Remedy.PERMANENT, Remedy.OPERATOR)
        is_sent = is_sent or fault.reason == feishu_errors.GONE
        assert app.heard() == (["hi"] if is_sent else [])
        assert app.reasons() == ([] if is_sent else [fault.reason])

    @pytest.mark.parametrize("status", [200, 400, 401, 403, 429, 500])
    @pytest.mark.parametrize(("code", "sent"), [(230002, 0), (230020, 1), (99991663, 1)])
    def test_the_code_decides_and_not_the_status(self, code: int, sent: int, status: int) -> None:
        """The platform has them with any."""
        app = FeishuApp()
        app.server.fails = [(code, status)]
        app.platform.write(USER, "hi")
        app.world.settle()

        assert (len(app.heard()), len(app.reasons())) == (sent, 1 - sent)

    def test_an_unknown_one_is_kept(self) -> None:
        """Nobody knows whether another try would help, so a person decides."""
        app = FeishuApp()
        app.server.fails = [123456]
        app.platform.write(USER, "hi")
        app.world.settle()

        assert app.reasons() == ["refused"]

    def test_operators_get_advice(self) -> None:
        """In words, for each of them."""
        for fault in feishu_errors.FAULTS.values():
            assert bool(fault.advice) == (fault.remedy is Remedy.OPERATOR)


def test_no_log_line_holds_a_token_or_a_text(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever fails: only codes, and the platform's own id of the call."""
    app = FeishuApp(says("canary-reply"))
    app.server.fails = [2200, LOST, 99991663, 230001]
    app.platform.write(USER, "canary-text")
    app.world.settle()

    logged = json.dumps([repr(vars(record)) for record in caplog.records])
    tokens = [*app.server.tokens, SEALED.app_secret, "canary"]
    assert [each for each in tokens if each in logged] == []
    assert "20261124LOGID" in logged
