"""
WeChat Official Account messages: what they say to us and how one answers them.

Source: WeChat developer documentation, "Receiving standard messages", "Receiving event
pushes", "Passive user reply message".
"""

import re
from collections.abc import Mapping

from cococat.core.clock import iso
from cococat.core.errors import MalformedMessage
from cococat.core.messages import ChatMessage
from cococat.core.text import MAX_CONTENT, clean, cut
from cococat.core.xml_message import Value

MAX_TEXT = 2000
"""Bytes of UTF-8 in one text; over 2,048 the platform tells the user that we are out of order."""

_NUMBER = re.compile(r"[0-9]{1,20}", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,11}", re.ASCII)
_OPEN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def to_chat_message(values: Mapping[str, str], scene_id: str) -> ChatMessage | None:
    """
    Return the message that *values* (element -> text) hold, or None for one that is no turn.

    Raises:
        MalformedMessage: an element that every message has is missing or not of its form.

    """
    user = _matching(values, "FromUserName", _OPEN_ID)
    created = _matching(values, "CreateTime", _SECONDS)
    _matching(values, "ToUserName", _OPEN_ID)
    kind = values.get("MsgType", "")
    if not kind:
        raise MalformedMessage("'MsgType' is missing")
    if kind == "text":
        content, msg_id, extra = _text(values)
    elif kind == "event" and values.get("Event", "").lower() == "subscribe":
        content, msg_id, extra = _subscribe(values, user, created)
    else:
        return None
    return ChatMessage(
        channel_type="wechat",
        scene_id=scene_id,
        user_id=user,
        content=content,
        msg_type=kind,
        msg_id=msg_id,
        timestamp=iso(int(created)),
        conversation_id=user,
        extra=extra,
    )


def reply_to(question: Mapping[str, str], text: str, now: int) -> dict[str, Value]:
    """Return the passive reply that says *text* to who sent *question*."""
    return {
        "ToUserName": question["FromUserName"],
        "FromUserName": question["ToUserName"],
        "CreateTime": now,
        "MsgType": "text",
        "Content": cut(text, MAX_TEXT),
    }


def _text(values: Mapping[str, str]) -> tuple[str, str, dict[str, str | bool]]:
    whole = clean(values.get("Content", ""))
    content = cut(whole, MAX_CONTENT)
    extra: dict[str, str | bool] = {} if content == whole else {"truncated": True}
    return content, _matching(values, "MsgId", _NUMBER), extra


def _subscribe(
    values: Mapping[str, str], user: str, created: str
) -> tuple[str, str, dict[str, str | bool]]:
    """Return a new follower's event; it has no id, so all that tells two apart is one."""
    key = values.get("EventKey", "")
    return "subscribe", f"{user}:{created}:subscribe:{key}", {"event": "subscribe", "key": key}


def _matching(values: Mapping[str, str], name: str, form: re.Pattern[str]) -> str:
    value = values.get(name, "")
    if not form.fullmatch(value):
        raise MalformedMessage(f"'{name}' is missing or not of its form")
    return value
