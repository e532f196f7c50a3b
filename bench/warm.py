"""What one message costs a door that is warm, in processor time."""

import contextlib
import statistics
from dataclasses import dataclass

from bench.aws import StubAws
from bench.interpreters import Work, worker
from bench.results import Comparison, Progress
from bench.subject import Subject

MOST = {"door_alone": 0.42, "feishu_door_alone": 0.18}
"""What a door may take of the time of whoever it is compared with, by its subject's name."""
WARM_UP = 2
"""Rounds that are not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much is measured: rounds, and messages in each of them."""

    rounds: int
    messages: int


QUICK = Effort(rounds=5, messages=200)
THOROUGH = Effort(rounds=15, messages=200)


def measure(
    pairs: list[tuple[Subject, Subject]], aws: StubAws, effort: Effort, progress: Progress
) -> list[Comparison]:
    """
    Compare the subjects of each pair, all of them taking turns.

    Raises:
        MeasurementFailed: a subject gave a wrong answer, or none.

    """
    subjects = {subject.name: subject for pair in pairs for subject in pair}
    spent: dict[str, list[float]] = {name: [] for name in subjects}
    rounds = WARM_UP + effort.rounds
    with contextlib.ExitStack() as stack:
        workers = {name: stack.enter_context(worker(subject)) for name, subject in subjects.items()}
        for number in range(rounds):
            progress.say("warm acknowledgement", f"{number + 1}/{rounds}")
            for name, work in workers.items():
                seconds = _round(subjects[name], work, aws, effort.messages)
                if number >= WARM_UP:
                    spent[name].append(seconds)
    return [_compare(spent, pair) for pair in pairs]


def _round(subject: Subject, work: Work, aws: StubAws, count: int) -> float:
    """Let *subject* answer *count* messages and return the seconds for each of them."""
    requests = subject.traffic(count)
    said = work(list(requests.values()))
    subject.check(requests, said, aws)
    return float(said["seconds"]) / count


def _compare(spent: dict[str, list[float]], pair: tuple[Subject, Subject]) -> Comparison:
    ours, other = pair
    rounds = zip(spent[ours.name], spent[other.name], strict=True)
    return Comparison(
        ours=ours.title,
        other=other.title,
        ratio=statistics.median(mine / theirs for mine, theirs in rounds),
        our_figure=statistics.median(spent[ours.name]) * 1e6,
        other_figure=statistics.median(spent[other.name]) * 1e6,
        unit="µs",
        most=MOST.get(ours.name),
    )
