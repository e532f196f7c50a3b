"""What came of measuring, and how it is told."""

import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """
    Two figures and their ratio.

    Attributes:
        ours: what was measured.
        other: what it is compared with.
        ratio: ours by the other, the median over the rounds; below 1 ours takes less.
        our_figure: the median of ours.
        other_figure: the median of the other.
        unit: of both.
        most: what the ratio may be; None where nothing is promised.

    """

    ours: str
    other: str
    ratio: float
    our_figure: float
    other_figure: float
    unit: str
    most: float | None = None

    def __str__(self) -> str:
        """Return its line for people."""
        figures = f"{self.our_figure:,.0f} : {self.other_figure:,.0f} {self.unit}"
        line = f"{self.ratio:8.2f}  {figures:>20}   {self.ours} : {self.other}"
        if self.most is None:
            return line
        return f"{line}; at most {self.most:g}: {_state(self.ratio <= self.most)}"


def _state(is_kept: bool) -> str:  # noqa: FBT001 - it is all that there is to say
    return "kept" if is_kept else "MISSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """
    The part of one package in the time of all imports.

    Attributes:
        name: the package.
        importer: the module that was the first to want it; empty where it was wanted in a call.
        share: with what it imports in turn, from 0 to 1.
        itself: without that.

    """

    name: str
    importer: str
    share: float
    itself: float

    def __str__(self) -> str:
        """Return its line for people."""
        wanted = f"first wanted by {self.importer}" if self.importer else "wanted in a call"
        return f"{self.share:8.1%}  {self.itself:6.1%}   {self.name}, {wanted}"


class Progress:
    """Says what is under way: on a terminal in one line, else in a line for each step."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._step = ""

    def say(self, step: str, detail: str = "") -> None:
        """Say which *step* it is; the *detail* is for a terminal alone."""
        if self._is_terminal:
            sys.stderr.write(f"\r\033[Kbench: {step} {detail}")
        elif step != self._step:
            sys.stderr.write(f"bench: {step}\n")
        self._step = step
        sys.stderr.flush()

    def done(self) -> None:
        """Leave an empty line on a terminal."""
        if self._is_terminal:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """
    A process with many bots that nobody writes to.

    Attributes:
        title: whose it is.
        bots: how many it has.
        rss: MiB of its memory that are in RAM.
        per_bot: KiB that each further bot has added.
        threads: how many it has.

    """

    title: str
    bots: int
    rss: float
    per_bot: float
    threads: int

    def __str__(self) -> str:
        """Return its line for people."""
        figures = f"{self.rss:8.1f} MiB, {self.per_bot:.0f} KiB each, {self.threads} threads"
        return f"{figures}   {self.title} with {self.bots}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """
    A figure that is not to grow beyond a limit.

    Attributes:
        title: of what.
        figure: what was measured.
        most: what it may be.
        unit: of both.

    """

    title: str
    figure: float
    most: float
    unit: str

    def __str__(self) -> str:
        """Return its line for people."""
        figures = f"{self.figure:8.3g} of {self.most:g} {self.unit}".rstrip()
        return f"{figures}   {self.title}: {_state(self.figure <= self.most)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BotReport:
    """
    What bots cost.

    Attributes:
        polls: processor time of a poll that brings nothing.
        memory: what one more bot takes.
        telegram: the sidecar with many bots of Telegram.
        discord: the same with Discord's.
        limits: what the sidecar has set itself.

    """

    polls: list[Comparison]
    memory: list[Comparison]
    telegram: Crowd
    discord: Crowd
    limits: list[Limit]

    def __str__(self) -> str:
        """Return what people read."""
        return "\n".join(
            [
                "Polls: one call of getUpdates over TLS that brings nothing, processor time",
                *map(str, self.polls),
                "",
                "Memory: what one more idle bot of Telegram adds, over TLS",
                *map(str, self.memory),
                "",
                "Idle bots in one process: Telegram, Discord",
                str(self.telegram),
                str(self.discord),
                *map(str, self.limits),
            ]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """
    All that was measured.

    Attributes:
        warm: processor time for each message of a door that is warm.
        cold: a cold start up to the first acknowledgement, above a bare interpreter.
        cold_measure: how that was measured.
        imports: the most expensive imports of the door's cold start.
        bots: what the sidecar's bots cost.

    """

    warm: list[Comparison]
    cold: list[Comparison]
    cold_measure: str
    imports: list[Share]
    bots: BotReport

    def __str__(self) -> str:
        """Return what people read."""
        return "\n".join(
            [
                "Ratios, with both figures; below 1 the first takes less.",
                "",
                "Warm: one sealed text until its acknowledgement, processor time",
                *map(str, self.warm),
                "",
                "Cold: a fresh interpreter until its first acknowledgement, a bare one taken off,",
                f"      {self.cold_measure}",
                *map(str, self.cold),
                "",
                "Imports in the door's cold start: their share, with and without what they import",
                *map(str, self.imports),
                "",
                str(self.bots),
            ]
        )
