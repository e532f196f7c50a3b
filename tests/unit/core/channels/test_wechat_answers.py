import base64
import re

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from cococat.core.agent import Handler
from cococat.core.messages import Button, Card, CardField, Format, Reply, ReplyFile
from cococat.core.wechat_outlet import FOR_A_MESSAGE
from cococat.core.wechat_pending import HINT
from tests.support.handlers import says
from tests.support.wechat import USER, OfficialAccount

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"canary").decode("ascii")


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
        ("service", "at_once", "on_request"),
        [(True, FOR_A_MESSAGE, 1), (None, 0, 1), (False, 0, 1)],
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

    @pytest.mark.parametrize(("service", "seen"), [(True, 1 + FOR_A_MESSAGE), (None, 1)])
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

    def test_to_an_event_are_three_messages_and_the_rest_on_request(self) -> None:
        """WeChat lets an account send five for a message, and three for what else a user does."""
        account = OfficialAccount(says(LONG))
        account.platform.follow(USER)
        account.clock.advance(10)
        account.world.settle()

        assert [each.endswith(HINT) for each in account.seen] == [False, False, True]
        while account.seen[-1].endswith(HINT):
            account.platform.write(USER, "继续")
        assert self.squeezed(whole(account.seen)) == self.squeezed(LONG)
        assert account.reasons() == []

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

    @pytest.mark.parametrize("value", ["", "yes"])
    def test_a_card_without_a_title_has_its_buttons(self, value: str) -> None:
        """WeChat takes neither news nor a menu without one."""
        button = Button(text="打开", value=value, url="" if value else "https://example.com/a")
        (seen,) = late(answers(Reply(card=Card(title="", buttons=(button,))))).seen

        assert seen in ("[打开](https://example.com/a) ", "打开\n(v:yes) 打开")

    def test_a_card_of_many_words_says_what_has_no_room_before_it(self) -> None:
        """A menu's head is no longer than a text."""
        fields = tuple(CardField(name=f"第{n}", value="字" * 300) for n in range(4))
        card = Card(title="要吗？", fields=fields, buttons=(Button(text="要", value="yes"),))
        account = late(answers(Reply(card=card)))

        assert "".join(account.seen).count("字") == 1200
        assert account.seen[-1].endswith("(v:yes) 要")
        assert account.reasons() == []

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

    def test_buttons_are_a_menu_however_fast_the_agent_is(self) -> None:
        """A response can't hold one, so an account that may send by itself sends it."""
        card = Card(title="要吗？", buttons=(Button(text="要", value="yes"),))
        account = OfficialAccount(answers(Reply(card=card)))
        account.works_after(0.5)

        assert account.platform.write(USER, "hello") is None
        account.clock.advance(10)
        account.world.settle()
        assert (account.seen, account.reasons()) == (["要吗？\n(v:yes) 要"], [])

    def test_what_a_button_says_in_a_text_is_a_turn_though_something_waits(self) -> None:
        """It has no number, as `1` would fetch what waits."""
        card = Card(title="要吗？", buttons=(Button(text="要", value="yes"),))
        account = OfficialAccount(
            answers(Reply(text="字" * 700, card=card)), says("好"), service=None
        )
        account.works_after(1)
        account.platform.write(USER, "hello")
        account.works_after(1)
        account.platform.write(USER, "要")
        account.world.settle()

        assert "[1]" not in "".join(account.seen)
        assert account.agent.seen == ["hello", "要"]

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

        assert said == ["[周报](https://example.com/a) 要点", "要吗？\n「要」"]

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

    def test_an_image_for_an_account_that_can_not_bring_it_is_named(self) -> None:
        """Without an AppSecret there is no upload; the words before it arrive all the same."""
        image = ReplyFile(kind="image", name="a.png", source=f"data:image/png;base64,{PNG}")
        account = late(answers(Reply(text="看", files=(image,))), service=None)

        said = [account.platform.write(USER, "继续") for _ in range(2)]
        assert (said, account.reasons()) == ([f"看\n{HINT}", "[a.png]"], [])

    @pytest.mark.parametrize("name", ["a.amr", "A.AMR", "a.mp3"])
    @pytest.mark.parametrize("service", [True, False])
    def test_a_voice_is_heard(
        self,
        name: str,
        service: bool,  # noqa: FBT001 - a parameter of the test
    ) -> None:
        """By a message of its own, or in a response."""
        sound = b"ID3" if name.endswith("mp3") else b"#!AMR\n"
        source = f"data:audio/x;base64,{base64.b64encode(sound).decode()}"
        account = late(
            answers(Reply(files=(ReplyFile(kind="file", name=name, source=source),))),
            service=service,
        )
        if not service:
            account.platform.write(USER, "继续")

        assert [each.partition(" ")[0] for each in account.seen] == ["[voice"]
        assert account.reasons() == []

    def test_a_file_that_is_no_voice_is_named(self) -> None:
        """By its name's ending nothing is fetched; else by its first bytes."""
        files = tuple(
            ReplyFile(kind="file", name=name, source="data:application/pdf;base64,JVBERi0xLjc=")
            for name in ("a.pdf", "a.mp3")
        )

        assert late(answers(Reply(files=files))).seen == ["[a.pdf]", "[a.mp3]"]

    def test_a_kind_that_the_account_may_not_send_is_text(self) -> None:
        """48008: the same in words."""
        card = Card(title="周报", text="要点", buttons=(self.PAGE,))
        account = OfficialAccount(answers(Reply(card=card)))
        account.platform.deliver(account.platform.text(USER, "hello"))
        account.clock.advance(10)
        account.api.fails = [48008]
        account.world.settle()

        assert account.seen == ["周报\n要点\n打开 https://example.com/a"]

    def test_markdown_is_said_without_its_signs(self) -> None:
        """WeChat has none."""
        reply = Reply(text="**要点** `a<b>&c`", format=Format.MARKDOWN)

        assert late(answers(reply)).seen == ["要点 a<b>&c"]
