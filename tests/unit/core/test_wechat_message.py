import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.core.errors import MalformedMessage
from cococat.core.wechat_message import to_chat_message
from tests.support.wechat_attacks import BAD_VALUES
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


@given(st.dictionaries(XML_NAMES, anything))
def test_any_values_are_a_message_none_or_refused(values: dict[str, str]) -> None:
    """What a stranger puts into the elements never ends in another error."""
    for each in (values, MESSAGE | values, MESSAGE | {"MsgType": "event"} | values):
        try:
            message = to_chat_message(each, "shop")
        except MalformedMessage:
            continue
        assert message is None or message.user_id == each["FromUserName"]
