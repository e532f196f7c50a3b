"""
A click on a card of ours: card.action.trigger.

The platform signs who clicked and where; what the button holds was written by us, but comes back
from the user's own client, so it is taken for something that the user says, and for no more.
Source: Feishu Open Platform, "Card interaction callback" (card.action.trigger).
"""

import json
import re
from dataclasses import replace
from typing import Any

from cococat.core import feishu_turn, fields
from cococat.core.feishu_content import Content
from cococat.core.feishu_event import Event, Json
from cococat.core.feishu_turn import Place, Turn, named, optional

KIND = "card.action.trigger"
SAYS = "says"
IN_THREAD = "thread"
"""Keys of what our own buttons hold: what a click says, and the thread that the card is in."""

_THREAD = re.compile(r"omt_[A-Za-z0-9]{1,128}", re.ASCII)


def read(event: Event, scene_id: str) -> Turn:
    """
    Return the turn that a click is.

    Raises:
        MalformedMessage: it is not of its form.

    """
    action, context = fields.mapping(event.body, "action"), fields.mapping(event.body, "context")
    value = action.get("value")
    thread = value.get(IN_THREAD) if isinstance(value, dict) else None
    is_thread = isinstance(thread, str) and _THREAD.fullmatch(thread) is not None
    place = Place(
        chat=named(context, "open_chat_id"),
        thread=str(thread) if is_thread else "",
        message=optional(context, "open_message_id"),
    )
    turn = feishu_turn.make(
        event,
        place,
        scene_id=scene_id,
        user=named(fields.mapping(event.body, "operator"), "open_id"),
        said=Content(kind="event", text=_said(action)),
        extra={"event": "card_action"},
    )
    # A card that answers the click takes this one's place.
    card = {"card": place.message} if place.message else {}
    return replace(turn, in_place=turn.in_place | card)


def toast(kind: str, content: str) -> Json:
    """Return the answer to a click that shows *content* for a moment; *kind* is info or error."""
    return {"toast": {"type": kind, "content": content}}


def _said(action: Json) -> str:
    """Return what a click says: our button's own words, else all that the platform tells."""
    value = action.get("value")
    if isinstance(value, dict) and isinstance(value.get(SAYS), str) and not _filled(action):
        return str(value[SAYS])
    if isinstance(value, str) and value and not _filled(action):
        return value
    told = {key: action[key] for key in ("value", "name", *_FILLED) if _is_told(action.get(key))}
    return json.dumps(told, ensure_ascii=False)


_FILLED = ("option", "options", "checked", "input_value", "form_value")
"""What a component says in which the user chose or wrote something."""


def _filled(action: Json) -> bool:
    return any(_is_told(action.get(key)) for key in _FILLED)


def _is_told(value: Any) -> bool:  # noqa: ANN401 - JSON
    return value not in (None, "", [], {})
