"""
What a Discord message says: its text as people read it, and its files.

Source: Discord API documentation, "Message object", "Message snapshot object", "Message
attachment object", "Message formatting".
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cococat.core import fields, text
from cococat.core.errors import MalformedMessage
from cococat.core.messages import CALLED, UNREADABLE, Attachment

VOICE_MESSAGE = 1 << 13
"""Flag of a message that was spoken."""
HIDDEN = ("content", "attachments", "sticker_items", "poll", "embeds", "components")
"""What the platform leaves empty where the bot may not read what people write."""

_SNOWFLAKE = re.compile(r"[0-9]{1,20}", re.ASCII)
_USER = re.compile(r"<@!?([0-9]{1,20})>( ?)", re.ASCII)
_ROLE = re.compile(r"<@&([0-9]{1,20})>( ?)", re.ASCII)
_EMOJI = re.compile(r"<a?(:[A-Za-z0-9_]{1,64}:)[0-9]{1,20}>", re.ASCII)
_FAMILIES = {"image": "image", "audio": "voice", "video": "video"}

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """
    What one message says.

    Attributes:
        kind: text, or the kind of what there is instead: image, voice, video, file, sticker, poll.
        text: the text, without mentions of our bot; empty only where there are files.
        attachments: its files; a ref is `<channel>/<message>/<attachment>`.

    """

    kind: str
    text: str
    attachments: tuple[Attachment, ...] = ()


def snowflake(source: Json, key: str) -> str:
    """
    Return the id at *key*: a string of digits, never a number.

    Raises:
        MalformedMessage: there is none.

    """
    value = fields.text(source, key)
    if not _SNOWFLAKE.fullmatch(value):
        message = f"'{key}' must be an id"
        raise MalformedMessage(message)
    return value


def read(source: Json, own: Iterable[str]) -> Content:
    """
    Return what the message *source* says.

    Args:
        source: the message object.
        own: ids of our bot and of its role; mentions of them are left out.

    Raises:
        MalformedMessage: it is not of its form.

    """
    said = [_shown(source, frozenset(own)), *_beside(source)]
    for snapshot in _snapshots(source):
        said += [_shown(snapshot, frozenset()), *_beside(snapshot)]
    attachments = _attachments(source)
    whole = text.clean("\n".join(each for each in said if each))
    if not (whole or attachments):
        whole = CALLED if source.get("content") else UNREADABLE
    return Content(
        kind=_kind(source, attachments),
        text=text.cut(whole, text.MAX_CONTENT),
        attachments=attachments,
    )


def is_hidden(source: Json) -> bool:
    """Tell whether nothing at all is in a message: then we may not read it."""
    return not any(source.get(name) for name in (*HIDDEN, "message_snapshots"))


def _shown(source: Json, own: frozenset[str]) -> str:
    """Return the text with names in place of ids."""
    names = {}
    for user in fields.objects(source, "mentions"):
        names[snowflake(user, "id")] = _name(user)

    def user_name(match: re.Match[str]) -> str:
        identity, space = match.groups()
        if identity in own:
            return ""
        return (f"@{names[identity]}" if identity in names else match[0].rstrip()) + space

    said = _USER.sub(user_name, fields.text(source, "content", ""))
    said = _ROLE.sub(lambda match: "" if match[1] in own else match[0], said)
    return _EMOJI.sub(r"\1", said).strip()


def _name(user: Json) -> str:
    nick = fields.mapping(user, "member").get("nick")
    return str(nick or user.get("global_name") or fields.text(user, "username", ""))


def _beside(source: Json) -> list[str]:
    """Return what stands beside the text: stickers by their names, and a poll's question."""
    stickers = fields.objects(source, "sticker_items")
    said = [f"[{fields.text(each, 'name', 'sticker')}]" for each in stickers]
    poll = fields.optional_mapping(source, "poll")
    if poll is not None:
        answers = [
            fields.text(fields.mapping(each, "poll_media"), "text", "")
            for each in fields.objects(poll, "answers")
        ]
        question = fields.text(fields.mapping(poll, "question"), "text", "")
        said += [question, *(f"- {answer}" for answer in answers)]
    return said


def _snapshots(source: Json) -> list[Json]:
    return [fields.mapping(each, "message") for each in fields.objects(source, "message_snapshots")]


def _attachments(source: Json) -> tuple[Attachment, ...]:
    where = f"{snowflake(source, 'channel_id')}/{snowflake(source, 'id')}"
    is_spoken = bool(fields.integer(source, "flags", 0) & VOICE_MESSAGE)
    holders = [source, *_snapshots(source)]
    return tuple(
        Attachment(
            kind="voice" if is_spoken else _family(each),
            name=text.clean(fields.text(each, "filename", "")),
            size=None if each.get("size") is None else fields.integer(each, "size"),
            ref=f"{where}/{snowflake(each, 'id')}",
        )
        for holder in holders
        for each in fields.objects(holder, "attachments")
    )


def _family(attachment: Json) -> str:
    content_type = fields.optional_text(attachment, "content_type") or ""
    return _FAMILIES.get(content_type.partition("/")[0], "file")


def _kind(source: Json, attachments: tuple[Attachment, ...]) -> str:
    if fields.text(source, "content", "") or source.get("message_snapshots"):
        return "text"
    if attachments:
        return attachments[0].kind
    kinds = {"sticker_items": "sticker", "poll": "poll"}
    return next((kind for name, kind in kinds.items() if source.get(name)), "text")
