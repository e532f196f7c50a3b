import base64
import json
from dataclasses import replace

import pytest

from cococat.core.agent import Handler
from cococat.core.channel_status import Status, relevant
from cococat.core.http_client import HttpAnswer, HttpClient, HttpRequest
from cococat.core.messages import Reply, ReplyFile
from cococat.core.platform_errors import Remedy
from cococat.core.replay import DeadLetterDesk
from cococat.core.wechat_errors import FAULTS, TOKEN_FAULTS
from cococat.core.wechat_pending import HINT
from cococat.core.wechat_right import PAUSE
from tests.support.discord import Scripted
from tests.support.handlers import says
from tests.support.wechat import ADDRESS, USER, OfficialAccount
from tests.support.wechat_window import SEND, ask

BANNED = (48004, 50002)
CALLS = [code for code, fault in FAULTS.items() if fault.remedy is Remedy.OPERATOR]
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\ncanary").decode("ascii")
IMAGE = ReplyFile(kind="image", name="猫.png", source=f"data:image/png;base64,{PNG}")


class NoToken:
    """WeChat's API, which refuses to give out a token, with *code*."""

    def __init__(self, api: HttpClient, code: int) -> None:
        self._api = api
        self._code = code

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Answer *request*."""
        if not request.url.endswith("/stable_token"):
            return self._api.send(request, seconds)
        body = json.dumps({"errcode": self._code, "errmsg": "refused"}).encode()
        return HttpAnswer(status=200, headers={}, body=body)


def late(*steps: Handler, a_day: int = 0) -> OfficialAccount:
    """Return an account that may send so many messages *a_day*; its user has asked."""
    account = OfficialAccount(*steps)
    account.api.a_day = a_day
    ask(account)
    return account


def refused(code: int) -> OfficialAccount:
    """Return an account whose answer `hi` is refused with *code*."""
    account = OfficialAccount(says("hi"))
    account.api.fails = [code]
    ask(account)
    return account


def tokenless(code: int) -> OfficialAccount:
    """Return an account that has the answer `hi`, but no token, because of *code*."""
    account = OfficialAccount(says("hi"))
    account.world.libraries.http = NoToken(account.host, code)
    ask(account)
    return account


def status(account: OfficialAccount) -> tuple[Status, str]:
    """Return the account's status, and the code of what is wrong."""
    seen = relevant(account.world.observations.read(ADDRESS), 1)
    assert seen is not None
    return seen.status, seen.last_error.code if seen.last_error else ""


def advice(account: OfficialAccount) -> str:
    """Return what the operator reads."""
    seen = account.world.observations.read(ADDRESS)
    assert seen is not None
    assert seen.send_error is not None
    return seen.send_error.message


class TestTheQuotaOfADay:
    """45009: all customer-service messages of the day are sent."""

    def test_is_told_with_what_helps(self) -> None:
        """It is no dead letter: it arrives."""
        account = late(says("late"))

        assert (account.seen, account.reasons()) == ([], [])
        assert status(account) == (Status.ERROR, "daily_quota_used")
        assert "midnight" in advice(account)
        assert "(errcode 45009)" in advice(account)

    @pytest.mark.parametrize("options", [{}, {"passive_wait": 0}])
    def test_keeps_back_nothing(self, options: dict[str, float]) -> None:
        """The next message fetches the answer at once, and the one after that its own."""
        account = OfficialAccount(says("one"), says("two"), says("three"), options=options)
        account.api.a_day = 0
        began = account.clock.now()
        assert [ask(account, each) for each in ("a", "b", "继续", "c")] == [
            None,
            "one",
            "two",
            None,
        ]
        assert account.clock.now() - began < PAUSE
        assert account.platform.write(USER, "1") == "three"

        assert account.seen == ["one", "two", "three"]
        assert (account.agent.seen, account.reasons()) == (["a", "b", "c"], [])

    def test_is_not_asked_for_with_each_answer(self) -> None:
        """Meanwhile the door holds on over the deliveries, as where there is no right."""
        account = late(says("late"), says("in time"))
        assert account.platform.write(USER, "继续") == "late"
        account.works_after(12)

        assert account.platform.write(USER, "again") == "in time"
        account.world.settle()
        assert account.api.calls.count(SEND) == 1
        assert status(account) == (Status.ERROR, "daily_quota_used")

    def test_is_over_with_the_day(self) -> None:
        """Then answers are sent, and nothing is wrong."""
        account = late(says("late"), says("tomorrow's"))
        assert account.platform.write(USER, "继续") == "late"
        account.clock.advance(24 * 3600)
        account.api.a_day = 1

        assert ask(account, "again") is None
        assert account.seen == ["late", "tomorrow's"]
        assert status(account) == (Status.CONNECTED, "")

    def test_is_tried_again_soon(self) -> None:
        """The account's console can clear it at any time."""
        account = late(says("late"), says("sent"))
        account.api.a_day = 10
        account.clock.advance(PAUSE)

        assert ask(account, "again") == "late"
        assert account.seen == ["late", "sent"]

    def test_lets_the_rest_of_an_answer_wait(self) -> None:
        """What was sent is not said again."""
        account = late(says("a" * 2000 + "b" * 2000 + "c"), a_day=1)

        said = [account.platform.write(USER, "继续") for _ in range(2)]
        assert (account.seen[0], said) == ("a" * 2000, [f"{'b' * 2000}\n{HINT}", "c"])
        assert account.reasons() == []


