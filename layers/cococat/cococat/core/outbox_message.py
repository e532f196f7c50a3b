"""The message that an agent's answer travels in; `schemas/outbox.schema.json` is its form."""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Protocol

from cococat.core import fields, reply_form, text
from cococat.core.errors import MalformedMessage
from cococat.core.messages import Reply

SCHEMA = "cococat.outbox/1"
MAX_DETAIL = 200
"""Bytes that are kept of what else is said of a failure."""

_REASON = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMessage:
    """
    An answer on its way to the platform.

    Attributes:
        reply: the sealed reply address out of the mailbox message.
        answer: what an external agent answers; None where the answer is stored with the message,
            as our own heartbeat does. In JSON `content`: a plain text, or `reply_form`'s object.
        none: whether an external agent has no answer; then `answer` is None.
        failure: why an external agent could not answer; then `answer` is a stand-in, or None
            for the channel's own.
        detail: what else helps to see why: the kind of error, never its text.
        message: the mailbox message that it could not answer, for an operator to replay.

    """

    reply: str
    answer: Reply | None = None
    none: bool = False
    failure: str | None = None
    detail: str = ""
    message: dict[str, Any] | None = field(default=None, repr=False)

    def to_json(self) -> str:
        """Return the queue form: JSON in raw UTF-8."""
        values: dict[str, Any] = {"schema": SCHEMA, "reply": self.reply, "content": self._content()}
        if self.none:
            values["none"] = True
        if self.failure is not None:
            values["failure"] = self.failure
        if self.detail:
            values["detail"] = self.detail
        if self.message is not None:
            values["message"] = self.message
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

    def _content(self) -> str | dict[str, Any] | None:
        if self.answer is None:
            return None
        is_plain = self.answer == Reply(text=self.answer.text)
        return self.answer.text if is_plain else reply_form.to_json(self.answer)


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
    if source.get("schema") != SCHEMA:
        message = f"'schema' must be {SCHEMA}"
        raise MalformedMessage(message)
    return OutboxMessage(
        reply=fields.text(source, "reply"),
        answer=_answer(source),
        none=fields.boolean(source, "none", default=False),
        failure=_failure(source),
        detail=text.cut(text.clean(fields.optional_text(source, "detail") or ""), MAX_DETAIL),
        message=fields.optional_mapping(source, "message"),
    )


def _answer(source: dict[str, Any]) -> Reply | None:
    content = source.get("content")
    if content is None:
        return None
    if isinstance(content, dict):
        return reply_form.fit(reply_form.parse(content))
    return reply_form.fit(Reply(text=fields.text(source, "content")))


def _failure(source: dict[str, Any]) -> str | None:
    failure = fields.optional_text(source, "failure")
    if failure is not None and not _REASON.fullmatch(failure):
        message = "'failure' must be a word of small letters, digits and _"
        raise MalformedMessage(message)
    return failure
