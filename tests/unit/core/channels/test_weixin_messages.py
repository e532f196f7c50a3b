import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.core import attachment_ref, weixin_event, weixin_message, weixin_values
from cococat.core.errors import MalformedMessage
from cococat.core.mailbox import MailboxMessage
from cococat.simulators.weixin import to_xml
from tests.support.weixin import USER, Connected
from tests.support.weixin_forge import MESSAGE, NOW, Forge, without

both_forms = pytest.mark.parametrize("mode", ["xml", "json"])
EVENT = without(MESSAGE, "MsgId", "Content") | {"MsgType": "event", "EventKey": ""}


def delivered(mode: str = "xml", **changes: Any) -> tuple[Connected, list[MailboxMessage]]:  # noqa: ANN401 - JSON
    """Deliver a message with *changes*; return the application and what its mailbox has."""
    account = Connected()
    assert account.door.handle(Forge(mode=mode).delivery(**changes)).status == 200
    return account, account.taken()


def event(mode: str = "xml", **changes: Any) -> tuple[Connected, list[MailboxMessage]]:  # noqa: ANN401 - JSON
    """Deliver an event with *changes*."""
    account = Connected()
    assert account.door.handle(Forge(mode=mode).delivery(EVENT | changes)).status == 200
    return account, account.taken()


class TestMessages:
    """What a member writes."""

    @both_forms
    def test_the_mailbox_has_it_as_it_was_said(self, mode: str) -> None:
        """User, text, time and the platform's id reach the agent unchanged."""
        account, (message,) = delivered(mode, Content=" 你好 ]]> \n🐈 ")

        assert (message.content, message.msg_type) == (" 你好 ]]> \n🐈 ", "text")
        assert (message.external_user, message.conversation_id) == (USER, USER.lower())
        assert (message.msg_id, message.timestamp) == (
            MESSAGE["MsgId"],
            "2027-01-15T08:00:00.000+00:00",
        )
        assert message.id == account.identity(MESSAGE["MsgId"])
        assert message.sender == f"scene:shop:weixin:{USER}"

    def test_a_users_id_is_the_same_in_every_case(self) -> None:
        """One member is one conversation, however the platform writes the id."""
        found = [delivered(FromUserName=name)[1][0] for name in ("ZhangSan", "zhangsan")]

        assert len({message.conversation_id for message in found}) == 1
        assert [message.external_user for message in found] == ["ZhangSan", "zhangsan"]

    @pytest.mark.parametrize("user", ["a", "zhang.san@corp-1_x", "张三", "u" * 64])
    def test_ids_of_every_form_are_ids(self, user: str) -> None:
        """Up to 64 bytes."""
        assert delivered(FromUserName=user)[1][0].external_user == user

    @both_forms
    @pytest.mark.parametrize(
        ("kind", "more", "content", "name"),
        [
            ("image", {"PicUrl": "https://x.example/secret"}, "[图片]", ""),
            ("voice", {"Format": "amr"}, "[语音]", "voice.amr"),
            ("video", {"ThumbMediaId": "thumb"}, "[视频]", ""),
        ],
    )
    def test_a_file_is_an_attachment_named_by_its_media_id(
        self, mode: str, kind: str, more: dict[str, str], content: str, name: str
    ) -> None:
        """No address and no token is in what the agent gets."""
        account, (message,) = delivered(mode, MsgType=kind, MediaId="1G6nrLmr5EC3MMb", **more)

        (attachment,) = message.attachments
        assert (message.content, attachment.kind, attachment.name) == (content, kind, name)
        key, now = account.binding.reply_key, account.clock.now()
        assert attachment_ref.unseal(attachment.ref, key, now).ref == "1G6nrLmr5EC3MMb"
        assert "https" not in message.to_json()

    @both_forms
    def test_a_place_is_said_in_words(self, mode: str) -> None:
        """Latitude first."""
        place = {"Location_X": "23.134", "Location_Y": "-113.358", "Scale": "20"}
        _, (message,) = delivered(mode, MsgType="location", Label="广州塔", **place)

        assert message.content == "[位置] 广州塔 (23.134, -113.358)"

    def test_a_link_is_its_texts(self) -> None:
        """Title, description and address, each on a line."""
        link = {"Title": "A title", "Description": "What it is", "Url": "https://a.example/"}
        _, (message,) = delivered(MsgType="link", PicUrl="https://b.example/", **link)

        assert message.content == "A title\nWhat it is\nhttps://a.example/"

    @both_forms
    @pytest.mark.parametrize("content", ["", " ", "\n\t\u3000"])
    def test_without_a_word_is_left_aside(self, mode: str, content: str) -> None:
        """There is nothing to answer."""
        assert delivered(mode, Content=content)[1] == []

    @pytest.mark.parametrize("kind", ["hologram", "file", "TEXT"])
    def test_a_type_that_nobody_has_told_us_of_is_left_aside(self, kind: str) -> None:
        """The platform hears that we have it, and no agent is asked."""
        assert delivered(MsgType=kind)[1] == []

    def test_a_redelivery_is_the_same_message(self) -> None:
        """Its id tells, though time and signature are others."""
        account = Connected()
        for _ in range(2):
            account.platform.deliver(account.platform.text("ann", "hello", msg_id="77"))
            account.clock.advance(5)

        assert len({message.id for message in account.taken()}) == 1


