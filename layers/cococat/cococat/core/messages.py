"""What people and agents say to each other, whatever the platform."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cococat.core.values import value

FALLBACK_TEXT = "抱歉，系统繁忙，请稍后再试。"
"""What a user is told when an agent fails, where the channel's options say nothing else."""
CALLED = "[@]"
"""What a message says that calls the bot by its name, and says nothing else."""
UNREADABLE = "[不支持的消息]"
"""What a message says of which we can read nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """
    A file that came with a message.

    Attributes:
        kind: image, voice, video or file.
        name: the file's name as the platform gave it.
        size: bytes, or None where the platform does not say.
        ref: what the channel needs to fetch it, never a URL with a token; an agent gets it sealed.

    """

    kind: str
    name: str
    size: int | None
    ref: str


@value(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """
    One verified message from a platform.

    Attributes:
        channel_type: wechat, weixin, feishu, web_api, telegram or discord.
        scene_id: the scene that owns the channel.
        user_id: who wrote it; for Telegram the chat id.
        content: the text, cleaned and bounded.
        msg_type: text, image, event …
        msg_id: the platform's own id of the message.
        timestamp: ISO 8601, UTC.
        conversation_id: group, chat, thread or the user.
        attachments: files that came with it.
        extra: what one platform alone knows.

    """

    channel_type: str
    scene_id: str
    user_id: str
    content: str
    msg_type: str = "text"
    msg_id: str
    timestamp: str
    conversation_id: str
    attachments: tuple[Attachment, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)


class Format(StrEnum):
    """How the text of an answer is to be read."""

    TEXT = "text"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardField:
    """One line of a card: a name and its value."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """
    A button of a card: it opens a page, or sends its value back to the agent.

    Attributes:
        text: what is on it.
        value: what the agent gets when it is pressed; empty for one that opens a page.
        url: the page; empty for one that sends its value.

    """

    text: str
    value: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """
    A card: a title, some text, fields and buttons.

    Attributes:
        title: its head.
        text: what it says; read as the answer's own text is.
        fields: names and values.
        buttons: what can be pressed.

    """

    title: str
    text: str = ""
    fields: tuple[CardField, ...] = ()
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyFile:
    """
    A file in an answer.

    Attributes:
        kind: image or file.
        name: its name, with the ending that tells what it is.
        source: an https URL, or `data:…;base64,…` that holds it.

    """

    kind: str
    name: str
    source: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """
    What an agent answers. One of `text`, `card` and `files` is there at least.

    Attributes:
        text: the answer.
        format: how it is to be read.
        card: a card that follows the text.
        files: what follows that.
        fallback: True when this is the stand-in for an answer that could not be made.

    """

    text: str = ""
    format: Format = Format.TEXT
    card: Card | None = None
    files: tuple[ReplyFile, ...] = ()
    fallback: bool = False
