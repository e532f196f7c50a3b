"""
Reading what an agent over HTTP answers: at once, or piece by piece.

    application/json       {"reply": "text"}, or an object with format, card or files, as
                           `cococat.core.reply_form` has it; null is no answer
    text/plain             the text
    text/event-stream      `data:` lines, all {"delta": "text"} or all plain text; [DONE] ends it
    application/x-ndjson   a line for each {"delta": "text"}

All of it is UTF-8. Status 204 is no answer.
"""

from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

from cococat.agents.run import together
from cococat.core import fields, reply_form, text
from cococat.core.errors import AgentError, MalformedMessage
from cococat.core.messages import Reply
from cococat.core.progress import Say

MAX_TEXT = text.MAX_REPLY
"""Bytes of text that are read; what is more would be cut off anyway."""
MAX_RAW = 8 * MAX_TEXT
"""Bytes of one JSON document or one line: escapes take up to six times the room of the text."""
MAX_STREAM = 16 * MAX_TEXT
"""Bytes of a whole stream, whatever it holds."""

Pieces = Iterable[bytes]


def read_answer(content_type: str, pieces: Pieces, say: Say) -> str | Reply | None:
    """
    Return the answer that *pieces* bring, or None where they say that there is none.

    Args:
        content_type: as in the header.
        pieces: of the body, as they come.
        say: is given what there is so far, where the answer comes piece by piece.

    Raises:
        AgentError: it is nothing that an agent may answer.

    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in _READERS:
        raise AgentError("content_type")
    try:
        return _READERS[kind](pieces, say)
    except (MalformedMessage, UnicodeDecodeError) as error:
        raise AgentError("malformed_answer") from error


def _read_json(pieces: Pieces, _say: Say) -> str | Reply | None:
    body = b"".join(_bounded(pieces, MAX_RAW))
    source = fields.parse_object(body)
    if "reply" not in source:
        raise MalformedMessage("there is no 'reply'")
    if isinstance(source["reply"], dict):
        return reply_form.parse(source["reply"])
    return fields.optional_text(source, "reply")


def _read_text(pieces: Pieces, _say: Say) -> str:
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > MAX_TEXT:
            # What follows is not needed; a character that is cut in two is not either.
            return bytes(body[:MAX_TEXT]).decode("utf-8", "ignore")
    return body.decode("utf-8")


def _read_ndjson(pieces: Pieces, say: Say) -> str:
    lines = (line for line in _lines(pieces) if line.strip())
    return together((_delta(fields.parse_object(line)) for line in lines), say)


def _read_events(pieces: Pieces, say: Say) -> str:
    """Return the text of all events; the first one tells whether they are JSON or plain text."""
    events = _events(pieces)
    first = next(events, "")
    if not _is_object(first):
        return together(chain([first], events), say)
    deltas = (_delta(fields.parse_object(each)) for each in chain([first], events))
    return together(deltas, say)


def _events(pieces: Pieces) -> Iterator[str]:
    """Yield the data of each event that has any, up to the one that ends the answer."""
    data: list[str] = []
    for line in chain(_unmarked(_lines(pieces)), [b""]):
        name, _, value = line.decode("utf-8").partition(":")
        if name == "data":
            data.append(value.removeprefix(" "))
        if line:
            continue
        whole, data = "\n".join(data), []
        if whole == DONE:
            return
        if whole:
            yield whole


def _unmarked(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Yield *lines* without one byte order mark before them (HTML Living Standard, 9.2.6)."""
    yield next(lines, b"").removeprefix(BOM_UTF8)
    yield from lines


def _is_object(data: str) -> bool:
    try:
        fields.parse_object(data)
    except MalformedMessage:
        return False
    return True


def _delta(source: dict[str, Any]) -> str:
    return fields.text(source, "delta")


def _lines(pieces: Pieces) -> Iterator[bytes]:
    """Yield the lines of *pieces*, without their ends: LF, CR LF or CR."""
    rest = b""
    for piece in _bounded(pieces, MAX_STREAM):
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield from line.removesuffix(b"\r").split(b"\r")
        if len(rest) > MAX_RAW:
            raise AgentError("answer_too_large")
    if rest:
        yield from rest.split(b"\r")


def _bounded(pieces: Pieces, limit: int) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            raise AgentError("answer_too_large")
        yield piece


DONE = "[DONE]"
_READERS: dict[str, Callable[[Pieces, Say], str | Reply | None]] = {
    "application/json": _read_json,
    "application/x-ndjson": _read_ndjson,
    "text/event-stream": _read_events,
    "text/plain": _read_text,
}
