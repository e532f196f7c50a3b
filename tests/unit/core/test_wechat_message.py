from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.core.errors import MalformedMessage
from cococat.core.messages import Attachment, ChatMessage
from cococat.core.wechat_message import to_chat_message
from tests.support.wechat_contents import BAD_VALUES
from tests.support.wechat_forge import MESSAGE, without

XML_NAMES = st.sampled_from([*MESSAGE, "Event", "EventKey", "Recognition"])
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@pytest.mark.parametrize("values", BAD_VALUES.values(), ids=BAD_VALUES)
def test_what_lacks_something_is_no_message(values: dict[str, str]) -> None:
    """Every element that a message needs is there, in its form."""
    with pytest.raises(MalformedMessage):
        to_chat_message(values, "shop")


@pytest.mark.parametrize("kind", ["image", "event", "TEXT", "hologram"])
def test_what_is_no_turn_needs_no_more_than_its_kind(kind: str) -> None:
    """It is left aside, with or without an id."""
    assert to_chat_message(without(MESSAGE, "MsgId") | {"MsgType": kind}, "shop") is None


PLACE = {"Location_X": "23.10", "Location_Y": "113.32", "Label": "体育西路 1 号"}
IMAGE = Attachment(kind="image", name="", size=None, ref="media-1")


def message(kind: str, **elements: str) -> ChatMessage | None:
    """Return the message of *kind* with *elements*."""
    values = without(MESSAGE, "Content") | {"MsgType": kind} | elements
    return to_chat_message(values, "shop")


class TestKinds:
    """Every kind of message that people send."""

    @pytest.mark.parametrize(
        ("kind", "elements", "content", "attachment"),
        [
            ("image", {"MediaId": "media-1", "PicUrl": "https://mmbiz.qpic.cn/x"}, "", IMAGE),
            ("voice", {"MediaId": "media-1"}, "", replace(IMAGE, kind="voice")),
            (
                "voice",
                {"MediaId": "media-1", "Format": "amr", "Recognition": "你好"},
                "你好",
                replace(IMAGE, kind="voice"),
            ),
            (
                "voice",
                {"MediaId": "m", "Recognition": ""},
                "",
                replace(IMAGE, kind="voice", ref="m"),
            ),
            ("video", {"MediaId": "media-1"}, "", replace(IMAGE, kind="video")),
            (
                "shortvideo",
                {"MediaId": "media-1", "ThumbMediaId": "t"},
                "",
                replace(IMAGE, kind="video"),
            ),
        ],
    )
    def test_media_are_attachments_that_can_be_fetched(
        self, kind: str, elements: dict[str, str], content: str, attachment: Attachment
    ) -> None:
        """By their media ids, which need our token; no address of the platform's goes along."""
        found = message(kind, **elements)

        assert found is not None
        assert (found.msg_type, found.content) == (kind, content)
        assert found.attachments == (attachment,)
        assert "http" not in repr(found)

    @pytest.mark.parametrize(
        ("kind", "elements", "content"),
        [
            ("location", PLACE, "体育西路 1 号 (23.10,113.32)"),
            ("location", PLACE | {"Label": ""}, "(23.10,113.32)"),
            (
                "link",
                {"Title": "公告", "Description": "新品", "Url": "https://example.com/a"},
                "公告\n新品\nhttps://example.com/a",
            ),
            ("miniprogrampage", {"Title": "商品", "AppId": "wx1", "PagePath": "a/b"}, "商品"),
            ("file", {"Title": "合同.pdf", "FileKey": "k", "FileTotalLen": "9"}, "合同.pdf"),
        ],
    )
    def test_others_are_said_in_words(
        self, kind: str, elements: dict[str, str], content: str
    ) -> None:
        """An agent that only reads text understands them."""
        found = message(kind, **elements)

        assert found is not None
        assert (found.content, found.attachments) == (content, ())

    def test_a_tap_on_somebody_elses_menu_is_what_was_on_it(self) -> None:
        """Its id is not ours to read."""
        found = message("text", Content="满意", bizmsgmenuid="101")

        assert found is not None
        assert (found.content, found.extra) == ("满意", {"menu_id": "101"})


