"""Which imports make a cold start of the door long, by Python's own -X importtime."""

import re
import statistics
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench.aws import StubAws
from bench.errors import MeasurementFailed
from bench.interpreters import run_once
from bench.results import Progress, Share
from bench.subject import Subject

MOST = 10
OUR_PACKAGE = "cococat"
HANDLER = "wechat"
LEFT_OUT = ("bench", HANDLER)
"""The handler makes its clients while it is imported: that is no import's time."""
_LINE = re.compile(r"import time: +(\d+) \| +(\d+) \| ( *)(\S+)")


@dataclass(slots=True)
class _Package:
    """What one package took, in microseconds, and who was the first to want it."""

    all_of_it: int = 0
    itself: int = 0
    importer: str = ""


@dataclass(slots=True)
class _Run:
    """What was seen in one run."""

    packages: dict[str, _Package] = field(default_factory=lambda: defaultdict(_Package))
    total: int = 0

    def add(self, module: str, itself: int, all_of_it: int, parents: list[str]) -> None:
        """Add *module*, which the last of *parents* wanted; the latest comes first."""
        name = _package(module)
        if name in LEFT_OUT:
            return
        package = self.packages[name]
        package.itself += itself
        self.total += itself
        if name == OUR_PACKAGE:
            package.all_of_it += itself
            package.importer = HANDLER
        elif name not in map(_package, parents):
            package.all_of_it += all_of_it
            package.importer = parents[-1] if parents else ""


def measure(subject: Subject, aws: StubAws, runs: int, progress: Progress) -> list[Share]:
    """
    Return the most expensive packages that *subject* imports, the dearest first.

    Each has with it what it imports in turn; what two need counts for the first. Of our own
    package only its own modules count, because all the others are imported from there.
    """
    found: list[_Run] = []
    for number in range(runs):
        progress.say("imports", f"{number + 1}/{runs}")
        requests = subject.traffic(1)
        finished = run_once(subject, *requests.values(), options=("-X", "importtime"))
        subject.check(requests, finished.said, aws)
        found.append(_read(finished.said["noise"]))
    names = set.intersection(*(set(run.packages) for run in found))
    shares = [_share(name, found) for name in names]
    return sorted(shares, key=lambda share: -share.share)[:MOST]


def _share(name: str, runs: list[_Run]) -> Share:
    return Share(
        name=name,
        importer=runs[0].packages[name].importer,
        share=statistics.median(run.packages[name].all_of_it / run.total for run in runs),
        itself=statistics.median(run.packages[name].itself / run.total for run in runs),
    )


def _read(noise: str) -> _Run:
    """Return what the lines of -X importtime in *noise* say."""
    run = _Run()
    parents: list[str] = []
    # A module's line stands below those of what it imports: from the end, parents come first.
    for depth, itself, all_of_it, module in reversed(list(_lines(noise))):
        del parents[depth:]
        run.add(module, itself, all_of_it, parents)
        parents.append(module)
    if not run.total:
        raise MeasurementFailed("Python did not say what the imports take.")
    return run


def _package(module: str) -> str:
    return module.partition(".")[0]


def _lines(noise: str) -> Iterator[tuple[int, int, int, str]]:
    """Yield depth, time of its own, time with what it imports, and name, for each module."""
    for itself, all_of_it, indent, name in _LINE.findall(noise):
        yield len(indent) // 2, int(itself), int(all_of_it), name
