"""What a Feishu event becomes when it is the agent's turn, and what that has in common."""

import json
from typing import Any

from cococat.core import text
from cococat.core.clock import iso
from cococat.core.errors import MalformedMessage
from cococat.core.feishu_content import Content
from cococat.core.feishu_event import Event
from cococat.core.messages import Attachment, ChatMessage
from cococat.core.values import value

MAX_ATTACHMENTS = 50
MAX_JSON = 160 * 1024
"""Bytes that a content may have in JSON, where quotes and line ends take two."""
_LONGEST_ID = 255
THREAD = ":"
"""Stands between chat and thread in the id of a conversation."""


@value(frozen=True, slots=True, kw_only=True)
class Place:
    """
    Where something was said.

    Attributes:
        chat: `oc_…`.
        thread: `omt_…`; empty outside of threads and topics.
        message: `om_…`, the message to answer to; empty where there is none.

    """

    chat: str
    thread: str = ""
    message: str = ""

    @property
    def conversation(self) -> str:
        """Return the conversation: the chat, or one thread of it."""
        return f"{self.chat}{THREAD}{self.thread}" if self.thread else self.chat

    @property
    def in_place(self) -> dict[str, str]:
        """Return what an answer in place needs to know of it."""
        known = {"chat": self.chat}
        if self.thread:
            known["thread"] = self.thread
        if self.message:
            known["message"] = self.message
        return known


@value(frozen=True, slots=True)
class Turn:
    """
    A message for the agent.

    Attributes:
        message: the message; its `msg_id` is unique in the whole app.
        in_place: what an answer in place needs.

    """

    message: ChatMessage
    in_place: dict[str, str]


def make(
    event: Event,
    place: Place,
    *,
    scene_id: str,
    user: str,
    said: Content,
    key: str = "",
    at: float = 0,
    extra: dict[str, Any] | None = None,
) -> Turn:
    """
    Return the turn that *event* is.

    Args:
        event: what came in.
        place: where it was said.
        scene_id: the scene.
        user: open_id of who said it.
        said: what was said; it is cleaned and cut here.
        key: what the platform calls it; the event's id where it has no name of its own.
        at: when it was said, seconds since 1970; 0 for when the event was made.
        extra: what Feishu alone knows.

    """
    content, attachments, cut = _fitting(said)
    message = ChatMessage(
        channel_type="feishu",
        scene_id=scene_id,
        user_id=user,
        content=content,
        msg_type=said.kind,
        msg_id=key or event.id,
        timestamp=iso(at or event.created),
        conversation_id=place.conversation,
        attachments=attachments,
        extra=extra | cut if extra else cut,
    )
    return Turn(message, place.in_place)


def named(source: dict[str, Any], key: str) -> str:
    """
    Return the id at *key*.

    Raises:
        MalformedMessage: it is missing, or no id.

    """
    value = source.get(key)
    if isinstance(value, str) and 0 < len(value) <= _LONGEST_ID:
        if value.isascii() and value.isprintable():
            return value
        raise MalformedMessage(f"'{key}' is no id")
    raise MalformedMessage(f"'{key}' is missing, or no id")


def optional(source: dict[str, Any], key: str) -> str:
    """Return the id at *key*, empty where there is none: absent, null and "" all say so."""
    value = source.get(key)
    return "" if value is None or value == "" else named(source, key)


def _fitting(said: Content) -> tuple[str, tuple[Attachment, ...], dict[str, bool]]:
    """Return what a mailbox message takes of *said*, and whether that is not all of it."""
    whole, attachments = text.clean(said.text), said.attachments[:MAX_ATTACHMENTS]
    content = whole if text.fits(whole, MAX_JSON // 2) else _bounded(whole)
    is_whole = content == whole and attachments == said.attachments
    return content, attachments, {} if is_whole else {"truncated": True}


def _bounded(whole: str) -> str:
    """Return as much of *whole*, which is long, as fits into a mailbox message."""
    content = text.cut(whole, text.MAX_CONTENT)
    fits = text.size(json.dumps(content, ensure_ascii=False)) <= MAX_JSON
    return content if fits else text.cut(content, MAX_JSON // 2)
