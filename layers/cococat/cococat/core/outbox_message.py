"""The message that an agent's answer travels in; `schemas/outbox.schema.json` is its form."""

import json
import re
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from cococat.core import fields
from cococat.core.errors import MalformedMessage

SCHEMA = "cococat.outbox/1"
MAX_PARTS = 9999

_REASON = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)


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
        none: whether an external agent has no answer; then `content` is None.
        failure: why an external agent could not answer; then `content` is a stand-in, or None
            for the channel's own.
        message: the mailbox message that it could not answer, for an operator to replay.

    """

    reply: str
    part: int = 1
    parts: int = 1
    content: str | None = None
    none: bool = False
    failure: str | None = None
    message: dict[str, Any] | None = field(default=None, repr=False)

    def to_json(self) -> str:
        """Return the queue form: JSON in raw UTF-8."""
        values = {"schema": SCHEMA, **asdict(self)}
        rare = {"none": False, "failure": None, "message": None}
        said = {key: value for key, value in values.items() if rare.get(key, ...) != value}
        return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


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
        none=fields.boolean(source, "none", default=False),
        failure=_failure(source),
        message=fields.optional_mapping(source, "message"),
    )


def _failure(source: dict[str, Any]) -> str | None:
    failure = fields.optional_text(source, "failure")
    if failure is not None and not _REASON.fullmatch(failure):
        message = "'failure' must be a word of small letters, digits and _"
        raise MalformedMessage(message)
    return failure
