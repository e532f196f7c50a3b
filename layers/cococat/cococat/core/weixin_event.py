"""
Events of WeCom (企业微信) applications: which are a member's turn, and what they say.

Source: WeCom developer documentation, "Receiving messages: event format" (90240).
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from cococat.core import weixin_values as values_of
from cococat.core.weixin_message import SECONDS, Said, place
from cococat.core.xml_message import Elements

BEIJING = 8 * 3600
"""Seconds that the platform's clocks are ahead of UTC."""
DAY = 24 * 3600
CARDS = frozenset({"template_card_event", "template_card_menu_event", "taskcard_click"})
"""Events of cards, whose answer may change the card."""
OF_THE_OPERATOR = frozenset(
    {
        "share_agent_change",
        "share_chain_change",
        "inactive_alert",
        "close_inactive_agent",
        "reopen_inactive_agent",
        "low_active_alert",
        "low_active",
        "active_restored",
    }
)
"""What the platform has done with the application: its operator has to know."""

_TASK = re.compile(r"[A-Za-z0-9_@-]{1,128}", re.ASCII)


def name_of(values: Elements) -> str:
    """Return the event's name in small letters; the platform writes some in capitals."""
    return values_of.text(values, "Event").lower()


def read(values: Elements) -> Said | None:
    """
    Return what an event of a member says, or None where it is nobody's turn.

    Raises:
        MalformedMessage: an element that it needs is missing or not of its form.

    """
    name = name_of(values)
    if name not in _EVENTS:
        return None
    extra: dict[str, Any] = {"event": name, "key": values_of.word(values, "EventKey")}
    if name in CARDS:
        extra |= _of_card(values)
    content = _EVENTS[name](values) or name
    return Said(content=content, key=_key(name, values), extra=extra)


def _key(name: str, values: Elements) -> str:
    """Return what tells an event from the member's others; the platform gives it no id."""
    created = int(values_of.matching(values, "CreateTime", SECONDS))
    if name == "enter_agent":  # whenever the chat is opened; one greeting a day is enough
        return f"{name}:{(created + BEIJING) // DAY}"
    keys = (values_of.word(values, each) for each in ("EventKey", "TaskId"))
    return ":".join((str(created), name, *keys))


def _of_card(values: Elements) -> dict[str, Any]:
    """Return which card it is, and what was chosen in it: question -> options."""
    chosen: dict[str, list[str]] = {}
    for question, options in _selected(values):
        chosen.setdefault(question, []).extend(options)
    return {
        "task_id": values_of.matching(values, "TaskId", _TASK) if values.get("TaskId") else "",
        "card_type": values_of.word(values, "CardType"),
        "selected": chosen,
    }


def _selected(values: Elements) -> Iterator[tuple[str, list[str]]]:
    items = values_of.inside(values, "SelectedItems")
    for item in values_of.listed(items, "SelectedItem"):
        if not isinstance(item, dict):
            continue
        ids = values_of.listed(values_of.inside(item, "OptionIds"), "OptionId")
        options = [values_of.short(each) for each in ids if isinstance(each, str)]
        yield values_of.word(item, "QuestionKey"), options


def _nothing(_values: Elements) -> str:
    return ""


def _event_key(values: Elements) -> str:
    return values_of.word(values, "EventKey")


def _card(values: Elements) -> str:
    """Return what a tap on a card says: the button's own words, then what was chosen."""
    chosen = [f"{key}: {', '.join(options)}" for key, options in _selected(values) if options]
    return "\n".join(filter(None, (_event_key(values), *chosen)))


def _scan(values: Elements) -> str:
    return values_of.text(values_of.inside(values, "ScanCodeInfo"), "ScanResult")


def _pictures(values: Elements) -> str:
    """Return that pictures are on their way, each as a message of its own."""
    count = values_of.word(values_of.inside(values, "SendPicsInfo"), "Count")
    return f"[图片] {count}" if count else "[图片]"


def _located(values: Elements) -> str:
    info = values_of.inside(values, "SendLocationInfo")
    return place(info, values_of.text(info, "Label")) if info else ""


_EVENTS: dict[str, Callable[[Elements], str]] = {
    "subscribe": _nothing,
    "enter_agent": _nothing,
    "click": _event_key,
    "scancode_push": _scan,
    "scancode_waitmsg": _scan,
    "pic_sysphoto": _pictures,
    "pic_photo_or_album": _pictures,
    "pic_weixin": _pictures,
    "location_select": _located,
    **dict.fromkeys(CARDS, _card),
}
"""Events that are a member's turn -> what they say; empty: their name. Where somebody is
(`LOCATION`), looks (`view`) or goes (`unsubscribe`) is nothing that they say."""
