"""
Messages of WeCom (企业微信) applications: what members say to us, as `ChatMessage`.

Source: WeCom developer documentation, "Receiving messages: message format" (90239).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cococat.core import weixin_values as values_of
from cococat.core.clock import iso
from cococat.core.degrees import DEGREES
from cococat.core.errors import MalformedMessage
from cococat.core.messages import Attachment, ChatMessage
from cococat.core.text import MAX_CONTENT, cut, size
from cococat.core.xml_message import Elements

MAX_USER = 64
"""Bytes of a member's id."""
SYSTEM = "sys"
"""Who sends what is no member's word."""

SECONDS = re.compile(r"[0-9]{1,11}", re.ASCII)

_NUMBER = re.compile(r"[0-9]{1,20}", re.ASCII)
_KIND = re.compile(r"[A-Za-z_]{1,64}", re.ASCII)
_USER = re.compile(r"[^@|\s\x00-\x1f\x7f-\x9f\ud800-\udfff][^|\s\x00-\x1f\x7f-\x9f\ud800-\udfff]*")
"""No `|`, which stands between ids, and no `@all`, which is everybody."""
_MEDIA = re.compile(r"[A-Za-z0-9_-]{1,512}", re.ASCII)
_FORMAT = re.compile(r"[a-z0-9]{1,8}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """
    What one message says.

    Attributes:
        content: the text for the agent.
        key: what tells the message from the user's others; empty where it has an id.
        attachments: its files.
        extra: what this platform alone knows.

    """

    content: str
    key: str = ""
    attachments: tuple[Attachment, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)


def kind_of(values: Elements) -> str:
    """
    Return the type of the message that *values* hold.

    Raises:
        MalformedMessage: it has none.

    """
    return values_of.matching(values, "MsgType", _KIND)


def sender(values: Elements) -> str:
    """
    Return the id of the member who sent it, as it is written.

    Raises:
        MalformedMessage: there is none, or it could be taken for several members.

    """
    user = values_of.matching(values, "FromUserName", _USER)
    if size(user) > MAX_USER:
        raise MalformedMessage("'FromUserName' is too long")
    return user


def read(values: Elements) -> Said | None:
    """Return what a message of a member says, or None for an unknown type or no word."""
    reader = _KINDS.get(kind_of(values))
    return None if reader is None else reader(values)


def to_chat_message(values: Elements, said: Said, scene_id: str) -> ChatMessage:
    """
    Return the message that *values* hold and that says *said*.

    Raises:
        MalformedMessage: an element that every message has is missing or not of its form.

    """
    user, created = sender(values), int(values_of.matching(values, "CreateTime", SECONDS))
    # Ids are the same in every case, so one member is one conversation, however it is written.
    conversation = user.casefold()
    content = cut(said.content, MAX_CONTENT)
    extra = said.extra if content == said.content else said.extra | {"truncated": True}
    msg_id = said.key and f"{conversation}:{said.key}"
    return ChatMessage(
        channel_type="weixin",
        scene_id=scene_id,
        user_id=user,
        content=content,
        msg_type=kind_of(values),
        msg_id=msg_id or values_of.matching(values, "MsgId", _NUMBER),
        timestamp=iso(created),
        conversation_id=conversation,
        attachments=said.attachments,
        extra=extra,
    )


def place(values: Elements, label: str) -> str:
    """Return the place that *values* hold, in words."""
    point = f"({_degrees(values, 'Location_X')}, {_degrees(values, 'Location_Y')})"
    return " ".join(filter(None, ("[位置]", label, point)))


def _degrees(values: Elements, name: str) -> str:
    return values_of.matching(values, name, DEGREES)


def _text(values: Elements) -> Said | None:
    content = values_of.text(values, "Content")
    return Said(content=content) if content.strip() else None


def _media(kind: str, title: str) -> Callable[[Elements], Said]:
    """Return the reader of a type of message that is one file."""

    def read_media(values: Elements) -> Said:
        media_id = values_of.matching(values, "MediaId", _MEDIA)
        ending = values_of.text(values, "Format").lower()
        name = f"{kind}.{ending}" if _FORMAT.fullmatch(ending) else ""
        attachment = Attachment(kind=kind, name=name, size=None, ref=media_id)
        return Said(content=title, attachments=(attachment,))

    return read_media


def _location(values: Elements) -> Said:
    app = values_of.word(values, "AppType")
    return Said(
        content=place(values, values_of.text(values, "Label")),
        extra={"app_type": app} if app else {},
    )


def _link(values: Elements) -> Said:
    parts = (values_of.text(values, name) for name in ("Title", "Description", "Url"))
    return Said(content="\n".join(filter(None, parts)) or "[链接]")


_KINDS: dict[str, Callable[[Elements], Said | None]] = {
    "text": _text,
    "image": _media("image", "[图片]"),
    "voice": _media("voice", "[语音]"),
    "video": _media("video", "[视频]"),
    "location": _location,
    "link": _link,
}
