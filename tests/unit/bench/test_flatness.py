import subprocess
import sys

import pytest

from bench.flatness import faults
from bench.process_facts import ProcessFacts

START = {"rss": 60_000, "threads": 42, "descriptors": 80}


def _samples(**steps: float) -> list[ProcessFacts]:
    """Return what a process looks like in which a figure grows by a step each time."""
    return [
        ProcessFacts(**{name: int(at + steps.get(name, 0) * n) for name, at in START.items()})
        for n in range(100)
    ]


def test_a_process_that_stays_as_it_is_is_flat() -> None:
    """A little more or less is no growth."""
    assert faults(_samples(rss=20)) == []


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ({"rss": 100}, "memory grew from 63,700 to 68,700 KiB"),
        ({"threads": 0.2}, "threads grew from 49 to 59"),
        ({"descriptors": 1}, "descriptors grew from 117 to 167"),
    ],
)
def test_what_grows_is_told(steps: dict[str, float], told: str) -> None:
    """With both figures."""
    assert faults(_samples(**steps)) == [told]


def test_the_warm_up_does_not_count() -> None:
    """A process grows until everything was done once."""
    warm = ProcessFacts(**START)
    cold = ProcessFacts(rss=30_000, threads=1, descriptors=5)

    assert faults([cold] * 25 + [warm] * 75) == []


LEAKS = """
import os, sys, threading
kept = []
def leak(what):
    if what == "thread":
        threading.Thread(target=threading.Event().wait, daemon=True).start()
    elif what == "descriptor":
        kept.append(os.open(os.devnull, os.O_RDONLY))
    elif what == "memory":
        kept.append(os.urandom(512 * 1024))
for line in sys.stdin:
    leak(line.strip())
    print(flush=True)
"""


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("thread", ["threads"]),
        ("descriptor", ["descriptors"]),
        ("memory", ["memory"]),
        ("nothing", []),
    ],
)
def test_a_process_that_leaks_is_told(what: str, told: list[str]) -> None:
    """A real one, as the kernel sees it: one more of something each time that it is looked at."""
    command = [sys.executable, "-c", LEAKS]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        samples = []
        for _ in range(40):
            process.stdin.write(f"{what}\n")
            process.stdin.flush()
            process.stdout.readline()
            samples.append(ProcessFacts.of(process.pid))
        process.stdin.close()
    found = [each.partition(" ")[0] for each in faults(samples)]

    assert found == told