class TestEvents:
    """What a member does."""

    @both_forms
    @pytest.mark.parametrize(
        ("name", "more", "content"),
        [
            ("subscribe", {}, "subscribe"),
            ("enter_agent", {}, "enter_agent"),
            ("click", {"EventKey": "菜单_1"}, "菜单_1"),
            ("CLICK", {"EventKey": "menu"}, "menu"),
            (
                "scancode_waitmsg",
                {"EventKey": "k", "ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "42"}},
                "42",
            ),
            ("scancode_push", {"ScanCodeInfo": {"ScanResult": "https://x"}}, "https://x"),
            ("pic_sysphoto", {"SendPicsInfo": {"Count": "2"}}, "[图片] 2"),
            ("pic_photo_or_album", {}, "[图片]"),
            ("pic_weixin", {"SendPicsInfo": {"Count": "1"}}, "[图片] 1"),
            (
                "location_select",
                {"SendLocationInfo": {"Location_X": "1.5", "Location_Y": "2", "Label": "Here"}},
                "[位置] Here (1.5, 2)",
            ),
            (
                "template_card_event",
                {"EventKey": "yes", "TaskId": "t1", "CardType": "button_interaction"},
                "yes",
            ),
            ("template_card_menu_event", {"EventKey": "menu", "TaskId": "t1"}, "menu"),
            ("taskcard_click", {"EventKey": "old", "TaskId": "t1"}, "old"),
        ],
    )
    def test_is_a_message_of_its_own(
        self, mode: str, name: str, more: dict[str, Any], content: str
    ) -> None:
        """With what the agent can make of it."""
        _, (message,) = event(mode, Event=name, **more)

        assert (message.msg_type, message.content) == ("event", content)

    @both_forms
    def test_of_a_card_says_what_was_chosen(self, mode: str) -> None:
        """An option may come once or several times."""
        items = [
            {"QuestionKey": "size", "OptionIds": {"OptionId": "xl"}},
            {"QuestionKey": "colours", "OptionIds": {"OptionId": ["red", "blue"]}},
        ]
        more = {"EventKey": "submit", "SelectedItems": {"SelectedItem": items}}
        _, (message,) = event(mode, Event="template_card_event", TaskId="t", **more)

        assert message.content == "submit\nsize: xl\ncolours: red, blue"

    @pytest.mark.parametrize(
        "name",
        [
            *("unsubscribe", "LOCATION", "view", "view_miniprogram", "change_contact"),
            *("kf_msg_or_event", "made_up_yesterday", "金丝雀"),
            *weixin_event.OF_THE_OPERATOR,
        ],
    )
    def test_that_nobody_says_is_left_aside(self, name: str) -> None:
        """Where somebody is, looks or goes, and what the platform does, is no turn of theirs."""
        assert event(Event=name)[1] == []

    @pytest.mark.parametrize(
        "values",
        [
            {"Event": "batch_job_result", "BatchJob": {"JobId": "1"}},
            {"Event": "subscribe"},
            {"MsgType": "text", "Content": "hello", "MsgId": "1"},
        ],
    )
    def test_the_system_is_no_member(self, values: dict[str, Any]) -> None:
        """Whatever `sys` sends, in whatever case."""
        for name in ("sys", "SYS"):
            assert event(FromUserName=name, **values)[1] == []

    @both_forms
    def test_has_words_no_longer_than_the_platforms(self, mode: str) -> None:
        """1,024 bytes: what no button has would fill the queue, and the event's id."""
        item = {"QuestionKey": "问" * 2000, "OptionIds": {"OptionId": "x" * 2000}}
        long = {"EventKey": "菜" * 2000, "CardType": "c" * 2000}
        more = long | {"SelectedItems": {"SelectedItem": item}}
        _, (message,) = event(mode, Event="template_card_event", **more)

        assert message.content == f"{'菜' * 341}\n{'问' * 341}: {'x' * 1024}"
        assert len(message.msg_id.encode()) < 1200

    @both_forms
    def test_that_no_members_is_needs_no_application(self, mode: str) -> None:
        """A company's own events come without a number; nothing of a member's does."""
        account, forge = Connected(), Forge(mode=mode)
        job = without(EVENT, "AgentID") | {"Event": "batch_job_result", "FromUserName": "sys"}

        assert account.door.handle(forge.delivery(job)).status == 200
        tap = without(EVENT, "AgentID") | {"Event": "click", "EventKey": "menu"}
        assert account.door.handle(forge.delivery(tap)).status == 403
        assert account.taken() == []

    @pytest.mark.parametrize("name", sorted(weixin_event.OF_THE_OPERATOR))
    def test_of_the_applications_life_is_told_to_the_operator(
        self, name: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A warning in the log names it."""
        caplog.set_level(logging.WARNING, logger="cococat")
        event(Event=name)

        assert [vars(record)["event"] for record in caplog.records] == [name]

    def test_a_chat_that_is_opened_again_and_again_is_one_greeting_a_day(self) -> None:
        """The day is Beijing's."""
        account = Connected()
        for seconds in (0, 60, 7 * 3600, 24 * 3600):
            created = str(int(NOW) + seconds)
            values = EVENT | {"Event": "enter_agent", "CreateTime": created}
            account.door.handle(Forge().delivery(values))

        assert len({message.id for message in account.taken()}) == 2

    def test_two_events_of_one_second_are_two_and_a_redelivery_is_one(self) -> None:
        """They have no ids, so all that tells them apart is one."""
        account = Connected()
        for key in ("a", "b", "a"):
            values = EVENT | {"Event": "click", "EventKey": key}
            account.door.handle(Forge().delivery(values))

        assert len({message.id for message in account.taken()}) == 2


class TestTheAnswer:
    """What the response says."""

    @both_forms
    def test_is_empty_for_a_message(self, mode: str) -> None:
        """The answer itself comes by the API."""
        response = Connected().door.handle(Forge(mode=mode).delivery())

        assert (response.status, response.body) == (200, "")

    @pytest.mark.parametrize("as_json", [False, True])
    def test_greys_a_tapped_button(self, *, as_json: bool) -> None:
        """Sealed, and to the member who tapped it."""
        account = Connected()
        platform = account.platform
        platform.as_json = as_json
        card = {"EventKey": "yes", "TaskId": "t", "CardType": "button_interaction"}

        answer = platform.deliver(platform.event("ann", "template_card_event", **card))
        assert answer is not None
        assert (answer["MsgType"], answer["Button"]) == ("update_button", {"ReplaceName": "已提交"})

    def test_leaves_a_card_without_buttons_alone(self) -> None:
        """There is nothing to grey."""
        platform = Connected().platform
        card = {"EventKey": "yes", "TaskId": "t", "CardType": "text_notice"}

        assert platform.deliver(platform.event("ann", "template_card_event", **card)) is None


names = st.sampled_from([*MESSAGE, *EVENT, "Event", "TaskId", "SelectedItems", "MediaId"])
anything = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
values = st.dictionaries(names, anything | st.dictionaries(names, anything, max_size=2))


@given(values)
def test_any_values_are_a_message_none_or_refused(given_values: dict[str, Any]) -> None:
    """What a stranger puts into the elements never ends in another error."""
    kinds = [{}, {"MsgType": "image"}, {"MsgType": "location"}]
    events = [EVENT | {"Event": name} for name in ("subscribe", "template_card_event", "click")]
    for base in [*(MESSAGE | kind for kind in kinds), *events]:
        elements = base | given_values
        try:
            is_event = weixin_message.kind_of(elements) == "event"
            said = weixin_event.read(elements) if is_event else weixin_message.read(elements)
            if said is not None:
                message = weixin_message.to_chat_message(elements, said, "shop")
                assert message.user_id == elements["FromUserName"]
        except MalformedMessage:
            continue


@given(values)
def test_xml_and_json_are_read_alike(given_values: dict[str, Any]) -> None:
    """The form makes no difference to what was said."""
    from json import dumps

    from cococat.adapters.xml import DefusedXml

    written = given_values or {"a": "b"}
    as_json = weixin_values.read(dumps(written).encode(), DefusedXml())
    as_xml = weixin_values.read(to_xml(written).encode(), DefusedXml())

    def flat(found: Any) -> Any:  # noqa: ANN401 - JSON
        return {k: flat(v) if isinstance(v, dict) else v for k, v in found.items() if v != {}}

    assert {k: v for k, v in flat(as_xml).items() if v} == {
        k: v for k, v in flat(as_json).items() if v
    }
