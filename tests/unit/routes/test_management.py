"""Who gets into the management API, and what everybody else is told."""

import json
import logging

import pytest

from cococat.core.throttle import MOST, WINDOW
from tests.support.api import said, value
from tests.support.clock import START
from tests.support.console import CALLER, READS, WRITES, Console, wanted

EVERYTHING = [("GET", path) for path in READS] + [("POST", path) for path in WRITES]


class TestNobody:
    """Requests without a good key."""

    @pytest.mark.parametrize(("method", "path"), [*EVERYTHING, ("GET", "/nowhere")])
    def test_without_any_key_configured_nobody_gets_in(
        self, console: Console, method: str, path: str
    ) -> None:
        """It fails closed, and says what to do; not even the addresses are told."""
        console.keys.kept.clear()
        answer = console.ask(method, path, wanted(config={}))

        assert said(answer) == (503, "no_admin_key")
        assert "cococat.admin_keys create" in value(answer)["error"]["message"]

    @pytest.mark.parametrize(("method", "path"), [*EVERYTHING, ("GET", "/nowhere")])
    @pytest.mark.parametrize(
        "authorization",
        [
            "",
            "Bearer",
            "Bearer ",
            "Bearer wrong",
            "Basic {key}",
            "{key}",
            "Bearer {key}x",
            "{key} {key}",
        ],
    )
    def test_a_wrong_key_is_401(
        self, console: Console, method: str, path: str, authorization: str
    ) -> None:
        """Whatever the form; the body says no more than that."""
        given = authorization.format(key=console.key)
        answer = console.ask(method, path, wanted(config={}), authorization=given)

        assert said(answer) == (401, "unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"
        assert console.ctx.wishes.writes == 0

    def test_the_scheme_is_not_case_sensitive(self, console: Console) -> None:
        """As HTTP wants it."""
        answer = console.ask("GET", "/api/channels", authorization=f"bEARER  {console.key} ")

        assert answer.status == 200

    @pytest.mark.parametrize("path", WRITES)
    def test_reading_is_not_managing(self, path: str) -> None:
        """A key of scope read is 403 for every change."""
        console = Console("read")
        answer = console.ask("POST", path, wanted(config={}))

        assert said(answer) == (403, "forbidden")
        assert value(answer)["error"]["message"] == "This key may not manage."
        assert console.ctx.wishes.writes == 0

    @pytest.mark.parametrize("path", READS[:2])
    @pytest.mark.parametrize("scope", ["read", "manage"])
    def test_both_scopes_read(self, scope: str, path: str) -> None:
        """Manage includes read."""
        assert Console(scope).ask("GET", path).status == 200

    def test_an_expired_key_is_401(self, console: Console) -> None:
        """From its last second on."""
        key = console.keys.make("manage", expires_at=int(START) + 10)
        assert console.ask("GET", "/api/channels", key=key).status == 200
        console.ctx.clock.advance(10)

        assert said(console.ask("GET", "/api/channels", key=key)) == (401, "unauthorized")

    def test_a_revoked_key_is_401(self, console: Console) -> None:
        """The others go on."""
        other = console.keys.make("manage")
        del console.keys.kept[0]

        assert console.ask("GET", "/api/channels").status == 401
        assert console.ask("GET", "/api/channels", key=other).status == 200


class TestGuessing:
    """Whoever keeps trying keys."""

    def guess(self, console: Console, times: int, caller: str = CALLER) -> list[int]:
        """Try so many wrong keys; return the statuses."""
        asked = [
            console.ask("GET", "/api/channels", key="wrong", caller=caller) for _ in range(times)
        ]
        return [answer.status for answer in asked]

    def test_is_slowed_down(self, console: Console) -> None:
        """Ten failures in a minute, then 429 with the time to wait, also for a right key."""
        assert self.guess(console, MOST) == [401] * MOST
        answer = console.ask("GET", "/api/channels")

        assert said(answer) == (429, "too_many")
        assert answer.headers["retry-after"] == str(WINDOW)

    def test_slows_down_nobody_else(self, console: Console) -> None:
        """Another address gets in."""
        self.guess(console, MOST + 5)

        assert console.ask("GET", "/api/channels", caller="192.0.2.2").status == 200

    def test_is_forgotten_with_the_minute(self, console: Console) -> None:
        """Whoever mistyped gets in again."""
        self.guess(console, MOST + 1)
        console.ctx.clock.advance(WINDOW)

        assert console.ask("GET", "/api/channels").status == 200

    def test_a_right_key_is_no_failure(self, console: Console) -> None:
        """However often it comes, and whatever it may not do."""
        key = console.keys.make("read")
        statuses = {console.ask("POST", WRITES[0], {}, key=key).status for _ in range(MOST + 5)}

        assert statuses == {403}
        assert console.ask("GET", "/api/channels").status == 200


class TestAwsIdentities:
    """API Gateway checks who it is, by parameter."""

    def test_an_identity_gets_in_without_a_key(self) -> None:
        """And may do everything: IAM says who may call the routes."""
        console = Console(by_iam=True)
        console.keys.kept.clear()
        arn = "arn:aws:iam::123456789012:user/ann"

        assert console.ask("GET", "/api/channels", key="", principal=arn).status == 200
        assert console.ask("POST", WRITES[1], wanted(), key="", principal=arn).status == 200

    @pytest.mark.parametrize(("method", "path"), EVERYTHING)
    def test_a_key_does_not_help_without_one(self, method: str, path: str) -> None:
        """A route that was left open by mistake is closed all the same."""
        console = Console(by_iam=True)

        assert said(console.ask(method, path, wanted(config={}))) == (403, "forbidden")


class TestFailures:
    """Errors of ours."""

    def test_are_500_and_say_nothing(
        self, console: Console, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The log has the kind and the place, nobody's words."""

        def fail() -> None:
            raise KeyError("canary")

        monkeypatch.setattr(console.ctx.wishes, "all", fail)
        answer = console.ask("GET", "/api/channels")

        assert said(answer) == (500, "internal")
        assert vars(caplog.records[0])["error"] == "KeyError"
        assert "canary" not in caplog.text + answer.body

    def test_keys_that_can_not_be_read_let_nobody_in(
        self, console: Console, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It fails closed."""
        monkeypatch.setattr(console.keys, "all", lambda: 1 / 0)

        assert said(console.connect()) == (500, "internal")
        assert console.ctx.wishes.writes == 0


def test_no_answer_and_no_log_line_holds_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever is sent: good, bad, refused, unreachable, broken, taken."""
    caplog.set_level(logging.DEBUG)
    console = Console()
    words = {"good": "proven", "bad": "refused", "down": "unreachable", "odd": "broken"}
    console.ctx.platform.says = {f"canary{word}": said for word, said in words.items()}
    answers = [console.connect(token=f"canary{word}", name=word) for word in words]
    answers += [console.connect(token=f"canary{word}", name="good") for word in words]
    config = {"endpoint": "/api/channel/a", "api_key": ["canary-key-0123456789", "canary key"]}
    web = wanted(channel_type="web_api", config=config)
    answers.append(console.ask("POST", WRITES[0], web))
    config["api_key"] = "canary-key-0123456789"
    for scene in ("shop", "bank"):
        answers.append(console.ask("POST", WRITES[0], web | {"target_id": scene}))
    answers.append(console.ask("POST", WRITES[0], {"config": "canary"}))
    answers.append(console.ask("POST", WRITES[0], b'{"config": "canary'))
    answers.append(console.ask("POST", WRITES[0], wanted(config={"token": {"canary": 1}})))
    answers += [console.ask("GET", path, key="ck_canary") for path in READS]
    answers += [console.ask("GET", path) for path in READS]
    logged = [json.dumps(vars(record), default=str) for record in caplog.records]

    assert {answer.status for answer in answers} == {200, 400, 401, 404, 409, 422, 500, 503}
    assert [answer.body for answer in answers if "canary" in answer.body] == []
    assert [line for line in logged if "canary" in line] == []
