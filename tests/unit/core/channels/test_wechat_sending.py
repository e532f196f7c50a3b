import pytest

from cococat.core.agent import Handler
from cococat.core.progress import ShowsProgress
from tests.support import samples
from tests.support.handlers import says
from tests.support.wechat import ADDRESS, USER, OfficialAccount

SEND = "/cgi-bin/message/custom/send"
TOKEN = "/cgi-bin/stable_token"
TYPING = "/cgi-bin/message/custom/typing"


def late(*steps: Handler, service: bool | None = True) -> OfficialAccount:
    """Return an account whose agent answered when the platform no longer waited."""
    account = OfficialAccount(*steps, service=service)
    account.platform.deliver(account.platform.text(USER, "hello"))
    account.clock.advance(10)
    account.world.settle()
    return account


class TestTheToken:
    """The access token, and what is refused because of it."""

    def test_a_door_needs_none(self) -> None:
        """Neither the handshake nor an answer in place calls the platform."""
        account = OfficialAccount(says("hi"))
        account.works_after(1)

        assert account.platform.check_url()
        assert account.platform.write(USER, "hello") == "hi"
        assert account.api.calls == []

    def test_one_serves_many_messages(self) -> None:
        """It is the stable token, which no other process's call takes away."""
        account = late(says("one"), says("two"))
        account.platform.deliver(account.platform.text(USER, "again"))
        account.clock.advance(10)
        account.world.settle()

        assert account.seen == ["one", "two"]
        assert account.api.calls == [TOKEN, SEND, SEND]

    def test_one_that_is_old_is_replaced_once(self) -> None:
        """The message goes out with the new one."""
        account = late(says("one"), says("two"))
        account.api.revoke()
        account.platform.deliver(account.platform.text(USER, "again"))
        account.clock.advance(10)
        account.world.settle()

        assert account.seen == ["one", "two"]
        assert account.api.calls == [TOKEN, SEND, SEND, TOKEN, SEND]

    def test_a_platform_that_refuses_every_token_is_not_asked_without_end(self) -> None:
        """Two calls for each try, with a pause between tries."""
        account = OfficialAccount(says("hi"))
        account.platform.deliver(account.platform.text(USER, "hello"))
        account.clock.advance(10)
        account.api.fails = [40001, 42001]
        account.world.settle()

        assert account.seen == ["hi"]
        assert account.api.calls.count(SEND) == 3


class TestTrouble:
    """The way to the platform fails."""

    def sent(self, failure: str) -> OfficialAccount:
        """Return an account whose first send fails so."""
        account = OfficialAccount(says("hi"))
        account.platform.deliver(account.platform.text(USER, "hello"))
        account.clock.advance(10)
        account.host.failures = ["", failure]
        account.world.settle()
        return account

    def test_what_was_not_sent_is_sent_again(self) -> None:
        """Nothing was written."""
        account = self.sent("refused")

        assert (account.seen, account.reasons()) == (["hi"], [])

    def test_what_may_have_arrived_is_not_sent_again(self) -> None:
        """WeChat has no way to tell; a person looks after it."""
        account = self.sent("lost")

        assert (account.seen, account.reasons()) == (["hi"], ["unknown"])

    @pytest.mark.parametrize("code", [-1, 45011])
    def test_what_the_platform_delays_comes_later(self, code: int) -> None:
        """Busy, or too fast."""
        account = OfficialAccount(says("hi"))
        account.platform.deliver(account.platform.text(USER, "hello"))
        account.clock.advance(10)
        account.api.fails = [code]
        account.world.settle()

        assert (account.seen, account.api.calls.count(SEND)) == (["hi"], 2)

    @pytest.mark.parametrize(
        ("code", "reason"),
        [
            (40003, "user_gone"),
            (48002, "user_refuses"),
            (45002, "too_long"),
            (99999, "wechat_99999"),
        ],
    )
    def test_what_is_refused_for_good_is_listed(self, code: int, reason: str) -> None:
        """One try, and the reason."""
        account = OfficialAccount(says("hi"))
        account.platform.deliver(account.platform.text(USER, "hello"))
        account.clock.advance(10)
        account.api.fails = [code]
        account.world.settle()

        assert (account.seen, account.reasons()) == ([], [reason])
        assert account.api.calls.count(SEND) == 1


class TestTyping:
    """The sign that an answer is being written."""

    def shown(self, account: OfficialAccount, *times: float) -> list[str]:
        """Show that the agent works on a message, at *times*; return the calls that were made."""
        account.platform.deliver(account.platform.text(USER, "hello"))
        address = samples.reply_address("typing", address=ADDRESS, user=USER)
        channel = account.channel
        shown: dict[str, str] = {}
        assert isinstance(channel, ShowsProgress)
        began = account.clock.now()
        for each in times:
            account.clock.advance(began + each - account.clock.now())
            shown = channel.show(address, "", shown)
        return [call for call in account.api.calls if call != TOKEN]

    def test_is_seen_while_it_takes_long(self) -> None:
        """Not at once, and not again while it lasts."""
        account = OfficialAccount()
        calls = self.shown(account, 0, 4, 8, 12, 16, 20)

        assert calls == [TYPING] * 2
        assert account.api.is_typing(USER)

    @pytest.mark.parametrize("code", [45072, 45080, 45081])
    def test_its_own_refusals_do_no_harm(self, code: int) -> None:
        """It is only a sign."""
        account = OfficialAccount()
        account.api.fails = [code]

        assert self.shown(account, 0, 4) == [TYPING]

    def test_an_account_that_may_not_send_shows_none(self) -> None:
        """Learnt here, it holds for answers too."""
        account = OfficialAccount(service=False)

        assert self.shown(account, 0, 4, 20, 24) == [TYPING]
        assert self.shown(OfficialAccount(service=None), 0, 4) == []

    def test_what_was_said_so_far_is_not_shown(self) -> None:
        """WeChat has no messages that grow."""
        account = OfficialAccount()
        channel = account.channel
        assert isinstance(channel, ShowsProgress)
        address = samples.reply_address("typing", address=ADDRESS, user=USER)

        assert channel.show(address, "so far", {"a": "b"}) == {"a": "b"}
        assert account.api.calls == []
