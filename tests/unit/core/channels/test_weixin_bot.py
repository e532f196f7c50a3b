import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.core import attachment_ref, weixin_bot_content, weixin_bot_message
from cococat.core.agent import Handler
from cococat.core.errors import MalformedMessage
from cococat.core.mailbox import MailboxMessage
from cococat.core.message_record import MessageRecord, load
from cococat.core.messages import FALLBACK_TEXT
from cococat.core.weixin_bot import AGAIN
from cococat.simulators.sealing import NotTaken
from tests.support.handlers import says
from tests.support.weixin import BOT, Connected
from tests.support.weixin_forge import BOT_MESSAGE, Forge

FILE_HOST = "ww-aibot-img-1258476243.cos.ap-guangzhou.myqcloud.com"
CARD: dict[str, Any] = {"card_type": "button_interaction", "event_key": "yes", "task_id": "task-1"}


def connected(*steps: Handler, **config: Any) -> Connected:  # noqa: ANN401 - JSON
    """Return a bot that is connected."""
    return Connected(*steps, account=BOT, **config)


def delivered(**changes: Any) -> tuple[Connected, list[MailboxMessage]]:  # noqa: ANN401 - JSON
    """Deliver a message with *changes*; return the bot and what its mailbox has."""
    account = connected()
    assert account.door.handle(Forge(mode="bot").delivery(**changes)).status == 200
    return account, account.taken()


def record(account: Connected) -> MessageRecord:
    """Return the record of the one message that was taken."""
    found = load(account.backend.items, account.taken()[0].id)
    assert found is not None
    return found


class TestMessages:
    """What users write."""

    @pytest.mark.parametrize(
        "changes",
        [
            {"response_url": "https://qyapi.weixin.qq.com/\ud800"},
            {"msgtype": "image", "image": {"url": "https://example.com/\ud800"}},
            {"from": {"userid": "ann", "corpid": "c\ud800"}},
            {"quote": {"msgtype": "text", "text": {"content": "\ud800"}}},
        ],
    )
    def test_hold_no_half_of_a_character(self, changes: dict[str, Any]) -> None:
        """A lone surrogate is taken out, wherever it is; no queue and no seal takes one."""
        account, _ = delivered(**changes)
        assert account.world.in_queues() >= 1

    @pytest.mark.parametrize(
        "changes",
        [
            {"response_url": "https://qyapi.weixin.qq.com/" + "a" * 170_000},
            {"from": {"userid": "ann", "corpid": "c" * 150_000}},
            {"quote": json.loads("[" * 900 + "]" * 900)},
        ],
    )
    def test_that_no_mailbox_takes_are_refused(self, changes: dict[str, Any]) -> None:
        """As everything is that the platform would not send."""
        account = connected()
        response = account.door.handle(Forge(mode="bot").delivery(**changes))
        assert response.status in (200, 403)
        if response.status == 403:
            assert account.world.in_queues() == 0

    def test_between_two_is_as_it_was_said(self) -> None:
        """User, text and the platform's id; an `@` is nobody's name there."""
        _, (message,) = delivered(text={"content": "@小猫 你好"})

        assert (message.content, message.msg_type) == ("@小猫 你好", "text")
        assert (message.external_user, message.conversation_id) == ("ZhangSan", "zhangsan")
        assert message.msg_id == BOT_MESSAGE["msgid"]

    def test_of_two_companies_are_two_conversations(self) -> None:
        """An id is unique within its company."""
        senders = [{"userid": "ann"}, {"userid": "ann", "corpid": "ww1"}]
        found = [delivered(**{"from": sender})[1][0] for sender in senders]

        assert [each.conversation_id for each in found] == ["ann", "ww1/ann"]
        assert [each.external_user for each in found] == ["ann", "ann"]

    @pytest.mark.parametrize(
        ("said", "content"),
        [
            ("@RobotA hello robot", "hello robot"),
            (" @小猫\u2005你好 @张三 吗", "你好 @张三 吗"),
            ("你好 @小猫", "你好"),
            ("@小猫", "[@]"),
            ("写信到 a@b.example", "写信到 a@b.example"),
            ("hello", "hello"),
        ],
    )
    def test_in_a_group_is_without_the_bots_own_name(self, said: str, content: str) -> None:
        """It stands first, or else last; who else is mentioned stays."""
        _, (message,) = delivered(chattype="group", chatid="wrGroup", text={"content": said})

        assert (message.content, message.conversation_id) == (content, "wrGroup")

    @pytest.mark.parametrize(
        ("kind", "content", "text", "kinds"),
        [
            ("image", {"url": "https://x/1?sign=secret"}, "[图片]", ["image"]),
            ("file", {"url": "https://x/1?sign=secret"}, "[文件]", ["file"]),
            ("video", {"url": "https://x/1?sign=secret"}, "[视频]", ["video"]),
            ("voice", {"content": "what was said"}, "what was said", []),
            (
                "mixed",
                {
                    "msg_item": [
                        {"msgtype": "text", "text": {"content": "look"}},
                        {"msgtype": "image", "image": {"url": "https://x/1?sign=secret"}},
                        {"msgtype": "hologram"},
                    ]
                },
                "look\n[图片]",
                ["image"],
            ),
        ],
    )
    def test_of_every_type_are_a_text_with_attachments(
        self, kind: str, content: dict[str, Any], text: str, kinds: list[str]
    ) -> None:
        """Nobody but us can read where a file is."""
        account, (message,) = delivered(msgtype=kind, **{kind: content})

        assert (message.content, [each.kind for each in message.attachments]) == (text, kinds)
        for attachment in message.attachments:
            ref = attachment_ref.peek(attachment.ref).ref
            assert "secret" not in ref
            assert account.channel._vault.show(ref) == "https://x/1?sign=secret"

    @pytest.mark.parametrize(
        ("quote", "content"),
        [
            ({"msgtype": "text", "text": {"content": "one\ntwo"}}, "> one\n> two\n\nyes"),
            ({"msgtype": "image", "image": {"url": "https://x"}}, "> [图片]\n\nyes"),
            ({"msgtype": "hologram"}, "yes"),
            ({}, "yes"),
        ],
    )
    def test_that_refer_to_another_one_quote_it(self, quote: dict[str, Any], content: str) -> None:
        """As people do in mail."""
        assert delivered(quote=quote, text={"content": "yes"})[1][0].content == content

    @pytest.mark.parametrize(
        "changes",
        [
            {"from": {"userid": "sys"}},
            {"from": {"userid": ""}},
            {"from": {}},
            {"chattype": "group"},
            {"msgtype": "hologram"},
            {"text": {"content": " \n"}},
            {"msgtype": "voice", "voice": {"content": ""}},
            {"msgtype": "event", "event": {"eventtype": "feedback_event", "feedback_event": {}}},
            {"msgtype": "event", "event": {"eventtype": "made_up_yesterday"}},
        ],
    )
    def test_that_are_nobodys_are_left_aside(self, changes: dict[str, Any]) -> None:
        """With the empty answer, the one that is allowed for everything."""
        account = connected()
        response = account.door.handle(Forge(mode="bot").delivery(**changes))

        assert (response.status, response.body, account.taken()) == (200, "", [])


