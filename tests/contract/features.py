"""
What each channel makes of an answer: found out by answering through it, never written down.

    .venv/bin/python -m tests.contract.features [--write]

It prints the table of the README, or puts it there.
"""

import argparse
import base64
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cococat.core.agent import Handler
from cococat.core.limits import Unit
from cococat.core.mailbox import MailboxMessage
from cococat.core.messages import Button, Card, Format, Reply, ReplyFile
from tests.contract.cases import CASES, ChannelCase
from tests.contract.stage import Stage
from tests.support.backends import MemoryBackend
from tests.support.world import World

README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN, END = "<!-- what each channel does: begin -->", "<!-- end -->"
NATIVE, AS_TEXT, NOT = "✓", "as text", "–"
UNITS = {
    Unit.BYTES: "bytes",
    Unit.UTF16: "UTF-16 units",
    Unit.CHARACTERS: "characters",
    Unit.JSON: "bytes of JSON",
}


def _png() -> bytes:
    """Return the smallest picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0\xff\xff\xff")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _inline(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


PICTURE = ReplyFile(kind="image", name="cat.png", source=_inline("image/png", _png()))
PAPER = ReplyFile(kind="file", name="cat.pdf", source=_inline("application/pdf", b"%PDF-1.4\n"))
CARD = Card(title="Order 7", text="Two cats", buttons=(Button(text="Pay", value="pay"),))


@dataclass(frozen=True, slots=True)
class Feature:
    """
    Something that an answer may have.

    Attributes:
        title: the column.
        reply: an answer that has it.
        kind: what the user then sees, as `Platform.kinds` calls it.
        words: what can be read of it where the platform has no such thing.

    """

    title: str
    reply: Reply
    kind: str
    words: str


FEATURES = (
    Feature("markdown", Reply(text="**Two** cats", format=Format.MARKDOWN), "markdown", "Two cats"),
    Feature("card", Reply(card=CARD), "card", "Order 7"),
    Feature("image", Reply(text="Look:", files=(PICTURE,)), "image", "cat.png"),
    Feature("file", Reply(text="Look:", files=(PAPER,)), "file", "cat.pdf"),
)


def outcome(feature: Feature, case: ChannelCase) -> str:
    """Return how a user of *case*'s channel gets an answer with *feature*."""
    stage = Stage(World(MemoryBackend()), case)
    platform, _ = stage.connect(_answers(feature.reply))
    platform.deliver("ann", "hello")
    stage.world.settle()
    assert stage.reasons() == []
    if feature.kind in platform.kinds("ann"):
        return NATIVE
    assert feature.words in "\n".join(platform.heard("ann")), (case.title, feature.title)
    return AS_TEXT


def growth(case: ChannelCase) -> str:
    """Tell whether a user of *case*'s channel sees an answer grow."""
    stage = Stage(World(MemoryBackend()), case)
    stage.world.shows_progress = True

    def pieces(_message: MailboxMessage) -> Iterator[str]:
        for piece in ("Two", " cats", " and a dog"):
            yield piece
            stage.world.clock.advance(3)

    platform, _ = stage.connect(pieces)
    platform.deliver("ann", "hello")
    stage.world.settle()
    assert platform.heard("ann") == ["Two cats and a dog"], case.title
    drafts = [draft for draft in platform.drafts("ann") if "dog" not in draft]
    return NATIVE if any(draft.startswith("Two cats") for draft in drafts) else NOT


def room(case: ChannelCase) -> str:
    """Return how much one message of *case*'s channel holds; longer answers are several."""
    stage = Stage(World(MemoryBackend()), case)
    stage.connect()
    binding = stage.world.backend.directory.by_address(stage.address("shop"))
    assert binding is not None
    limits = stage.world.channels.bind(binding).limits
    return f"{limits.text:,} {UNITS[limits.unit]}" if limits.text else "256 KiB"


COLUMNS: dict[str, Callable[[ChannelCase], str]] = {
    **{each.title: partial(outcome, each) for each in FEATURES},
    "grows": growth,
    "one message holds": room,
}
"""Title of a column -> what finds out what is in it."""


def cases() -> list[ChannelCase]:
    """Return one case of each kind of channel: how the platform's side is made plays no part."""
    return [case for case in CASES if not {"by", "in"} & set(case.title.split())]


def table() -> str:
    """Return the table, in Markdown."""
    rows = [["channel", *COLUMNS], ["---"] * (len(COLUMNS) + 1)]
    rows += [[f"`{case.title}`", *(find(case) for find in COLUMNS.values())] for case in cases()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def in_readme() -> str:
    """Return the table that the README has."""
    return README.read_text("utf-8").partition(BEGIN)[2].partition(END)[0].strip()


def main() -> int:
    """Print the table, or write it into the README."""
    parser = argparse.ArgumentParser(prog="python -m tests.contract.features")
    parser.add_argument("--write", action="store_true", help="put it into the README")
    is_to_be_written = parser.parse_args().write
    found = table()
    if is_to_be_written:
        head, _, rest = README.read_text("utf-8").partition(BEGIN)
        tail = rest.partition(END)[2]
        README.write_text(f"{head}{BEGIN}\n{found}\n{END}{tail}", "utf-8")
    else:
        print(found)
    return 0


def _answers(reply: Reply) -> Handler:
    def answer(_message: MailboxMessage) -> Reply:
        return reply

    return answer


if __name__ == "__main__":
    sys.exit(main())
