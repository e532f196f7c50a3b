"""
WeChat Official Account messages: what people say to us.

Source: WeChat developer documentation, "Receiving standard messages".
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import field

from cococat.core import wechat_event
from cococat.core.clock import iso
from cococat.core.errors import MalformedMessage
from cococat.core.messages import Attachment, ChatMessage
from cococat.core.text import MAX_CONTENT, clean, cut, fits
from cococat.core.values import value
from cococat.core.wechat_event import Extra, Values
from cococat.core.wechat_forms import PRESSED

NO_WORDS = frozenset({"", "【收到不支持的消息类型，暂无法显示】"})
"""Texts that are no words of a person's: none, and the platform's for what it can't show."""

_DIGITS = 20
_SECONDS_DIGITS = 11
_OPEN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


@value(frozen=True, slots=True)
class _Said:
    """What one message says."""

    content: str
    attachments: tuple[Attachment, ...] = ()
    extra: Extra = field(default_factory=dict)


def to_chat_message(values: Values, scene_id: str) -> ChatMessage | None:
    """
    Return the message that *values* (path -> text) hold, or None for one that is no turn.

    Raises:
        MalformedMessage: an element that every message has is missing or not of its form.

    """
    user = _name(values, "FromUserName")
    _name(values, "ToUserName")
    created = _number(values, "CreateTime", _SECONDS_DIGITS)
    kind = values.get("MsgType", "")
    if not kind:
        raise MalformedMessage("'MsgType' is missing")
    if kind == "event":
        event = wechat_event.turn(values)
        if event is None:
            return None
        said, msg_id = _Said(event.content, (), event.extra), event.key(user, created)
    else:
        reader = _READERS.get(kind)
        found = None if reader is None else reader(values)
        if found is None:
            return None
        said, msg_id = found, _number(values, "MsgId", _DIGITS)
    return _message(values, scene_id, said, msg_id)


def kind_of(values: Values) -> str:
    """Return what to count a message as that is left aside."""
    kind = values["MsgType"]
    return values.get("Event", "") if kind == "event" else kind


def _message(values: Values, scene_id: str, said: _Said, msg_id: str) -> ChatMessage | None:
    whole = clean(said.content)
    if not (said.attachments or whole.strip()):
        return None
    content = whole if fits(whole, MAX_CONTENT) else cut(whole, MAX_CONTENT)
    user = values["FromUserName"]
    return ChatMessage(
        channel_type="wechat",
        scene_id=scene_id,
        user_id=user,
        content=content,
        msg_type=values["MsgType"],
        msg_id=msg_id,
        timestamp=iso(int(values["CreateTime"])),
        conversation_id=user,
        attachments=said.attachments,
        extra=said.extra if content == whole else said.extra | {"truncated": True},
    )


def _text(values: Values) -> _Said | None:
    content = values.get("Content", "")
    if content.strip() in NO_WORDS:
        return None
    menu_id = clean(values.get("bizmsgmenuid", ""))
    if menu_id.startswith(PRESSED):  # a button of our own: the agent gets its value
        return _Said(menu_id.removeprefix(PRESSED) or content, (), {"pressed": content})
    return _Said(content, (), {"menu_id": menu_id} if menu_id else {})


def _media(kind: str) -> Callable[[Values], _Said | None]:
    def read(values: Values) -> _Said | None:
        ref = clean(values.get("MediaId", ""))
        if not ref:
            return None
        attachment = Attachment(kind=kind, name="", size=None, ref=ref)
        extra = {
            name: clean(values[element])
            for name, element in (("format", "Format"), ("thumb", "ThumbMediaId"))
            if values.get(element)
        }
        # The platform's own transcript, for accounts that still get one.
        return _Said(values.get("Recognition", ""), (attachment,), {**extra})

    return read


def _location(values: Values) -> _Said | None:
    place = wechat_event.place(values, "")
    return None if place is None else _Said(place.content, (), place.extra)


def _link(values: Values) -> _Said:
    return _Said(_lines(values, "Title", "Description", "Url"))


def _mini_program_page(values: Values) -> _Said:
    extra: Extra = {
        "app_id": clean(values.get("AppId", "")),
        "page_path": clean(values.get("PagePath", "")),
    }
    return _Said(_lines(values, "Title"), (), extra)


def _file(values: Values) -> _Said:
    """Return a file's name; the platform has no documented way to get its bytes."""
    return _Said(_lines(values, "Title", "Description"))


_READERS: dict[str, Callable[[Values], _Said | None]] = {
    "text": _text,
    "image": _media("image"),
    "voice": _media("voice"),
    "video": _media("video"),
    "shortvideo": _media("video"),
    "location": _location,
    "link": _link,
    "miniprogrampage": _mini_program_page,
    "file": _file,
}
"""MsgType -> what reads it."""


def _lines(values: Values, *names: str) -> str:
    return "\n".join(values[name] for name in names if values.get(name))


def _name(values: Mapping[str, str], name: str) -> str:
    value = values.get(name, "")
    if not _OPEN_ID.fullmatch(value):
        raise MalformedMessage(f"'{name}' is missing or not of its form")
    return value


def _number(values: Mapping[str, str], name: str, digits: int) -> str:
    value = values.get(name, "")
    if not (value.isascii() and value.isdigit() and len(value) <= digits):
        raise MalformedMessage(f"'{name}' is missing or not of its form")
    return value
