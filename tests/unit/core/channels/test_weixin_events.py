import logging
from typing import Any

import pytest

from cococat.core import weixin_event
from cococat.core.mailbox import MailboxMessage
from tests.support.weixin import Connected
from tests.support.weixin_forge import MESSAGE, NOW, Forge, without

both_forms = pytest.mark.parametrize("mode", ["xml", "json"])
EVENT = without(MESSAGE, "MsgId", "Content") | {"MsgType": "event", "EventKey": ""}


def event(mode: str = "xml", **changes: Any) -> tuple[Connected, list[MailboxMessage]]:  # noqa: ANN401 - JSON
    """Deliver an event with *changes*."""
    account = Connected()
    assert account.door.handle(Forge(mode=mode).delivery(EVENT | changes)).status == 200
    return account, account.taken()


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
