from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.core import mailbox, text
from cococat.core.channels import AnswersInPlace, ReceivesRequests, TakesTurns, channel_class
from cococat.core.channels.wechat import SUCCESS, WeChatChannel
from cococat.core.errors import DeliveryFailed
from cococat.core.mailbox import MailboxMessage
from cococat.core.messages import Button, Card, Reply
from cococat.simulators.wechat import Account, WeChatPlatform, to_xml
from tests.support.clock import START
from tests.support.handlers import says
from tests.support.wechat import PLAIN, SAFE, USER, OfficialAccount
from tests.support.wechat_forge import MESSAGE, Forge, without
from tests.support.wechat_frames import OTHER_KEY, an_envelope
from tests.support.wechat_vectors import Vector, of_kind, vectors
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


class TestTheAddress:
    """The platform checks our URL before it is saved in the console."""

    @both_kinds
    @both_modes
    def test_gives_its_echo(self, mode: str, kind: type[WeChatPlatform]) -> None:
        """In every mode alike."""
        assert OfficialAccount(account=ACCOUNTS[mode], kind=kind).platform.check_url()

    def test_gives_the_echo_as_it_is_and_nothing_a_browser_would_run(self) -> None:
        """Plain text, exactly the echo, and no guessing about it."""
        echo = "azAZ09_-=+/" + "x" * 117
        forge = Forge()
        response = OfficialAccount().door.handle(forge.get(forge.query(echostr=echo)))

        assert (response.status, response.body) == (200, echo)
        assert response.headers == {
            "content-type": "text/plain; charset=utf-8",
            "x-content-type-options": "nosniff",
        }

    def test_gives_the_published_echo(self) -> None:
        """The documentation's own example."""
        vector = vectors()["wx-doc-url-verify"]
        account = OfficialAccount(account=Account(app_id=SAFE.app_id, token="AAAAA"))
        account.clock.go_to(float(vector["request"]["query"]["timestamp"]))
        response = account.door.handle(Forge().get(vector["request"]["query"]))

        assert (response.status, response.body) == (200, vector["expect"]["response_body"])


