from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.core import attachment_ref, weixin_event, weixin_message, weixin_values
from cococat.core.errors import MalformedMessage
from cococat.core.mailbox import MailboxMessage
from cococat.simulators.weixin import to_xml
from tests.support.weixin import USER, Connected
from tests.support.weixin_forge import MESSAGE, Forge, without

both_forms = pytest.mark.parametrize("mode", ["xml", "json"])
EVENT = without(MESSAGE, "MsgId", "Content") | {"MsgType": "event", "EventKey": ""}


def delivered(mode: str = "xml", **changes: Any) -> tuple[Connected, list[MailboxMessage]]:  # noqa: ANN401 - JSON
    """Deliver a message with *changes*; return the application and what its mailbox has."""
    account = Connected()
    assert account.door.handle(Forge(mode=mode).delivery(**changes)).status == 200
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
