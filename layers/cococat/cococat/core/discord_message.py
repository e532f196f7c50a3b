"""
Discord messages: which of them are for us, and what they become.

They come as JSON, through the gateway (Message Create) or from the list of a channel's messages,
which leaves the guild out. Source: Discord API documentation, "Message Create", "Message
Update", "Message object", "Message types", "Snowflakes".
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cococat.core import discord_content, fields
from cococat.core.clock import iso
from cococat.core.discord_content import Json, snowflake
from cococat.core.errors import MalformedMessage
from cococat.core.message_record import LIFETIME
from cococat.core.messages import ChatMessage

EPOCH = 1_420_070_400.0
"""The first second of 2015, from which ids count."""
SAID_BY_PEOPLE = (0, 19)
"""Message types: default and reply. Whatever else looks like a message says what happened."""


class Skipped(StrEnum):
    """Why a message is left aside."""

    NOT_SAID_BY_PEOPLE = "not_said_by_people"
    """A bot, ourselves too, a webhook or the platform itself wrote it."""
    NOT_FOR_US = "not_for_us"
    """People talk to each other."""
    HIDDEN = "hidden"
    """We may not read it: the message content intent is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """
    Our bot.

    Attributes:
        id: its id.
        roles: returns the roles that it has for itself in a guild.

    """

    id: str
    roles: Callable[[str], frozenset[str]] = lambda _guild: frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """
    Who reads.

    Attributes:
        scene_id: the scene.
        everything: whether every message of a guild is for us.
        edits: whether an edited message is one more message.
        bot: our bot.

    """

    scene_id: str
    everything: bool
    edits: bool = False
    bot: Bot


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """
    A message that is the agent's turn.

    Attributes:
        message: the message.
        key: the same whenever it comes again, and no other's.
        in_place: what is needed to answer it in place: its id, in a guild.

    """

    message: ChatMessage
    key: str
    in_place: dict[str, str]


def sent_at(identity: str) -> float:
    """Return when what has the id *identity* was made, in seconds since 1970."""
    return EPOCH + (int(identity) >> 22) / 1000


def key_of(source: Json, *, edits: bool) -> str:
    """
    Return the key of the message *source*: its id, and with *edits* the time of its last edit.

    Raises:
        MalformedMessage: it has no id, or a time that is none.

    """
    identity, edited = snowflake(source, "id"), _edited_at(source) if edits else None
    return identity if edited is None else f"{identity}:{edited * 1000:.0f}"


def is_edit(source: Json, now: float) -> bool:
    """
    Tell whether an update of a message at *now* is somebody's edit of it.

    Most updates are the platform's own: a preview that was found, a pin. An edit of long ago,
    which such an update brings again, is not known as a repeat any more, and is none of today's.

    Raises:
        MalformedMessage: the time of the edit is none.

    """
    edited = _edited_at(source)
    return edited is not None and edited > now - LIFETIME


def read(source: Json, reader: Reader, guild_id: str = "") -> Turn | Skipped:
    """
    Return the turn that a message is, or why it is none.

    Args:
        source: the message object.
        reader: who reads it.
        guild_id: the guild that it was written in, where *source* does not say; empty for none.

    Raises:
        MalformedMessage: it is not of its form.

    """
    guild_id = fields.optional_text(source, "guild_id") or guild_id
    if not _is_said_by_people(source, reader):
        return Skipped.NOT_SAID_BY_PEOPLE
    own = frozenset({reader.bot.id, *_own_roles(source, reader, guild_id)})
    if guild_id and not (reader.everything or _is_addressed(source, own)):
        return Skipped.NOT_FOR_US
    if discord_content.is_hidden(source):
        return Skipped.HIDDEN
    message = _message(source, reader, own)
    return Turn(
        message=message,
        key=key_of(source, edits=reader.edits),
        in_place={"message_id": message.msg_id} if guild_id else {},
    )


def _edited_at(source: Json) -> float | None:
    """Return when a message was edited last, in seconds since 1970; None for never."""
    said = fields.optional_text(source, "edited_timestamp")
    if said is None:
        return None
    try:
        return datetime.fromisoformat(said).timestamp()
    except (ValueError, OverflowError, OSError) as error:
        raise MalformedMessage("'edited_timestamp' must be a time") from error


def _is_said_by_people(source: Json, reader: Reader) -> bool:
    author = fields.mapping(source, "author")
    is_machine = any(fields.boolean(author, name, default=False) for name in ("bot", "system"))
    is_person = not is_machine and snowflake(author, "id") != reader.bot.id
    is_said = fields.integer(source, "type") in SAID_BY_PEOPLE
    return is_person and is_said and not source.get("webhook_id")


def _own_roles(source: Json, reader: Reader, guild_id: str) -> frozenset[str]:
    """Return those of the mentioned roles that are our bot's own."""
    mentioned = source.get("mention_roles")
    if not guild_id or not isinstance(mentioned, list) or not mentioned:
        return frozenset()
    return reader.bot.roles(guild_id) & frozenset(map(str, mentioned))


def _is_addressed(source: Json, own: frozenset[str]) -> bool:
    """Tell whether our bot or its role is mentioned, or the message answers one of ours."""
    if len(own) > 1:
        return True
    if any(each.get("id") in own for each in fields.objects(source, "mentions")):
        return True
    answered = fields.optional_mapping(source, "referenced_message") or {}
    return fields.mapping(answered, "author").get("id") in own


def _message(source: Json, reader: Reader, own: frozenset[str]) -> ChatMessage:
    content = discord_content.read(source, own)
    identity = snowflake(source, "id")
    edited = _edited_at(source) if reader.edits else None
    reference = fields.optional_mapping(source, "message_reference") or {}
    return ChatMessage(
        channel_type="discord",
        scene_id=reader.scene_id,
        user_id=snowflake(fields.mapping(source, "author"), "id"),
        content=content.text,
        msg_type=content.kind,
        msg_id=identity,
        timestamp=iso(sent_at(identity) if edited is None else edited),
        conversation_id=snowflake(source, "channel_id"),
        attachments=content.attachments,
        extra={"reply_to": reference["message_id"]} if reference.get("message_id") else {},
    )
