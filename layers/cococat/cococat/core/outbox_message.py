"""The message that an agent's answer travels in; `schemas/outbox.schema.json` is its form."""

import json
from dataclasses import asdict, dataclass
from typing import Protocol

from cococat.core import fields
from cococat.core.errors import MalformedMessage

SCHEMA = "cococat.outbox/1"
MAX_PARTS = 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMessage:
    """
    One part of an answer on its way to the platform.

    Attributes:
        reply: the sealed reply address out of the mailbox message.
        part: which part of the answer, from 1.
        parts: how many there are.
        content: the text of this part; None where the answer is stored with the message (as
            our own heartbeat does), an external agent writes it here.

    """

    reply: str
    part: int = 1
    parts: int = 1
    content: str | None = None

    def to_json(self) -> str:
        """Return the queue form: JSON in raw UTF-8."""
        return json.dumps({"schema": SCHEMA, **asdict(self)}, ensure_ascii=False)


class Outbox(Protocol):
    """The way into the queue of answers."""

    def send(self, body: str, *, group: str, deduplication: str) -> None:
        """
        Put *body* into the outbox and return once the queue has it.

        Raises:
            MailboxUnavailable: the queue did not take it, or may not have.

        """
        ...


def parse(body: str) -> OutboxMessage:
    """
    Return the message that *body* holds.

    Raises:
        MalformedMessage: it does not have the published form.

    """
    source = fields.parse_object(body)
    part, parts = fields.integer(source, "part", 1), fields.integer(source, "parts", 1)
    if source.get("schema") != SCHEMA or not 1 <= part <= parts <= MAX_PARTS:
        message = f"'schema' must be {SCHEMA}, and 'part' from 1 to 'parts', {MAX_PARTS} at most"
        raise MalformedMessage(message)
    return OutboxMessage(
        reply=fields.text(source, "reply"),
        part=part,
        parts=parts,
        content=fields.optional_text(source, "content"),
    )
