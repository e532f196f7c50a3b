"""
Updates of the Telegram Bot API: which of them are messages to the agent, and what they say.

In a group only what is addressed to the bot is taken, unless the entry wants everything. Another
bot's messages never are: two bots would talk to each other for ever. Source: Telegram Bot API,
"Update", "Message", "CallbackQuery"; "Privacy mode".
"""

from dataclasses import dataclass, replace
from typing import Any

from cococat.core import fields
from cococat.core.clock import iso
from cococat.core.errors import MalformedMessage
from cococat.core.messages import CALLED, UNREADABLE, ChatMessage
from cococat.core.telegram_albums import ALBUM
from cococat.core.telegram_api import Bot
from cococat.core.telegram_content import Content, content_of
from cococat.core.telegram_text import Entity, command_target, entities, mentions, without
from cococat.core.text import MAX_CONTENT, clean, cut

KINDS = ("message", "edited_message", "callback_query", "my_chat_member")
"""What is asked for; the last one only tells whether the bot is wanted somewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """
    What an entry wants to hear.

    Attributes:
        everything: in groups, also what is not addressed to the bot.
        edits: whether an edited message is one more message.

    """

    everything: bool = False
    edits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """
    A message to the agent.

    Attributes:
        message: what it says.
        key: the same whenever it comes again, and in its conversation no other's.
        in_place: what an answer in place needs: chat, and message and topic where there are any.

    """

    message: ChatMessage
    key: str
    in_place: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a message was written."""

    chat_id: int
    thread_id: int | None
    is_private: bool

    @property
    def conversation(self) -> str:
        return str(self.chat_id) if self.thread_id is None else f"{self.chat_id}:{self.thread_id}"

    def in_place(self, message_id: int) -> dict[str, str]:
        """Return what an answer needs; in a private chat it quotes nothing."""
        values = {"chat": str(self.chat_id)}
        if self.thread_id is not None:
            values["thread"] = str(self.thread_id)
        if message_id and not self.is_private:
            values["message"] = str(message_id)
        return values


