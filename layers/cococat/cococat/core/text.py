"""Text that every queue and table takes: cleaned characters, bounded sizes in bytes of UTF-8."""

import re
from typing import Any

MAX_CONTENT = 128 * 1024
MAX_REPLY = 256 * 1024
MAX_WORD = 64
_WIDEST = 4
"""Bytes that a character has at most."""

# SQS takes #x9 | #xA | #xD | #x20-#xD7FF | #xE000-#xFFFD | #x10000-#x10FFFF and nothing else
# (Amazon SQS API Reference, SendMessage, MessageBody).
_UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def is_sendable(text: str) -> bool:
    """Tell whether every character of *text* may travel through a queue."""
    return _UNSENDABLE.search(text) is None


def clean(text: str) -> str:
    """Return *text* without NUL and other characters that no queue takes."""
    # What is printable has none of them, and that is quicker to see.
    return text if text.isprintable() else _UNSENDABLE.sub("", text)


def clean_all(value: Any) -> Any:  # noqa: ANN401 - any plain value
    """Return the plain *value* with every text in it cleaned; the names of members stay."""
    match value:
        case str():
            return clean(value)
        case dict():
            return {key: clean_all(each) for key, each in value.items()}
        case list():
            return [clean_all(each) for each in value]
        case _:
            return value


def size(text: str) -> int:
    """Return the length of sendable *text* in bytes of UTF-8."""
    return len(text.encode("utf-8"))


def fits(text: str, limit: int) -> bool:
    """Tell whether sendable *text* has no more than *limit* bytes of UTF-8."""
    return len(text) * _WIDEST <= limit or size(text) <= limit


def cut(text: str, limit: int) -> str:
    """Return as much of sendable *text* as fits into *limit* bytes, whole characters only."""
    return text.encode("utf-8")[:limit].decode("utf-8", "ignore")


def countable(word: str) -> str:
    """Return a stranger's *word* as one that is safe to count and to log."""
    is_plain = word.isidentifier() and word.isascii() and len(word) <= MAX_WORD
    return word.lower() if is_plain else "other"
