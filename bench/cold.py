"""What a cold start costs, from the interpreter's first line to the first acknowledgement."""

import re
import shutil
import statistics
from collections.abc import Callable
from dataclasses import dataclass

from bench.aws import StubAws
from bench.errors import MeasurementFailed
from bench.interpreters import Finished, run_once
from bench.results import Comparison, Progress
from bench.subject import NOISE, Subject

# Instructions alone: where no cache is simulated it takes half the time.
CACHEGRIND = ("--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
_COUNT = re.compile(r"I +refs: +([\d,]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """
    How the work of a process is measured.

    Attributes:
        title: what people call it.
        unit: of the figures.
        before: words in front of the interpreter.
        read: returns the figure of a process that has ended.
        rounds: how often to measure.
        quick_rounds: the same, where it has to be quick.

    """

    title: str
    unit: str
    before: tuple[str, ...]
    read: Callable[[Finished], float]
    rounds: int
    quick_rounds: int


def best_measure() -> Measure:
    """Return the best measure that there is on this machine."""
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        return Measure(
            title="processor time (valgrind is not on this machine)",
            unit="ms",
            before=(),
            read=lambda finished: finished.cpu * 1e3,
            rounds=15,
            quick_rounds=5,
        )
    return Measure(
        title="instructions, by valgrind's cachegrind",
        unit="Mi",
        before=(valgrind, *CACHEGRIND),
        read=_instructions,
        rounds=3,
        quick_rounds=1,
    )


def measure(
    how: Measure,
    pairs: list[tuple[Subject, Subject]],
    nothing: Subject,
    aws: StubAws,
    rounds: int,
    progress: Progress,
) -> list[Comparison]:
    """
    Compare the subjects of each pair, all of them taking turns.

    Args:
        how: the measure.
        pairs: the subjects.
        nothing: a bare interpreter, whose figure is taken off all the others.
        aws: what they talk to.
        rounds: how often.
        progress: says how far it is.

    Raises:
        MeasurementFailed: a subject gave a wrong answer, or none.

    """
    subjects = {nothing.name: nothing} | {each.name: each for pair in pairs for each in pair}
    figures: dict[str, list[float]] = {name: [] for name in subjects}
    for number in range(rounds):
        for name, subject in subjects.items():
            progress.say("cold start", f"{number + 1}/{rounds}, {subject.title}")
            figures[name].append(_figure(how, subject, aws))
    bare = figures.pop(nothing.name)
    above = {
        name: [all_of_it - floor for all_of_it, floor in zip(each, bare, strict=True)]
        for name, each in figures.items()
    }
    return [_compare(how, above, pair) for pair in pairs]


def _figure(how: Measure, subject: Subject, aws: StubAws) -> float:
    requests = subject.traffic(1)
    finished = run_once(subject, *requests.values(), before=how.before)
    subject.check(requests, finished.said, aws)
    return how.read(finished)


def _compare(
    how: Measure, above: dict[str, list[float]], pair: tuple[Subject, Subject]
) -> Comparison:
    ours, other = pair
    rounds = zip(above[ours.name], above[other.name], strict=True)
    return Comparison(
        ours=ours.title,
        other=other.title,
        ratio=statistics.median(mine / theirs for mine, theirs in rounds),
        our_figure=statistics.median(above[ours.name]),
        other_figure=statistics.median(above[other.name]),
        unit=how.unit,
    )


def _instructions(finished: Finished) -> float:
    noise = finished.said["noise"]
    found = _COUNT.search(noise)
    if found is None:
        raise MeasurementFailed(f"valgrind gave no count:\n{noise[-NOISE:]}")
    return int(found[1].replace(",", "")) / 1e6
