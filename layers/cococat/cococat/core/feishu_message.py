"""
Messages that people write to a Feishu bot: im.message.receive_v1, and `message` of schema 1.0.

Source: Feishu Open Platform, "Receive message v2.0" (im.message.receive_v1), "Receive message"
(1.0).
"""

from collections.abc import Callable

from cococat.core import feishu_content, feishu_mentions, feishu_turn, fields
from cococat.core.feishu_content import parse
from cococat.core.feishu_event import Event, seconds
from cococat.core.feishu_mentions import NOBODY
from cococat.core.feishu_turn import Place, Turn, named, optional

DIRECT = ("p2p", "private")
"""Kinds of chat with one person; whatever else there is counts as a group."""


def read(event: Event, scene_id: str, *, own: Callable[[], str], everything: bool) -> Turn | None:
    """
    Return the turn that a message is, or None for one that is none of ours.

    Those are a bot's, and in a group one that is not addressed to us.

    Args:
        event: im.message.receive_v1.
        scene_id: the scene.
        own: returns the bot's open_id; empty where it is not known.
        everything: whether every message of a group is for us.

    Raises:
        MalformedMessage: it is not of its form.

    """
    sender, source = fields.mapping(event.body, "sender"), fields.mapping(event.body, "message")
    if sender.get("sender_type") != "user":
        return None
    entries = feishu_mentions.entries(source)
    mentions = feishu_mentions.read(entries, own()) if entries else NOBODY
    if not (source.get("chat_type") in DIRECT or everything or mentions.addressed):
        return None
    place = Place(
        chat=named(source, "chat_id"),
        thread=optional(source, "thread_id"),
        message=named(source, "message_id"),
    )
    kind = named(source, "message_type")
    return feishu_turn.make(
        event,
        place,
        scene_id=scene_id,
        user=named(fields.mapping(sender, "sender_id"), "open_id"),
        said=feishu_content.read(kind, parse(source.get("content")), place.message, mentions),
        key=place.message,
        at=seconds(source.get("create_time")),
    )


def read_first_schema(event: Event, scene_id: str, *, everything: bool) -> Turn | None:
    """
    Return the turn that a message of schema 1.0 is, or None; see `read`.

    Raises:
        MalformedMessage: it is not of its form.

    """
    source = event.body
    if not (source.get("chat_type") in DIRECT or everything or source.get("is_mention") is True):
        return None
    place = Place(chat=named(source, "open_chat_id"), message=named(source, "open_message_id"))
    text = source.get("text_without_at_bot", source.get("text"))
    content = source | {"text": text.strip() if isinstance(text, str) else ""}
    kind = named(source, "msg_type")
    return feishu_turn.make(
        event,
        place,
        scene_id=scene_id,
        user=named(source, "open_id"),
        said=feishu_content.read(kind, content, place.message, NOBODY),
        key=place.message,
    )
