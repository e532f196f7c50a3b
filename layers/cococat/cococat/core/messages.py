"""What people and agents say to each other, whatever the platform."""

from dataclasses import dataclass, field
from typing import Any

FALLBACK_TEXT = "抱歉，系统繁忙，请稍后再试。"
"""What a user is told when an agent fails, where the channel's options say nothing else."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """
    What an agent answers.

    Attributes:
        text: the answer; plain text.
        fallback: True when this is the stand-in for an answer that could not be made.

    """

    text: str
    fallback: bool = False
