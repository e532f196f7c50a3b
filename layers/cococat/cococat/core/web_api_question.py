"""What a caller of the Web API asks: read from a request, each member with its type and bounds."""

import json
import re
from dataclasses import dataclass
from typing import Any

from cococat.core import fields, text
from cococat.core.errors import MalformedMessage, MessageTooLarge, RequestRefused
from cococat.core.http import Request
from cococat.core.ids import fingerprint
from cococat.core.mailbox import MAX_QUEUE_MESSAGE
from cococat.core.query import single_values
from cococat.core.web_api_files import SentFile, read_files

MEMBERS = ("user_id", "content", "conversation_id", "msg_id", "wait", "attachments")
"""What a question may have; a misspelt one is refused, or nobody would notice it."""
MAX_BODY = 1024 * 1024
MAX_ESCAPED = MAX_QUEUE_MESSAGE - 32 * 1024
"""Bytes of the content in JSON: the rest of a queue message is for ids, addresses and files."""
MAX_WAIT = 25
MAX_ID = 256

_KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """
    What a caller asks, in order.

    Attributes:
        user_id: who asks.
        content: the text; empty only where there are files.
        msg_id: the caller's own id of the message.
        conversation_id: where it is asked; the user's own where the caller does not say.
        files: what came with it.
        wait: seconds to wait for the answer.
        idempotent: the key that makes a repeat harmless.

    """

    user_id: str
    content: str
    msg_id: str | None
    conversation_id: str
    files: tuple[SentFile, ...]
    wait: float
    idempotent: str | None

    @property
    def key(self) -> str | None:
        """Return what makes a repeat of it recognisable."""
        return self.idempotent or self.msg_id

    @property
    def msg_type(self) -> str:
        """Return what it is: text, or the kind of its first file."""
        return "text" if self.content else self.files[0].kind

    @property
    def fingerprint(self) -> str:
        """Return what a repeat must have in common with it."""
        files = [each.fingerprint for each in self.files]
        where = self.conversation_id
        return fingerprint(self.user_id, self.content, self.msg_id, where, *files)


def parse(request: Request) -> Question:
    """
    Return the question that *request* holds.

    Raises:
        RequestRefused: it is not of the documented form, or too large.

    """
    if len(request.body) > MAX_BODY:
        raise too_large()
    try:
        question = _question(fields.parse_object(request.body), request.header("idempotency-key"))
    except MalformedMessage as error:
        raise _invalid(error) from None
    except MessageTooLarge:
        raise too_large() from None
    escaped = text.size(json.dumps(question.content, ensure_ascii=False))
    if text.size(question.content) > text.MAX_CONTENT or escaped > MAX_ESCAPED:
        raise too_large()
    return question


def wait_of(query: str) -> float:
    """
    Return the seconds that the query string of a request asks to wait.

    Raises:
        RequestRefused: it is no number, or out of bounds.

    """
    try:
        given = single_values(query)
        fields.only(given, ("wait",))
        wait = given.get("wait", "0")
        return _seconds(float(wait) if _NUMBER.fullmatch(wait) else -1)
    except MalformedMessage as error:
        raise _invalid(error) from None


def too_large() -> RequestRefused:
    """Return the refusal of a question that no mailbox would take."""
    content, escaped, body = (each // 1024 for each in (text.MAX_CONTENT, MAX_ESCAPED, MAX_BODY))
    message = (
        f"'content' may have {content} KiB at most, and {escaped} KiB as it is escaped in JSON; "
        f"a whole request {body} KiB; the file of an attachment 256 KiB."
    )
    return RequestRefused(413, "too_large", message)


def _invalid(error: MalformedMessage) -> RequestRefused:
    return RequestRefused(400, "invalid_request", f"The request is not valid: {error}.")


def _question(source: dict[str, Any], idempotency_key: str | None) -> Question:
    fields.only(source, MEMBERS)
    user, files = _short_text(source, "user_id"), read_files(source)
    return Question(
        user_id=user,
        content=_content(source, optional=bool(files)),
        msg_id=_optional(source, "msg_id"),
        conversation_id=_optional(source, "conversation_id") or user,
        files=files,
        wait=_seconds(fields.number(source, "wait", 0)),
        idempotent=_idempotent(idempotency_key),
    )


def _content(source: dict[str, Any], *, optional: bool) -> str:
    if optional and source.get("content") is None:
        return ""
    content = fields.text(source, "content")
    if not text.is_sendable(content):
        raise MalformedMessage(
            "'content' holds a character that no queue takes: NUL or another control character, "
            "a lone surrogate, U+FFFE or U+FFFF"
        )
    if not (content.strip() or optional):
        raise MalformedMessage("'content' is blank")
    return content


def _optional(source: dict[str, Any], key: str) -> str | None:
    return None if source.get(key) is None else _short_text(source, key)


def _short_text(source: dict[str, Any], key: str) -> str:
    value = fields.text(source, key)
    if not value or len(value) > MAX_ID or not value.isprintable():
        message = f"'{key}' must have 1 to {MAX_ID} printable characters"
        raise MalformedMessage(message)
    return value


def _idempotent(key: str | None) -> str | None:
    if key is not None and not _KEY.fullmatch(key):
        message = "Idempotency-Key must have 1 to 255 visible ASCII characters"
        raise MalformedMessage(message)
    return key


def _seconds(wait: float) -> float:
    if not 0 <= wait <= MAX_WAIT:
        message = f"'wait' must be a number from 0 to {MAX_WAIT}"
        raise MalformedMessage(message)
    return wait