class TestEvents:
    """What users do."""

    @pytest.mark.parametrize("event", [{"eventtype": "enter_chat"}, None, 7])
    def test_are_none_inside_of_a_message(self, event: object) -> None:
        """Its own type says what it is."""
        account = connected()
        response = account.door.handle(Forge(mode="bot").delivery(event=event))

        assert '"encrypt"' in response.body  # its stream, not what greets somebody
        assert [each.msg_type for each in account.taken()] == ["text"]
        aside = account.door.handle(Forge(mode="bot").delivery(msgtype="hologram", event=event))
        assert (aside.status, aside.body) == (200, "")

    def test_coming_in_is_greeted_in_the_response(self) -> None:
        """With a text: a greeting has no stream."""
        account = connected(says("欢迎"))
        account.clock.while_asleep = account.world.pump
        bot = account.bot

        answer = bot.ask(bot.event("ann", "enter_chat"))
        assert answer == {"msgtype": "text", "text": {"content": "欢迎"}}
        account.world.settle()
        assert (account.agent.seen, account.reasons()) == (["enter_chat"], [])

    def test_a_greeting_that_comes_too_late_is_listed(self) -> None:
        """The response was the only way."""
        account = connected(says("欢迎"))
        bot = account.bot

        assert bot.ask(bot.event("ann", "enter_chat")) is None
        account.world.settle()
        assert account.reasons() == ["window_closed"]

    def test_a_tap_on_a_card_is_a_message(self) -> None:
        """It is taken with the empty answer."""
        account = connected()
        items = [{"question_key": "size", "option_ids": {"option_id": ["xl", "m"]}}]
        card = CARD | {"selected_items": {"selected_item": items}}

        assert account.bot.ask(account.bot.event("ann", "template_card_event", card)) is None
        assert [each.content for each in account.taken()] == ["yes\nsize: xl, m"]

    def test_a_tap_that_no_queue_takes_may_be_made_again(self) -> None:
        """The platform sends it once, so the card itself offers another try, in time."""
        account = connected()
        account.world.mailbox.failures = ["refused"] * 9
        answer = account.bot.ask(account.bot.event("ann", "template_card_event", CARD))

        assert answer is not None
        assert answer["userids"] == ["ann"]
        card = answer["template_card"]
        assert card["main_title"] == {"title": FALLBACK_TEXT}
        assert card["button_list"] == [{"text": AGAIN, "style": 1, "key": "yes"}]
        assert card["task_id"] == "task-1"
        assert account.taken() == []

    def test_a_buttons_key_has_a_limit(self) -> None:
        """The platform's own, 1,024 bytes; more would fill the card that offers another try."""
        account = connected()
        account.world.mailbox.failures = ["refused"] * 9
        long = CARD | {"event_key": "k" * 100_000}
        answer = account.bot.ask(account.bot.event("ann", "template_card_event", long))

        assert answer is not None
        assert answer["template_card"]["button_list"][0]["key"] == "k" * 1024

    def test_a_message_that_no_queue_takes_is_not_answered(self) -> None:
        """The connection is held until the platform gives it up."""
        account = connected()
        account.world.mailbox.failures = ["refused"] * 9
        with pytest.raises(NotTaken):
            account.bot.ask(account.bot.text("ann", "hello"))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
changes = st.dictionaries(
    st.sampled_from([*BOT_MESSAGE, "quote", "event", "mixed", "image", "chatid"]), json_values
)


@given(changes)
def test_any_values_are_a_message_none_or_refused(values: dict[str, Any]) -> None:
    """What a stranger puts into the JSON never ends in another error."""
    event = {"msgtype": "event", "event": {"eventtype": "template_card_event"}}
    for source in (BOT_MESSAGE | values, BOT_MESSAGE | event | values):
        try:
            asked = weixin_bot_message.read(
                source, scene_id="shop", asked_at=1_800_000_000, seal_ref=lambda url: "ref"
            )
        except MalformedMessage:
            continue
        assert asked is None or asked.message.scene_id == "shop"


@given(st.text())
def test_a_mention_is_all_that_is_taken_away(text: str) -> None:
    """The rest stays as it is, at one end or the other."""
    rest = weixin_bot_content.without_mention(text)

    assert text.startswith(rest) or text.endswith(rest)