def update_id(update: object) -> int | None:
    """Return the number of *update*, or None for something that has none."""
    number = update.get("update_id") if isinstance(update, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def read_update(
    update: dict[str, Any], bot: Bot, taste: Taste, scene_id: str, now: float
) -> Taken | None:
    """
    Return the message to the agent that *update* is, or None.

    Args:
        update: as the API gives it.
        bot: whose update it is.
        taste: what the entry wants to hear.
        scene_id: the scene of the entry.
        now: seconds since 1970, for what has no time of its own.

    Raises:
        MalformedMessage: it is not of the documented form.

    """
    try:
        return _read(update, bot, taste, scene_id, now)
    except (AttributeError, TypeError, OverflowError, ValueError, OSError) as error:
        raise MalformedMessage("the update is not of the documented form") from error


def _read(
    update: dict[str, Any], bot: Bot, taste: Taste, scene_id: str, now: float
) -> Taken | None:
    if update.get("callback_query") is not None:
        return _callback(fields.mapping(update, "callback_query"), scene_id, now)
    if update.get("edited_message") is not None:
        message = fields.mapping(update, "edited_message")
        is_wanted = taste.edits and "location" not in message
        if not is_wanted:
            return None
        # Two edits may be of one second; the update's own number stays over redeliveries.
        taken = _message(message, bot, taste, scene_id)
        return taken and replace(taken, key=f"{taken.key}:{update_id(update)}")
    if update.get("message") is not None:
        return _message(fields.mapping(update, "message"), bot, taste, scene_id)
    return None


def _message(message: dict[str, Any], bot: Bot, taste: Taste, scene_id: str) -> Taken | None:
    place = _place(message)
    content = content_of(message)
    if content is None or _is_bot(message):
        return None
    text = content.text
    if not place.is_private:
        addressed = _addressed(message, text, bot)
        if addressed is None and not taste.everything:
            return None
        text = text if addressed is None else addressed
    number = fields.integer(message, "message_id")
    edited = fields.integer(message, "edit_date", 0)
    key = f"message:{_numbers(message)}:{edited}" if number else f"at:{message['date']}:{text}"
    return Taken(
        message=_chat_message(place, content, text, message, scene_id),
        key=key,
        in_place=place.in_place(number),
    )


def _numbers(message: dict[str, Any]) -> str:
    """Return the numbers of a message and of the others in its album."""
    own = [message, *fields.objects(message, ALBUM)]
    return "+".join(str(number) for number in sorted(fields.integer(m, "message_id") for m in own))


def _chat_message(
    place: _Place, content: Content, text: str, message: dict[str, Any], scene_id: str
) -> ChatMessage:
    whole = clean(text)
    if not (whole or content.attachments):
        whole = CALLED if content.text else UNREADABLE
    said = cut(whole, MAX_CONTENT)
    extra = {"sender": _sender(message)} | ({} if said == whole else {"truncated": True})
    return ChatMessage(
        channel_type="telegram",
        scene_id=scene_id,
        user_id=str(place.chat_id),
        content=said,
        msg_type=content.msg_type,
        msg_id=str(fields.integer(message, "message_id")),
        timestamp=iso(fields.integer(message, "edit_date", fields.integer(message, "date"))),
        conversation_id=place.conversation,
        attachments=content.attachments,
        extra=extra,
    )


def _place(message: dict[str, Any]) -> _Place:
    chat = fields.mapping(message, "chat")
    # Plain supergroups set message_thread_id on replies too; only is_topic_message tells a topic.
    is_topic = message.get("is_topic_message") is True
    return _Place(
        chat_id=fields.integer(chat, "id"),
        thread_id=fields.integer(message, "message_thread_id") if is_topic else None,
        is_private=fields.text(chat, "type") == "private",
    )


def _is_bot(message: dict[str, Any]) -> bool:
    """Tell whether a bot wrote it; one that stands in for a group or a channel is none."""
    return fields.mapping(message, "from").get("is_bot") is True and "sender_chat" not in message


def _sender(message: dict[str, Any]) -> str:
    sender = fields.mapping(message, "sender_chat") or fields.mapping(message, "from")
    return str(fields.integer(sender, "id", 0))


def _addressed(message: dict[str, Any], text: str, bot: Bot) -> str | None:
    """Return what a group's message says to the bot, or None where it is not meant."""
    spans = list(entities(message, text))
    for entity in spans:
        target = command_target(entity)
        if target is not None:
            return _command(text, entity) if target in ("", bot.username.lower()) else None
    for entity in spans:
        if mentions(entity, bot.id, bot.username):
            return without(text, entity)
    return text if _answers(message, bot) else None


def _command(text: str, entity: Entity) -> str:
    command = entity.text.partition("@")[0]
    return f"{command} {without(text, entity)}".strip()


def _answers(message: dict[str, Any], bot: Bot) -> bool:
    """Tell whether it is a reply to the bot; one to the beginning of a topic is none."""
    answered = fields.mapping(message, "reply_to_message")
    writer = fields.mapping(answered, "from").get("id")
    return writer == bot.id and "forum_topic_created" not in answered


def _callback(query: dict[str, Any], scene_id: str, now: float) -> Taken | None:
    """Return the press of a button; one without a message of ours can't be answered anywhere."""
    message = fields.mapping(query, "message")
    if not message or not query.get("data"):
        return None
    place, number = _place(message), fields.text(query, "id")
    pressed = ChatMessage(
        channel_type="telegram",
        scene_id=scene_id,
        user_id=str(place.chat_id),
        content=clean(fields.text(query, "data")),
        msg_type="event",
        msg_id=number,
        timestamp=iso(now),
        conversation_id=place.conversation,
        extra={"sender": str(fields.integer(fields.mapping(query, "from"), "id"))},
    )
    return Taken(
        message=pressed,
        key=f"callback:{number}",
        in_place=place.in_place(fields.integer(message, "message_id", 0)),
    )
