"""
Cutting a long text into parts that a platform takes.

A part ends where a reader pauses: before a block of code, after a paragraph, a line, a sentence
or a word; at worst between two characters as a reader sees them. Where markdown is cut inside a
block of code, the block is closed there and opened again in the next part.
"""

import re
from bisect import bisect_right

from cococat.core import graphemes
from cococat.core.limits import Unit

LEAST = 64
"""Units that a part holds at least; a smaller limit leaves no room for a block's two ends."""

_FENCE = re.compile(r"^ {0,3}(`{3,8}(?!`)|~{3,8}(?!~))([^`\n]*)$", re.MULTILINE)
_ENDED = re.compile(r"(?:[ \t]*\n)* {0,3}(`{3,8}(?!`)|~{3,8}(?!~))[ \t]*(?:\n+|\Z)")
_CLOSING = "\n````````"
"""What closes the longest fence that counts as one."""
_ESCAPED = {'"': 3, "\\": 3, "\n": 2, "\r": 2, "\t": 2, "<": 3}
"""Character -> bytes that it has more of in JSON that is in JSON; see `limits.Unit.JSON`."""
_PAUSES = (
    re.compile(r"\n(?= {0,3}(?:```|~~~))"),
    re.compile(r"\n\n+"),
    re.compile(r"\n"),
    re.compile(r"[。！？；…]+[”’」』）]*|[.!?;]+[\"')]*\s"),
    re.compile(r"[，、：]|[,:]?\s"),
)
_LONGEST_INFO = 20


def measure(text: str, unit: Unit) -> int:
    """Return the length of sendable *text* in *unit*."""
    match unit:
        case Unit.BYTES:
            return len(text.encode("utf-8"))
        case Unit.UTF16:
            return len(text.encode("utf-16-le")) // 2
        case Unit.CHARACTERS:
            return len(text)
        case Unit.JSON:
            more = sum(more * text.count(each) for each, more in _ESCAPED.items())
            return len(text.encode("utf-8")) + more


def head(text: str, limit: int, unit: Unit) -> str:
    """Return as much of sendable *text* as fits into *limit*, whole code points only."""
    most = text[:limit]
    match unit:
        case Unit.BYTES:
            return most.encode("utf-8")[:limit].decode("utf-8", "ignore")
        case Unit.UTF16:
            return most.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore")
        case Unit.CHARACTERS:
            return most
        case Unit.JSON:
            places = range(1, len(most) + 1)
            return most[: bisect_right(places, limit, key=lambda n: measure(most[:n], unit))]


def cut(text: str, limit: int, unit: Unit) -> str:
    """Return as much of *text* as fits into *limit*, with … where something is missing."""
    if measure(text, unit) <= limit:
        return text
    short = head(text, max(limit - measure("…", unit), 0), unit)
    return short[: graphemes.border(text, len(short))] + "…"


def split(text: str, limit: int, unit: Unit, *, markdown: bool = False) -> list[str]:
    """
    Return *text* as parts of at most *limit* each.

    Args:
        text: what no platform refuses; see `text.clean`.
        limit: what a part may measure, `LEAST` at least.
        unit: in which it is measured.
        markdown: whether blocks of code are to stay whole in each part.

    """
    parts: list[str] = []
    opening, rest = "", text
    # A part measures a character at least, so most of the text is never measured.
    while len(rest) > limit or measure(opening + rest, unit) > limit:
        room = limit - measure(opening, unit) - (measure(_CLOSING, unit) if markdown else 0)
        place = _place(rest, len(head(rest, room, unit)))
        body, rest = opening + rest[:place].rstrip("\n"), rest[place:].removeprefix("\n")
        if markdown:
            body, opening, rest = _mended(body, rest)
        if body.strip():
            parts.append(body)
    if rest.strip():
        parts.append(opening + rest)
    return parts


def _place(text: str, most: int) -> int:
    """Return where to cut *text*: a pause in the second half of its first *most* characters."""
    window = text[:most]
    for pause in _PAUSES:
        places = [match.end() for match in pause.finditer(window, most // 2)]
        if places:
            return graphemes.border(text, places[-1])
    return max(graphemes.border(text, most), 1)


def _mended(body: str, rest: str) -> tuple[str, str, str]:
    """
    Mend the block of code that is cut between *body* and *rest*, if one is.

    What would be empty on one side of the cut is left out there.

    Returns:
        The body, closed; the line that opens the block again, or nothing; and the rest.

    """
    opened = _opened(body)
    if opened is None:
        return body, "", rest
    fence, info = opened.groups()
    has_code = body[opened.end() :].strip()
    closed = f"{body}\n{fence}" if has_code else body[: opened.start()].rstrip("\n")
    ended = _ENDED.match(rest)
    if ended and ended[1].startswith(fence):
        return closed, "", rest[ended.end() :]
    return closed, f"{fence}{info if len(info) <= _LONGEST_INFO else ''}\n", rest


def _opened(part: str) -> re.Match[str] | None:
    """Return the line that opens the block of code in which *part* ends, or None."""
    opened: re.Match[str] | None = None
    for line in _FENCE.finditer(part):
        fence, info = line.groups()
        if opened is None:
            opened = line
        elif fence.startswith(opened[1]) and not info.strip():
            opened = None
    return opened
