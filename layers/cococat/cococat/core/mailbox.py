"""The message that a door writes and an agent reads; `schemas/mailbox.schema.json` is its form."""

import re
from dataclasses import field
from typing import Any, Protocol

from cococat.core import fields, json_text
from cococat.core.errors import MalformedMessage
from cococat.core.ids import ChannelAddress
from cococat.core.messages import Attachment, ChatMessage
from cococat.core.opened_files import NO_FILES, OpenedFile, Opener
from cococat.core.values import value

SCHEMA = "cococat.mailbox/1"
MAX_QUEUE_MESSAGE = 256 * 1024

_SEALED = re.compile(r"[A-Za-z0-9_.-]*", re.ASCII)


@value(frozen=True, slots=True, kw_only=True)
class MailboxMessage:
    """
    One message in an agent's mailbox.

    Attributes:
        id: 64 hex digits, the same for every redelivery of the message.
        sender: `scene:{scene}:{channel}:{user}`; named `from` in JSON.
        content: the text.
        timestamp: ISO 8601, UTC.
        target_type: scene or agent.
        target_id: which of them.
        scene_id: the scene, empty where the target is an agent.
        channel: the channel's type.
        external_user: the platform's id of the user.
        msg_type: text, image, event …
        msg_id: the platform's own id of the message.
        conversation_id: group, chat, thread or the user.
        attachments: files that came with it.
        reply: the sealed reply address.
        opener: opens the attachments; no part of the queue form.

    """

    id: str
    sender: str
    content: str
    timestamp: str
    target_type: str
    target_id: str
    scene_id: str
    channel: str
    external_user: str
    msg_type: str
    msg_id: str
    conversation_id: str
    attachments: tuple[Attachment, ...] = ()
    reply: str
    opener: Opener = field(default=NO_FILES, repr=False, compare=False)

    def open(self, ref: str) -> OpenedFile:
        """
        Return the file that the `ref` of one of the attachments stands for, 20 MB at most.

        Raises:
            AttachmentRefused: it is not to be had; `code` says why.
            PlatformUnreachable: the platform could not be asked; another try may succeed.

        """
        return self.opener.open(ref)

    def to_json(self) -> str:
        """Return the queue form: JSON in raw UTF-8."""
        texts = {name: getattr(self, name) for name in _TEXTS}
        return _text(
            {
                "schema": SCHEMA,
                "id": self.id,
                "from": self.sender,
                **texts,
                "attachments": self.attachments,
            }
        )


class Mailbox(Protocol):
    """The way into an agent's queue."""

    def send(self, mailbox: str, body: str, *, group: str, deduplication: str) -> None:
        """
        Put *body* into *mailbox* (a queue URL) and return once the queue has it.

        Raises:
            MailboxUnavailable: the queue did not take it, or may not have.

        """
        ...


def write(message: ChatMessage, *, identity: str, address: ChannelAddress, reply: str) -> str:
    """
    Return *message* as its agent's mailbox gets it: the queue form of a `MailboxMessage`.

    Args:
        message: what came in.
        identity: its id.
        address: the channel that it came through.
        reply: the sealed reply address.

    """
    return _text(
        {
            "schema": SCHEMA,
            "id": identity,
            "from": f"scene:{message.scene_id}:{message.channel_type}:{message.user_id}",
            "content": message.content,
            "timestamp": message.timestamp,
            "target_type": address.target_type,
            "target_id": address.target_id,
            "scene_id": message.scene_id,
            "channel": message.channel_type,
            "external_user": message.user_id,
            "msg_type": message.msg_type,
            "msg_id": message.msg_id,
            "conversation_id": message.conversation_id,
            "reply": reply,
            "attachments": message.attachments,
        }
    )


def parse(body: str) -> MailboxMessage:
    """
    Return the message that *body* holds.

    Raises:
        MalformedMessage: it does not have the published form.

    """
    return read(fields.parse_object(body))


def read(source: dict[str, Any]) -> MailboxMessage:
    """
    Return the message that *source* is as JSON.

    Raises:
        MalformedMessage: it does not have the published form.

    """
    if source.get("schema") != SCHEMA:
        message = f"'schema' must be {SCHEMA}"
        raise MalformedMessage(message)
    texts = {name: fields.text(source, name) for name in _TEXTS}
    if not _SEALED.fullmatch(texts["reply"]):
        message = "'reply' must be a sealed address"
        raise MalformedMessage(message)
    return MailboxMessage(
        id=fields.identity(source, "id"),
        sender=fields.text(source, "from"),
        attachments=_attachments(source),
        opener=NO_FILES,
        **texts,
    )


def _text(source: dict[str, Any]) -> str:
    return json_text.write(source).decode("utf-8")


_TEXTS = (
    "content",
    "timestamp",
    "target_type",
    "target_id",
    "scene_id",
    "channel",
    "external_user",
    "msg_type",
    "msg_id",
    "conversation_id",
    "reply",
)


def _attachments(source: dict[str, Any]) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(
            kind=fields.text(each, "kind"),
            name=fields.text(each, "name"),
            size=None if each.get("size") is None else fields.integer(each, "size"),
            ref=fields.text(each, "ref"),
        )
        for each in fields.objects(source, "attachments")
    )
