"""What many bots in one process take of its memory."""

import contextlib
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass

from bench.aws import StubAws
from bench.errors import MeasurementFailed
from bench.process_facts import ProcessFacts
from bench.results import Comparison, Crowd, Limit, Progress
from bench.simulators import Simulators
from bench.subject import NOISE, Subject
from bench.subjects import facts

PATIENCE = 180.0
"""Seconds in which a process has to listen to all of its bots."""
SETTLE = 4.0
"""Seconds after which it is looked at: what it needs only for its start is gone by then."""
MOST_MEMORY = 128.0
"""MiB that the sidecar may have with that many Telegram bots."""
MOST_PER_BOT = 0.13
MOST_BESIDE_OTHERS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """
    How many bots are run.

    Attributes:
        few: as a floor, so that what a library takes by itself is in no bot's share.
        beside: beside other libraries.
        many: of the sidecar's alone.
        discord: of Discord.

    """

    few: int
    beside: int
    many: int
    discord: int


QUICK = Sizes(few=10, beside=100, many=500, discord=20)
THOROUGH = Sizes(few=10, beside=100, many=500, discord=50)


class Crowds:
    """
    Runs processes with many bots, one at a time.

    Args:
        aws: where the sidecar finds its bots.
        platforms: the platforms.
        progress: says how far it is.

    """

    def __init__(self, aws: StubAws, platforms: Simulators, progress: Progress) -> None:
        self._aws = aws
        self._platforms = platforms
        self._progress = progress

    def grown(self, subject: Subject, few: int, *counts: int, channel: str) -> list[Crowd]:
        """Run *subject* with *few* bots, and with each of *counts*; tell how each bot adds."""
        floor = self._facts(subject, channel, few)
        grown = []
        for count in counts:
            there = self._facts(subject, channel, count)
            more = (there.rss - floor.rss) / (count - few)
            crowd = Crowd(
                title=subject.title,
                bots=count,
                rss=there.rss / 1024,
                per_bot=more,
                threads=there.threads,
            )
            grown.append(crowd)
        return grown

    def _facts(self, subject: Subject, channel: str, count: int) -> ProcessFacts:
        self._progress.say("memory", f"{count} bots, {subject.title}")
        try:
            with self.running(subject, channel, count) as process:
                time.sleep(SETTLE)
                return ProcessFacts.of(process.pid)
        except MeasurementFailed as failed:
            raise MeasurementFailed(f"{subject.title}, {count} bots: {failed}") from None

    @contextlib.contextmanager
    def running(
        self, subject: Subject, channel: str, count: int
    ) -> Iterator["subprocess.Popen[bytes]"]:
        """Run *subject* with *count* bots of *channel*, all of them listened to, in the body."""
        base = self._platforms.urls[channel]
        self._platforms.ask("bots", channel=channel, count=count)
        items = [facts.bot_item(channel, number, base) for number in range(count)]
        self._aws.have(items, facts.bot_secret)
        with tempfile.TemporaryFile() as noise:
            process = subprocess.Popen(
                subject.command("call", "listen", count, base),
                env=subject.environment,
                stdin=subprocess.DEVNULL,
                stdout=noise,
                stderr=noise,
            )
            try:
                self._platforms.wait_until_heard(channel, count, process, PATIENCE)
                yield process
            except MeasurementFailed as failed:
                noise.seek(0)
                said = noise.read().decode("utf-8", "replace")
                raise MeasurementFailed(f"{failed}\n{said[-NOISE:]}") from None
            finally:
                process.kill()
                process.wait()


def compare(ours: Crowd, other: Crowd) -> Comparison:
    """Compare what one more bot takes."""
    return Comparison(
        ours=ours.title,
        other=other.title,
        ratio=ours.per_bot / other.per_bot,
        our_figure=ours.per_bot,
        other_figure=other.per_bot,
        unit="KiB",
    )


def limits(many: Crowd, comparisons: list[Comparison]) -> list[Limit]:
    """Return what the sidecar has set itself, and how far it is from it."""
    beside = [
        Limit(
            title=f"of a bot, beside {each.other}",
            figure=each.ratio,
            most=MOST_BESIDE_OTHERS,
            unit="",
        )
        for each in comparisons
    ]
    return [
        Limit(title=f"RSS with {many.bots} bots", figure=many.rss, most=MOST_MEMORY, unit="MiB"),
        Limit(title="of each of them", figure=many.per_bot / 1024, most=MOST_PER_BOT, unit="MiB"),
        *beside,
    ]