def test_a_chosen_place_in_letters_is_refused() -> None:
    """As one that is sent by hand; where none was chosen, the event says so alone."""
    chosen = {f"SendLocationInfo/{name}": value for name, value in PLACE.items()}
    with pytest.raises(MalformedMessage):
        message("event", Event="location_select", **chosen | {"SendLocationInfo/Location_X": "x"})

    found = message("event", Event="location_select", EventKey="K")
    assert found is not None
    assert found.content == "location_select K"


SCAN = {"ScanCodeInfo/ScanType": "qrcode", "ScanCodeInfo/ScanResult": "票 42"}


class TestEvents:
    """What people do."""

    @pytest.mark.parametrize(
        ("name", "elements", "content"),
        [
            ("subscribe", {"EventKey": ""}, "subscribe"),
            ("subscribe", {"EventKey": "qrscene_7", "Ticket": "t"}, "subscribe qrscene_7"),
            ("SCAN", {"EventKey": "7", "Ticket": "t"}, "scan 7"),
            ("CLICK", {"EventKey": "ORDER"}, "click ORDER"),
            ("scancode_waitmsg", {"EventKey": "K"} | SCAN, "scancode_waitmsg 票 42"),
            ("scancode_push", {"EventKey": "K"} | SCAN, "scancode_push 票 42"),
            (
                "location_select",
                {f"SendLocationInfo/{name}": value for name, value in PLACE.items()},
                "location_select 体育西路 1 号 (23.10,113.32)",
            ),
        ],
    )
    def test_that_may_be_answered_are_turns(
        self, name: str, elements: dict[str, str], content: str
    ) -> None:
        """With what belongs to them."""
        found = message("event", Event=name, **elements)

        assert found is not None
        assert (found.msg_type, found.content) == ("event", content)
        assert found.extra["event"] == name.lower()

    def test_of_a_scan_have_the_whole_code(self) -> None:
        """As much as a QR code holds; a key that is longer than any is cut."""
        code = {"ScanCodeInfo/ScanResult": "x" * 9999}
        found = message("event", Event="scancode_push", EventKey="k" * 9999, **code)

        assert found is not None
        assert found.content == f"scancode_push {'x' * 4296}"
        assert len(found.msg_id) < 4296 + 400

    @pytest.mark.parametrize(
        "name",
        [
            "unsubscribe",
            "LOCATION",
            "VIEW",
            "view_miniprogram",
            "pic_sysphoto",
            "pic_photo_or_album",
            "pic_weixin",
            "TEMPLATESENDJOBFINISH",
            "MASSSENDJOBFINISH",
            "subscribe_msg_popup_event",
            "subscribe_msg_change_event",
            "subscribe_msg_sent_event",
            "kf_create_session",
            "kf_close_session",
            "kf_switch_session",
            "made_up_yesterday",
            "",
        ],
    )
    def test_that_nobody_waits_for_an_answer_to_are_none(self, name: str) -> None:
        """They are acknowledged and counted."""
        assert message("event", Event=name, EventKey="k", Latitude="1", Longitude="2") is None

    def test_two_in_one_second_are_two_and_one_twice_is_one(self) -> None:
        """They have no id, so all that parts them is one."""
        keys = [
            found.msg_id
            for found in (
                message("event", Event="CLICK", EventKey="a"),
                message("event", Event="click", EventKey="a"),
                message("event", Event="CLICK", EventKey="b"),
                message("event", Event="SCAN", EventKey="a"),
                message("event", Event="scancode_push", EventKey="a"),
                message("event", Event="scancode_push", EventKey="a", **SCAN),
            )
            if found is not None
        ]

        assert len(keys) == 6
        assert len(set(keys)) == 5


@given(st.dictionaries(XML_NAMES, anything))
def test_any_values_are_a_message_none_or_refused(values: dict[str, str]) -> None:
    """What a stranger puts into the elements never ends in another error."""
    for each in (values, MESSAGE | values, MESSAGE | {"MsgType": "event"} | values):
        try:
            message = to_chat_message(each, "shop")
        except MalformedMessage:
            continue
        assert message is None or message.user_id == each["FromUserName"]
