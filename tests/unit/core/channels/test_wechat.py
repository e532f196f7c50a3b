import pytest

from cococat.core import mailbox
from cococat.core.channels import AnswersInPlace, ReceivesRequests, TakesTurns, channel_class
from cococat.core.channels.wechat import SUCCESS, WeChatChannel
from cococat.core.errors import DeliveryFailed
from cococat.core.mailbox import MailboxMessage
from cococat.simulators.wechat import WeChatPlatform
from tests.support.clock import START
from tests.support.handlers import says
from tests.support.wechat import PLAIN, SAFE, USER, OfficialAccount
from tests.support.wechat_forge import MESSAGE, Forge, without
from tests.support.wechatpy_platform import WechatpyPlatform

ACCOUNTS = {"safe": SAFE, "plain": PLAIN}
KINDS = [WeChatPlatform, WechatpyPlatform]

both_modes = pytest.mark.parametrize("mode", ACCOUNTS)
both_kinds = pytest.mark.parametrize("kind", KINDS)


def taken(account: OfficialAccount) -> list[MailboxMessage]:
    """Return what is in the account's mailbox."""
    return [mailbox.parse(body) for body in account.mailbox.bodies()]


def delivered(values: dict[str, str], account: OfficialAccount | None = None) -> OfficialAccount:
    """Return the account to which *values* were delivered, its connection still open."""
    account = account or OfficialAccount()
    account.open(Forge().delivery(values))
    return account


class TestMessages:
    """What a follower writes."""

    @both_modes
    def test_the_mailbox_has_it_as_it_was_said(self, mode: str) -> None:
        """User, text, time and the platform's id reach the agent unchanged."""
        account = OfficialAccount(account=ACCOUNTS[mode])
        account.open(Forge(account=ACCOUNTS[mode]).delivery(MESSAGE | {"Content": " 你好\n🐈 "}))

        (message,) = taken(account)
        assert (message.external_user, message.conversation_id) == (USER, USER)
        assert (message.content, message.msg_type) == (" 你好\n🐈 ", "text")
        assert (message.msg_id, message.timestamp) == (
            MESSAGE["MsgId"],
            "2027-01-15T08:00:00.000+00:00",
        )
        assert message.sender == f"scene:shop:wechat:{USER}"
        assert message.id == account.identity(MESSAGE["MsgId"])

    def test_an_id_keeps_all_of_its_digits(self) -> None:
        """The platform's ids have 64 bits, more than a number in JSON may have."""
        (message,) = taken(delivered(MESSAGE | {"MsgId": "9223372036854775807"}))

        assert message.msg_id == "9223372036854775807"

    def test_what_is_new_in_a_message_is_no_obstacle(self) -> None:
        """Elements that nobody has told us of are left aside."""
        more = {"MsgDataId": "1", "Idx": "2", "bizmsgmenuid": "3", "NewElement": "canary"}
        (message,) = taken(delivered(MESSAGE | more))

        assert message.content == MESSAGE["Content"]

    @pytest.mark.parametrize("content", ["", " \n", "【收到不支持的消息类型，暂无法显示】"])
    def test_a_text_without_words_is_no_message(self, content: str) -> None:
        """Nobody said anything; it is acknowledged and counted."""
        account = delivered(MESSAGE | {"Content": content})

        assert (account.mailbox.bodies(), account.connections[0].result().body) == ([], SUCCESS)
        assert account.counters.counted == [("Ignored", {"channel": "wechat", "kind": "text"})]

    def test_two_messages_of_one_second_are_two(self) -> None:
        """Their ids part them."""
        account = delivered(MESSAGE)
        delivered(MESSAGE | {"MsgId": "1"}, account)

        assert len({message.id for message in taken(account)}) == 2