class TestWhoeverCanMendIt:
    """Addresses, secrets and approvals: a passive reply needs none of them."""

    def test_an_address_that_is_not_allowed_is_named(self) -> None:
        """The operator reads what to put on the list; the credentials are not to blame."""
        account = OfficialAccount(says("hi"))
        account.api.allowed = False
        ask(account)

        assert status(account) == (Status.ERROR, "wechat_40164")
        assert "203.0.113.7" in advice(account)
        assert (account.platform.write(USER, "继续"), account.reasons()) == ("hi", [])

    def test_a_secret_that_stays_wrong_is_told_as_that(self) -> None:
        """The account's users are answered all the same."""
        account = OfficialAccount(says("hi"))
        account.api.app_secret = "another"
        ask(account)

        assert status(account) == (Status.AUTH_ERROR, "wechat_40125")
        assert (account.platform.write(USER, "继续"), account.reasons()) == ("hi", [])

    @pytest.mark.parametrize("code", sorted(set(TOKEN_FAULTS) - set(BANNED)))
    def test_an_answer_without_a_token_waits(self, code: int) -> None:
        """Whatever is the reason that there is none."""
        account = tokenless(code)

        assert status(account)[1] == f"wechat_{code}"
        assert (account.platform.write(USER, "继续"), account.reasons()) == ("hi", [])

    @pytest.mark.parametrize("code", sorted(set(CALLS) - set(BANNED)))
    def test_an_answer_that_is_refused_waits(self, code: int) -> None:
        """Once, and the operator is told."""
        account = refused(code)

        assert status(account)[1] == FAULTS[code].reason
        assert (account.platform.write(USER, "继续"), account.reasons()) == ("hi", [])
        assert account.seen == ["hi"]

    @pytest.mark.parametrize("code", BANNED)
    def test_a_banned_account_can_not_be_asked_for_it(self, code: int) -> None:
        """Whether its users' messages come at all nobody knows, so it is a dead letter."""
        account = refused(code)
        assert (account.reasons(), status(account)[1]) == (["api_banned"], "api_banned")
        account = tokenless(code)

        assert (account.reasons(), status(account)[1]) == ([f"wechat_{code}"], f"wechat_{code}")

    def test_an_answer_in_a_response_proves_nothing(self) -> None:
        """The status stays until one is sent."""
        account = OfficialAccount(says("late"), says("in time"))
        account.api.allowed = False
        ask(account)
        account.clock.advance(PAUSE)
        account.platform.write(USER, "继续")
        account.works_after(1)

        assert account.platform.write(USER, "again") == "in time"
        account.clock.advance(10)
        account.world.settle()
        assert status(account) == (Status.ERROR, "wechat_40164")


class TestFiles:
    """What would have to be uploaded can't wait without a token."""

    def account(self, reply: Reply) -> OfficialAccount:
        """Return an account whose address is not allowed; it has *reply*."""
        account = OfficialAccount(lambda _message: reply)
        account.api.allowed = False
        ask(account)
        return account

    def test_they_are_listed_and_the_words_before_them_wait(self) -> None:
        """The file is sent once the address is allowed, and no word comes twice."""
        account = self.account(Reply(text="看", files=(IMAGE,)))
        assert account.reasons() == ["wechat_40164"]
        assert account.platform.write(USER, "继续") == "看"
        account.api.allowed = True
        account.clock.advance(PAUSE)
        self.replay(account)

        assert [each.partition(" ")[0] for each in account.seen] == ["看", "[image"]
        assert account.reasons() == []

    def test_one_that_is_late_hides_nothing_from_the_operator(self) -> None:
        """The words wait for it, and are refused again before they wait for their user."""
        file = replace(IMAGE, source="https://files.example/cat.png")
        account = OfficialAccount(lambda _message: Reply(text="看", files=(file,)))
        account.api.a_day = 0
        host = Scripted(HttpAnswer(status=503), HttpAnswer(status=404))
        vars(account.world.libraries)["public_http"] = host
        ask(account)

        assert status(account) == (Status.ERROR, "daily_quota_used")
        assert (account.platform.write(USER, "继续"), account.reasons()) == (f"看\n{HINT}", [])

    def test_one_alone_is_listed(self) -> None:
        """Its name is not said in its place."""
        account = self.account(Reply(files=(IMAGE,)))

        assert (account.reasons(), account.seen) == (["wechat_40164"], [])
        assert status(account) == (Status.ERROR, "wechat_40164")

    def test_uploads_have_a_quota_of_their_own(self) -> None:
        """Where it is used up, texts are sent all the same."""
        account = OfficialAccount(lambda _message: Reply(text="看", files=(IMAGE,)), says("ok"))
        account.api.fails = [0, 45009]
        ask(account)
        ask(account, "again")

        assert (account.seen, account.reasons()) == (["看", "ok"], ["daily_quota_used"])

    def replay(self, account: OfficialAccount) -> None:
        """Replay the only dead letter."""
        backend = account.backend
        desk = DeadLetterDesk(
            items=backend.items,
            directory=backend.directory,
            mailbox=backend.mailbox,
            outbox=backend.outbox,
            clock=account.clock,
        )
        (letter,) = account.world.letters()
        desk.replay(letter)
        account.world.settle()
