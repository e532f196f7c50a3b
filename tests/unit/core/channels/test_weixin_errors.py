import json
from typing import Any

import pytest

from cococat.core import weixin_errors
from cococat.core.errors import CredentialsRefused, PlatformUnreachable
from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.core.weixin_errors import ERRORS, ON_TOKEN
from cococat.simulators.weixin_api import WeComApi
from tests.support.handlers import says
from tests.support.weixin import APP, Connected, answered, shown
from tests.support.wishes import MemoryObservations

SEND = "/cgi-bin/message/send"
TOKEN = "/cgi-bin/gettoken"


class TestTokens:
    """Access tokens."""

    def test_one_serves_many_messages(self) -> None:
        """And each application has its own."""
        account = answered("长" * 2000)

        assert account.api.calls.count(TOKEN) == 1
        assert account.api.calls.count(SEND) == len(account.api.shown) > 1

    @pytest.mark.parametrize("code", [40014, 42001, 40001])
    def test_that_are_refused_are_renewed_once(self, code: int) -> None:
        """The platform may end one early."""
        account = answered("hi", failures=[None, code])

        assert account.api.calls == [TOKEN, SEND, TOKEN, SEND]
        assert shown(account) == [("text", {"content": "hi"})]

    def test_check_the_account(self) -> None:
        """Credentials are good where a token comes of them."""
        assert Connected().channel.check_credentials() is True

    @pytest.mark.parametrize("code", sorted(ON_TOKEN))
    def test_that_are_not_to_be_had_say_why(self, code: int) -> None:
        """In a sentence for the operator, with the address that has to be allowed."""
        account = Connected()
        account.api.failures = [code]
        with pytest.raises(CredentialsRefused) as refused:
            account.channel.check_credentials()

        assert refused.value.code == f"weixin_{code}"
        assert f"(errcode {code})" in refused.value.message
        assert ("192.0.2.7" in refused.value.message) == (code == weixin_errors.NOT_TRUSTED)
        assert APP.secret not in refused.value.message

    @pytest.mark.parametrize("failure", ["refused", "lost", -1, 45009])
    def test_that_can_not_be_asked_for_are_no_refusal(self, failure: str | int) -> None:
        """The platform is down, or busy."""
        account = Connected()
        account.api.failures = [failure]
        with pytest.raises(PlatformUnreachable):
            account.channel.check_credentials()


RETRIED = {
    code: fault.reason
    for code, fault in ERRORS.items()
    if fault.remedy.value in ("retry", "wait", "refresh_token")
}
FINAL = {code: fault.reason for code, fault in ERRORS.items() if code not in RETRIED}


class TestErrors:
    """What the platform refuses."""

    @pytest.mark.parametrize("code", sorted(RETRIED.keys() - {40007}))
    def test_that_may_pass_are_sent_again(self, code: int) -> None:
        """The member sees the answer once."""
        account = answered("hi", failures=[None, code])

        assert (shown(account), account.reasons()) == ([("text", {"content": "hi"})], [])

    @pytest.mark.parametrize(("refusals", "hours"), [(1, 1 / 60), (2, 2 / 60), (3, 1), (4, 2)])
    def test_of_too_many_calls_are_waited_for(self, refusals: int, hours: float) -> None:
        """A minute, then an hour: the platform does not say of which the limit was."""
        account = Connected()
        account.api.failures = [None, *[45009] * refusals]
        account.platform.deliver(account.platform.text("ann", "hello"))
        began = account.clock.now()
        account.world.settle()

        assert account.clock.now() - began == pytest.approx(hours * 3600, abs=150)
        assert (len(account.api.shown), account.reasons()) == (1, [])

    @pytest.mark.parametrize("code", [*sorted(FINAL), 99999])
    def test_that_stay_are_listed_with_their_reason(self, code: int) -> None:
        """And not sent again."""
        account = answered("hi", failures=[None, code])

        assert account.reasons() == [FINAL.get(code, f"weixin_{code}")]
        assert account.api.calls == [TOKEN, SEND]

    @pytest.mark.parametrize(
        ("prepared", "code"),
        [
            ({"failures": [None, 60020]}, "weixin_60020"),
            ({"unlicensed": {"ann"}}, "weixin_unlicenseduser"),
            ({"invisible": {"ann"}}, "weixin_81013"),
        ],
    )
    def test_that_a_person_has_to_mend_are_shown(
        self, prepared: dict[str, Any], code: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """In the channel's status, with what to do; a good answer may hide one, too."""
        noted = []
        monkeypatch.setattr(
            MemoryObservations, "note_send_error", lambda _s, _a, seen: noted.append(seen)
        )
        account = answered("hi", **prepared)

        assert (account.api.shown, account.reasons()) == ([], [code])
        (seen,) = noted
        assert (seen.code, seen.is_credentials) == (code, False)
        if code == "weixin_60020":
            assert seen.message.endswith(": 192.0.2.7")

    def test_of_one_member_among_others_is_that_ones(self) -> None:
        """Whose answer names somebody else has arrived."""
        account = answered("hi", unlicensed={"bob"})

        assert account.reasons() == []


class TestRepeats:
    """A send whose end nobody knows."""

    @pytest.mark.parametrize(("failure", "calls"), [("lost", 2), ("refused", 2)])
    def test_is_made_again_and_seen_once(self, failure: str, calls: int) -> None:
        """WeCom itself drops the repeat."""
        account = answered("hi", failures=[None, failure])

        assert account.api.calls.count(SEND) == calls
        assert (len(account.api.shown), account.reasons()) == (1, [])

    def test_asks_for_the_check_only_then(self) -> None:
        """Two honest answers with the same words are two."""
        bodies: list[dict[str, Any]] = []

        class Listening(WeComApi):
            """Notes what is sent."""

            def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
                """Note the body."""
                if SEND in request.url:
                    bodies.append(json.loads(request.body))
                return WeComApi.send(self, request, seconds)

        account = Connected(says("same"), says("same"))
        api = Listening(apps=[APP], now=account.clock.now, failures=[None, "lost"])
        account.network.hosts["qyapi.weixin.qq.com"] = api
        for text in ("one", "two"):
            account.platform.deliver(account.platform.text("ann", text))
            account.world.settle()

        assert [body.get("enable_duplicate_check") for body in bodies] == [None, 1, None]
        assert len(api.shown) == 2


def test_nobody_is_sent_more_than_is_shown() -> None:
    """Thirty a minute: the rest waits instead of being dropped by the platform."""
    account = Connected()
    platform = account.platform
    for number in range(40):
        platform.deliver(platform.text("ann", f"message {number}"))
    account.world.settle()

    assert account.api.said_to("ann", APP.agent_id) == [f"message {n}" for n in range(40)]
