import base64
import re

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from cococat.core.agent import Handler
from cococat.core.channel_status import Status
from cococat.core.messages import Button, Card, CardField, Format, Reply, ReplyFile
from cococat.core.progress import ShowsProgress
from cococat.core.wechat_outlet import QUOTA
from cococat.core.wechat_pending import HINT
from tests.support import samples
from tests.support.handlers import says
from tests.support.wechat import ADDRESS, USER, OfficialAccount

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"canary").decode("ascii")
SEND = "/cgi-bin/message/custom/send"
TOKEN = "/cgi-bin/stable_token"
TYPING = "/cgi-bin/message/custom/typing"


def answers(reply: Reply) -> Handler:
    """Return an agent that answers *reply*."""
    return lambda _message: reply


def late(*steps: Handler, service: bool | None = True) -> OfficialAccount:
    """Return an account whose agent answered when the platform no longer waited."""
    account = OfficialAccount(*steps, service=service)
    account.platform.deliver(account.platform.text(USER, "hello"))
    account.clock.advance(10)
    account.world.settle()
    return account


def whole(said: list[str]) -> str:
    """Return what was said in parts, without the words on how to go on."""
    return "".join(each.removesuffix(f"\n{HINT}") for each in said)


LONG = "\n".join(
    [
        "第一段：你好，世界。👩‍👩‍👧 🇨🇳" * 40,
        "```python",
        *(f"print({number})  # 猫 🐈" for number in range(1000)),
        "```",
        "| 甲 | 乙 |",
        "|---|---|",
        *(f"| {number} | {'值' * 20} |" for number in range(400)),
    ]
)[:40_000]


class TestLongAnswers:
    """Forty thousand characters of code, emoji and tables."""

    def squeezed(self, text: str) -> str:
        """Return *text* without the white space at which it may be cut."""
        return re.sub(r"\s", "", text)

    @pytest.mark.parametrize(
        ("service", "at_once", "on_request"), [(True, QUOTA, 1), (None, 0, 1), (False, 0, 1)]
    )
    def test_arrive_whole_and_in_order_at_the_legal_rate(
        self,
        service: bool | None,  # noqa: FBT001 - a parameter of the test
        at_once: int,
        on_request: int,
    ) -> None:
        """Five messages where the account may send; the rest, or all, part by part on request."""
        account = late(says(LONG), service=service)
        assert len(account.seen) == at_once
        while not account.seen or account.seen[-1].endswith(HINT):
            before = len(account.seen)
            account.platform.write(USER, "继续")
            assert len(account.seen) == before + on_request

        assert all(len(each.encode()) <= 2048 for each in account.seen)
        assert self.squeezed(whole(account.seen)) == self.squeezed(LONG)
        assert (account.agent.seen, account.reasons()) == (["hello"], [])

    @pytest.mark.parametrize(("service", "seen"), [(True, 1 + QUOTA), (None, 1)])
    def test_begin_in_the_response_where_they_are_in_time(
        self,
        service: bool | None,  # noqa: FBT001 - a parameter of the test
        seen: int,
    ) -> None:
        """A passive reply does not count; the user is told how to go on."""
        account = OfficialAccount(says(LONG), service=service)
        account.works_after(1)
        account.platform.write(USER, "hello")
        if service is None:  # at once, before the outbox comes to it
            account.platform.write(USER, "继续")
            assert len(account.seen) == 2
        account.clock.advance(1)
        account.world.settle()
        while account.seen[-1].endswith(HINT):
            account.platform.write(USER, "1")

        assert [each.endswith(HINT) for each in account.seen].index(True) == seen - 1
        assert self.squeezed(whole(account.seen)) == self.squeezed(LONG)
        assert account.agent.seen == ["hello"]

    @given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=200), st.integers(1, 60))
    @hypothesis_settings(max_examples=10)
    def test_lose_nothing_but_space(self, text: str, times: int) -> None:
        """Whatever they are made of."""
        said = text * times
        account = OfficialAccount(says(said), service=None)
        account.works_after(1)
        account.platform.write(USER, "hello")
        account.world.settle()
        while account.seen and account.seen[-1].endswith(HINT):
            account.platform.write(USER, "继续")

        cleaned = re.sub(r"[\x00-\x20\x7f\ufffe\uffff]", "", said)
        assert re.sub(r"[\x00-\x20\x7f]", "", whole(account.seen)).split() == cleaned.split()