class TestPublishedMessages:
    """The documentation's own messages, at their own time."""

    @of_kind("inbound_encrypted", "inbound_encrypted_reject", "inbound_plain")
    def test_are_taken_in_xml_and_in_json(
        self, vector: Vector, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The event is acknowledged; what was changed on its way is refused."""
        caplog.set_level("INFO")
        config = vector["config"]
        account = OfficialAccount(
            account=Account(
                app_id=config.get("receive_id", SAFE.app_id),
                token=config["token"],
                encoding_aes_key=config.get("encoding_aes_key", ""),
            )
        )
        request = vector["request"]
        account.clock.go_to(float(request["query"]["timestamp"]))
        response = account.door.handle(Forge().post(request["body"], request["query"]))

        if vector["kind"] == "inbound_encrypted_reject":
            assert response.status == 403
            (step,) = (vars(record)["step"] for record in caplog.records)
            assert step == ("signature" if "tampered" in vector["id"] else "receive_id")
        else:
            assert (response.status, response.body) == (200, SUCCESS)
            assert account.counters.counted[0][1]["kind"] == "debug_demo"


class TestModes:
    """How an account may be set up in the console."""

    def test_compatible_takes_the_sealed_words_and_no_others(self) -> None:
        """What stands beside the envelope is not protected by anything."""
        account = OfficialAccount(mode="compatible")
        sealed = account.platform.seal(to_xml(MESSAGE))
        forged = MESSAGE | {"Content": "forged", "FromUserName": "oForged", "Encrypt": sealed}
        connection = account.open(Forge().post(to_xml(forged), Forge().query(sealed)))
        account.world.settle()

        assert account.agent.seen == [MESSAGE["Content"]]
        assert account.platform.read(connection.result(), MESSAGE) == MESSAGE["Content"]

    @pytest.mark.parametrize("mode", ["safe", "compatible"])
    def test_a_key_seals_whatever_the_mode_is_called(self, mode: str) -> None:
        """Both are answered sealed."""
        account = OfficialAccount(mode=mode)
        connection = account.open(Forge().delivery())
        account.world.settle()

        assert connection.result().body.startswith("<xml><Encrypt>")
        assert account.platform.read(connection.result(), MESSAGE) == MESSAGE["Content"]

    def test_plain_is_plain_though_there_is_a_key(self) -> None:
        """The key may stay in the entry while the console changes."""
        account = OfficialAccount(
            account=PLAIN, encoding_aes_key=SAFE.encoding_aes_key, mode="plain"
        )
        account.works_after(1)

        assert account.platform.write(USER, "hello") == "hello"
        assert account.connections[0].result().body.startswith("<xml><ToUserName>")

    @pytest.mark.parametrize("kind", ["aes", "raw", "", "none"])
    def test_the_query_does_not_choose_the_mode(self, kind: str) -> None:
        """An account in safe mode stays in it, whatever the request claims to be."""
        account = OfficialAccount()
        query = Forge().query(None, encrypt_type=kind)

        assert account.door.handle(Forge().post(to_xml(MESSAGE), query)).status == 403


FORMS = {
    "plain": PLAIN,
    "safe": SAFE,
    "compatible": replace(SAFE, is_compatible=True),
    "plain in JSON": replace(PLAIN, in_json=True),
    "safe in JSON": replace(SAFE, in_json=True),
    "compatible in JSON": replace(SAFE, in_json=True, is_compatible=True),
}
"""Every way in which the console lets an account be set up."""


class TestForms:
    """Modes and data formats."""

    @both_kinds
    @pytest.mark.parametrize("form", FORMS)
    def test_a_message_is_answered_in_the_form_in_which_it_came(
        self, form: str, kind: type[WeChatPlatform]
    ) -> None:
        """Texts and events, words of any script."""
        account = OfficialAccount(account=FORMS[form], kind=kind)
        account.works_after(1)
        assert account.platform.write(USER, "你好 ]]> 🐈") == "你好 ]]> 🐈"
        account.works_after(1)

        assert account.platform.follow(USER) == "subscribe"
        assert len(account.connections) == 2
        is_json = account.connections[0].result().body.startswith("{")
        assert is_json == FORMS[form].in_json

    @pytest.mark.parametrize("form", FORMS)
    def test_pictures_and_news_are_too(self, form: str) -> None:
        """Elements inside elements, in either data format."""
        page = Button(text="打开", url="https://example.com/a")
        card = Card(title="周报", text="要点", buttons=(page,))
        account = OfficialAccount(lambda _: Reply(card=card), account=FORMS[form])
        account.works_after(1)

        assert account.platform.write(USER, "hi") == "[周报](https://example.com/a) 要点"


NEW = Account(app_id=SAFE.app_id, token="NewToken", encoding_aes_key=OTHER_KEY)
CHANGING: dict[str, Any] = {
    "token": NEW.token,
    "previous_token": SAFE.token,
    "encoding_aes_key": NEW.encoding_aes_key,
    "previous_encoding_aes_key": SAFE.encoding_aes_key,
}


class TestRotation:
    """Token and key are being changed, which takes the platform some minutes."""

    @both_kinds
    @pytest.mark.parametrize("token", [SAFE.token, NEW.token])
    @pytest.mark.parametrize("key", [SAFE.encoding_aes_key, NEW.encoding_aes_key])
    def test_old_and_new_are_answered_with_what_they_came_with(
        self, kind: type[WeChatPlatform], token: str, key: str
    ) -> None:
        """Whichever token signed and whichever key opened, the platform reads the reply."""
        used = Account(app_id=SAFE.app_id, token=token, encoding_aes_key=key)
        account = OfficialAccount(account=used, kind=kind, **CHANGING)
        account.works_after(1)

        assert account.platform.check_url()
        assert account.platform.write(USER, "hello") == "hello"

    @pytest.mark.parametrize("gone", ["previous_token", "previous_encoding_aes_key"])
    def test_what_is_no_longer_in_the_entry_is_refused(self, gone: str) -> None:
        """After the change the old ones are worth nothing."""
        account = OfficialAccount(**CHANGING | {gone: CHANGING[gone.removeprefix("previous_")]})

        assert account.door.handle(Forge().delivery()).status == 403


class TestReplies:
    """What a follower reads."""

    @both_kinds
    @both_modes
    @pytest.mark.parametrize(
        ("said", "read"),
        [
            ("a]]>b", "a]]>b"),
            ("]]>]]>", "]]>]]>"),
            ("<a href='x'>&amp;</a>", "<a href='x'>&amp;</a>"),
            ("a\x00b\x0bc\x1fd", "abcd"),
            ("\ufffea\uffff", "a"),
            ("行一\n行二\t", "行一\n行二\t"),
            ("👩‍👩‍👧 🇨🇳 🐈", "👩‍👩‍👧 🇨🇳 🐈"),
            ("a\ud800b", "ab"),
        ],
    )
    def test_are_what_the_agent_said(
        self, mode: str, kind: type[WeChatPlatform], said: str, read: str
    ) -> None:
        """Nothing in a text can break the XML around it."""
        account = OfficialAccount(says(said), account=ACCOUNTS[mode], kind=kind)
        account.works_after(1)

        assert account.platform.write(USER, "hello") == read

    @given(st.text(st.characters(), min_size=1), st.sampled_from(KINDS))
    def test_are_read_by_either_platform(self, said: str, kind: type[WeChatPlatform]) -> None:
        """Any text comes through, but for what no queue takes and how XML ends lines."""
        left = text.clean(said)
        account = OfficialAccount(says(said), kind=kind)
        account.works_after(1)

        lines = left.replace("\r\n", "\n").replace("\r", "\n")
        if left.strip():
            assert account.platform.write(USER, "hello") == lines

    @pytest.mark.parametrize(
        ("said", "read"),
        [
            ("a" * 2000, "a" * 2000),
            ("猫" * 666 + "ab", "猫" * 666 + "ab"),
            ("🐈" * 500, "🐈" * 500),
        ],
    )
    def test_of_2000_bytes_are_whole(self, said: str, read: str) -> None:
        """As much as surely fits goes out, and there is nothing to complain of."""
        account = OfficialAccount(says(said))
        account.works_after(1)

        assert account.platform.write(USER, "hello") == read
        account.world.settle()
        assert account.reasons() == []

    @pytest.mark.parametrize(
        ("said", "read"),
        [
            ("a" * 2001, "a" * 2000),
            ("猫" * 667, "猫" * 666),
            ("a" + "猫" * 667, "a" + "猫" * 666),
            ("🐈" * 501, "🐈" * 500),
        ],
    )
    def test_that_are_longer_are_cut_and_their_rest_follows(self, said: str, read: str) -> None:
        """Cut at a character; the rest comes as a message of its own."""
        account = OfficialAccount(says(said))
        account.works_after(1)

        assert account.platform.write(USER, "hello") == read
        account.world.settle()
        assert ("".join(account.seen), len(account.seen)) == (said, 2)
        assert account.reasons() == []

    @both_modes
    def test_carry_the_platforms_own_names_the_other_way_round(self, mode: str) -> None:
        """To the follower, from the account, at the time of the answer."""
        account = OfficialAccount(account=ACCOUNTS[mode])
        connection = account.open(Forge(account=ACCOUNTS[mode]).delivery())
        account.world.settle()
        response = connection.result()

        body = _opened(response.body) if mode == "safe" else response.body
        assert response.headers["content-type"] == "application/xml; charset=utf-8"
        assert body.startswith(
            f"<xml><ToUserName><![CDATA[{USER}]]></ToUserName>"
            f"<FromUserName><![CDATA[{MESSAGE['ToUserName']}]]></FromUserName>"
            f"<CreateTime>{int(START)}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        )

    def test_are_sealed_anew_each_time(self) -> None:
        """The random bytes are random, and the signature is over our own time."""
        account = OfficialAccount()
        first = account.open(Forge().delivery())
        account.world.settle()
        second = account.open(Forge().delivery())

        assert first.result().body != second.result().body
        assert f"<TimeStamp>{int(account.clock.now())}</TimeStamp>" in second.result().body


def _opened(body: str) -> str:
    """Return the XML in a sealed reply."""
    sealed = body.partition("<Encrypt><![CDATA[")[2].partition("]]>")[0]
    return an_envelope().open(sealed).message.decode("utf-8")


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