class TestFollowers:
    """Somebody follows the account."""

    EVENT = without(MESSAGE, "MsgId", "Content") | {"MsgType": "event", "Event": "subscribe"}

    @pytest.mark.parametrize("name", ["subscribe", "SUBSCRIBE", "Subscribe"])
    def test_is_a_message_of_its_own(self, name: str) -> None:
        """The platform's names differ in their case."""
        (message,) = taken(delivered(self.EVENT | {"Event": name}))

        assert (message.msg_type, message.content) == ("event", "subscribe")
        assert message.msg_id == f"{USER}:{MESSAGE['CreateTime']}:subscribe:"

    def test_is_answered_in_place(self) -> None:
        """As a text is."""
        account = OfficialAccount(says("欢迎"))
        account.works_after(1)

        assert account.platform.follow(USER) == "欢迎"

    def test_has_no_id_so_its_parts_are_one(self) -> None:
        """The same event again is a redelivery; another scene's code is another event."""
        account = delivered(self.EVENT | {"EventKey": "qrscene_1"})
        for key in ("qrscene_1", "qrscene_2"):
            delivered(self.EVENT | {"EventKey": key}, account)

        assert len(taken(account)) == 2

    def test_at_another_time_is_another_event(self) -> None:
        """Somebody who left and came back is greeted again."""
        account = delivered(self.EVENT)
        delivered(self.EVENT | {"CreateTime": str(int(START) - 60)}, account)

        assert len(taken(account)) == 2


OTHERS = {
    **{
        kind: {"MsgType": kind}
        for kind in ("image", "voice", "video", "shortvideo", "link", "file")
    },
    "hologram": {"MsgType": "hologram"},
    **{
        event.lower(): {"MsgType": "event", "Event": event}
        for event in (
            "unsubscribe",
            "LOCATION",
            "VIEW",
            "pic_weixin",
            "MASSSENDJOBFINISH",
            "subscribe_msg_popup_event",
            "view_miniprogram",
            "TEMPLATESENDJOBFINISH",
            "kf_create_session",
            "made_up_yesterday",
        )
    },
    "other": {"MsgType": "event", "Event": "金丝雀 canary"},
}


class TestTheRest:
    """Kinds of messages and events that this version leaves aside."""

    @both_modes
    @pytest.mark.parametrize("kind", OTHERS)
    def test_is_acknowledged_and_counted(self, mode: str, kind: str) -> None:
        """`success`, one count by its kind, and nothing in the mailbox."""
        account = OfficialAccount(account=ACCOUNTS[mode])
        values = without(MESSAGE, "Content") | OTHERS[kind]
        response = account.open(Forge(account=ACCOUNTS[mode]).delivery(values)).result()

        assert (response.status, response.body) == (200, SUCCESS)
        assert response.headers["content-type"] == "text/plain; charset=utf-8"
        assert account.counters.counted == [("Ignored", {"channel": "wechat", "kind": kind})]
        assert (account.mailbox.bodies(), account.backend.items.stored) == ([], {})

    def test_an_event_without_a_name_is_one_of_them(self) -> None:
        """It can't be told what it was."""
        account = delivered(without(MESSAGE, "Content") | {"MsgType": "event"})

        assert account.counters.counted == [("Ignored", {"channel": "wechat", "kind": "other"})]


def test_the_channel_says_what_it_can() -> None:
    """It takes requests, answers in place, and its outbox has to wait for the window's end."""
    assert channel_class("wechat") is WeChatChannel
    for can in (ReceivesRequests, AnswersInPlace, TakesTurns):
        assert issubclass(WeChatChannel, can)
    assert WeChatChannel.channel_type == "wechat"


def test_a_message_of_our_own_goes_out_by_itself() -> None:
    """`send` needs no question, where the account may."""
    account = OfficialAccount()
    account.platform.deliver(MESSAGE)
    account.channel.send("hello 猫", USER)

    assert account.seen == ["hello 猫"]


@pytest.mark.parametrize("service", [None, False], ids=["no secret", "48001"])
def test_an_account_that_may_not_send_says_so(service: bool | None) -> None:  # noqa: FBT001
    """It is an error of its own, for whoever wanted it sent."""
    account = OfficialAccount(service=service)
    account.platform.deliver(MESSAGE)
    with pytest.raises(DeliveryFailed, match="no_service_right"):
        account.channel.send("hello", USER)