class TestKinds:
    """Cards, images and buttons."""

    CARD = Card(title="周报", text="本周要点", fields=(CardField(name="负责人", value="安"),))
    PAGE = Button(text="打开", url="https://example.com/a")

    def test_a_card_with_a_page_is_news(self) -> None:
        """Title, text with the fields, and the page."""
        card = Card(title="周报", text="要点", fields=self.CARD.fields, buttons=(self.PAGE,))

        assert late(answers(Reply(card=card))).seen == [
            "[周报](https://example.com/a) 要点\n负责人: 安"
        ]

    def test_a_card_without_a_page_is_text(self) -> None:
        """News that open nothing are worth nothing."""
        assert late(answers(Reply(card=self.CARD))).seen == ["周报\n本周要点\n负责人: 安"]

    def test_buttons_are_a_menu_and_what_is_pressed_reaches_the_agent(self) -> None:
        """As the button's value, not as its words."""
        card = Card(title="要吗？", buttons=(Button(text="要", value="yes"), self.PAGE))
        account = late(answers(Reply(card=card)))

        assert account.seen == ["要吗？\n打开 https://example.com/a\n(v:yes) 要"]
        pressed = account.platform.text(USER, "要") | {"bizmsgmenuid": "v:yes"}
        account.platform.deliver(pressed)
        account.world.settle()
        assert account.agent.seen == ["hello", "yes"]

    def test_in_a_response_they_are_what_it_may_hold(self) -> None:
        """News stay news; a menu is lines of text."""
        page = Card(title="周报", text="要点", buttons=(self.PAGE,))
        menu = Card(title="要吗？", buttons=(Button(text="要", value="yes"),))
        account = OfficialAccount(
            answers(Reply(card=page)), answers(Reply(card=menu)), service=None
        )
        account.works_after(1)
        said = [account.platform.write(USER, "one")]
        account.works_after(1)
        said.append(account.platform.write(USER, "two"))

        assert said == ["[周报](https://example.com/a) 要点", "要吗？\n[1] 要"]

    def test_an_image_is_uploaded_and_shown(self) -> None:
        """After the text."""
        image = ReplyFile(kind="image", name="猫.png", source=f"data:image/png;base64,{PNG}")
        account = late(answers(Reply(text="看", files=(image,))))

        assert account.seen[0] == "看"
        assert account.seen[1].startswith("[image ")
        assert "/cgi-bin/media/upload" in account.api.calls

    def test_an_image_can_wait_as_well(self) -> None:
        """It is fetched as the text is; WeChat keeps it for longer."""
        image = ReplyFile(kind="image", name="a.png", source=f"data:image/png;base64,{PNG}")
        account = late(answers(Reply(files=(image,))), service=False)

        said = account.platform.write(USER, "继续")
        assert said is not None
        assert said.startswith("[image ")

    def test_an_image_that_can_not_be_shown_is_named(self) -> None:
        """There is no account to upload it, or WeChat does not take it."""
        image = ReplyFile(kind="image", name="a.png", source="data:image/png;base64,AAAA")

        assert late(answers(Reply(files=(image,)))).seen == ["[a.png]"]
        account = late(answers(Reply(files=(image,))), service=None)
        assert account.platform.write(USER, "继续") == "[a.png]"

    def test_a_kind_that_the_account_may_not_send_is_text(self) -> None:
        """48008: the same in words."""
        card = Card(title="周报", text="要点", buttons=(self.PAGE,))
        account = OfficialAccount(answers(Reply(card=card)))
        account.platform.deliver(account.platform.text(USER, "hello"))
        account.clock.advance(10)
        account.api.fails = [48008]
        account.world.settle()

        assert account.seen == ["周报\n要点\n[1] 打开 https://example.com/a"]

    def test_markdown_is_said_without_its_signs(self) -> None:
        """WeChat has none."""
        reply = Reply(text="**要点** `a<b>&c`", format=Format.MARKDOWN)

        assert late(answers(reply)).seen == ["要点 a<b>&c"]


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

    def test_an_address_that_is_not_allowed_is_an_error_that_names_it(self) -> None:
        """The operator reads what to put on the list; the credentials are not to blame."""
        account = OfficialAccount(says("hi"))
        account.api.allowed = False
        account.platform.deliver(account.platform.text(USER, "hello"))
        account.clock.advance(10)
        account.world.settle()

        assert account.reasons() == ["wechat_40164"]
        seen = account.world.observations.read(ADDRESS)
        assert seen is not None
        assert seen.last_error is not None
        assert (seen.status, seen.last_error.code) == (Status.ERROR, "wechat_40164")
        assert "203.0.113.7" in seen.last_error.message


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

    @pytest.mark.parametrize(("code", "calls"), [(-1, 2), (45011, 2), (45009, 2)])
    def test_what_the_platform_delays_comes_later(self, code: int, calls: int) -> None:
        """Busy, too fast, or all used up for today."""
        account = OfficialAccount(says("hi"))
        account.platform.deliver(account.platform.text(USER, "hello"))
        account.clock.advance(10)
        account.api.fails = [code]
        account.world.settle()

        assert (account.seen, account.api.calls.count(SEND)) == (["hi"], calls)
        if code == 45009:  # midnight in Beijing
            assert (account.clock.now() + 8 * 3600) % (24 * 3600) < 1

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
