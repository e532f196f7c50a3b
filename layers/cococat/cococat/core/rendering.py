"""
An answer as the parts that a platform takes, by the table of limits.

What a platform does not have is said in plain text: markdown without its signs, a card as lines,
a file by its name and address. So nothing that an agent says is lost. The same answer always has
the same parts.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from cococat.core import markdown, splitting
from cococat.core.card_lines import card_lines, field_lines
from cococat.core.limits import Limits
from cococat.core.messages import Card, Format, Reply, ReplyFile

NOTHING = Card(title="")


class Kind(StrEnum):
    """What a part is."""

    TEXT = "text"
    MARKDOWN = "markdown"
    CARD = "card"
    FILE = "file"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """
    One message to the platform.

    Attributes:
        kind: what it is.
        text: the text of a text or of markdown.
        card: of a card.
        file: of an image or a file.

    """

    kind: Kind
    text: str = ""
    card: Card | None = None
    file: ReplyFile | None = None


def render(reply: Reply, limits: Limits) -> tuple[Part, ...]:
    """Return *reply* as parts within *limits*; at least one."""
    if limits.text == 0:
        return (Part(kind=Kind.WHOLE, text=reply.text),)
    said = [reply.text] if reply.text.strip() else []
    cards = []
    if reply.card is not None:
        if limits.title:
            inside = _fitting(reply.card, reply.format, limits)
            rest = _surplus(reply.card, inside)
            if inside != NOTHING or not rest:
                cards.append(Part(kind=Kind.CARD, card=inside))
            said += rest
        else:
            said.append(card_lines(reply.card))
    files = [Part(kind=Kind.FILE, file=file) for file in reply.files if _is_taken(file, limits)]
    said += [file_line(file) for file in reply.files if not _is_taken(file, limits)]
    return (*_texts("\n\n".join(said), reply.format, limits), *cards, *files)


def _texts(text: str, form: Format, limits: Limits) -> list[Part]:
    if not text:
        return []
    if form is Format.MARKDOWN and limits.markdown:
        pieces = splitting.split(text, limits.markdown, limits.unit, markdown=True)
        return [Part(kind=Kind.MARKDOWN, text=piece) for piece in pieces]
    plain = markdown.to_plain(text) if form is Format.MARKDOWN else text
    pieces = splitting.split(plain, limits.text, limits.unit)
    return [Part(kind=Kind.TEXT, text=piece) for piece in pieces]


def _fitting(card: Card, form: Format, limits: Limits) -> Card:
    """Return as much of *card* as the platform's cards hold; `_surplus` is the rest."""
    fits = splitting.measure(card.text, limits.unit) <= limits.card
    inside = replace(
        card,
        title=splitting.cut(card.title, limits.title, limits.unit),
        text=card.text if fits else "",
        fields=card.fields[: limits.fields],
        buttons=card.buttons[: limits.buttons],
    )
    # Its buttons stay the longest: without them nothing can be done with it.
    while inside.fields and not (_has_room(inside, limits) and limits.takes(inside, form)):
        inside = replace(inside, fields=inside.fields[:-1])
    while inside.buttons and not limits.takes(inside, form):
        inside = replace(inside, buttons=inside.buttons[:-1])
    return inside


def _has_room(card: Card, limits: Limits) -> bool:
    said = "\n".join([card.text, *field_lines(card)])
    return splitting.measure(said, limits.unit) <= limits.card


def _surplus(card: Card, inside: Card) -> list[str]:
    """Return what of *card* is not *inside* of the platform's card, as text."""
    rest = replace(
        card,
        title="" if inside.title == card.title else card.title,
        text="" if inside.text == card.text else card.text,
        fields=card.fields[len(inside.fields) :],
        buttons=card.buttons[len(inside.buttons) :],
    )
    lines = card_lines(rest, first=len(inside.buttons) + 1)
    return [lines] if lines else []


def _is_taken(file: ReplyFile, limits: Limits) -> bool:
    if file.kind == "image":
        return bool(limits.image)
    return bool(limits.file) and file.name.lower().endswith(limits.endings or "")


def file_line(file: ReplyFile) -> str:
    """Return *file* as a line of text: its name, and its address where it has one."""
    is_address = file.source.startswith("https://")
    return f"{file.name} {file.source}" if is_address else f"[{file.name}]"
