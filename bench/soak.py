"""
Runs the sidecar for minutes, with real sockets, and looks whether it stays as it is.

    make soak [MINUTES=10 BOTS=40]

Everybody writes to their bots, and Telegram has trouble now and then. After a warm-up the last
part of the time is compared with the first: threads, descriptors and memory must not have grown.
Exit 0 where they have not, 1 where they have, or where a message was left.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench import bots
from bench.aws import StubAws
from bench.crowds import Crowds
from bench.errors import MeasurementFailed
from bench.flatness import faults
from bench.lineup import compiled_copy, find_bundle
from bench.process_facts import ProcessFacts
from bench.results import Progress
from bench.simulators import Simulators, simulators

if TYPE_CHECKING:
    import subprocess

SAMPLE = 1.0
TROUBLE = 20.0
"""Seconds between two times that Telegram has trouble."""
FAILURES = 10
CHATS = 5
LAST = 90.0
"""Seconds in which what was written last has to be fetched."""


def main(arguments: list[str]) -> int:
    """Run it and return the exit code."""
    parser = argparse.ArgumentParser(prog="make soak", description="Run the sidecar for minutes.")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--bots", type=int, default=40)
    parser.add_argument("--built", type=Path, default=Path(".aws-sam/local"), help="the bundle")
    options = parser.parse_args(arguments)
    try:
        samples = _soak(options.built.resolve(), options.bots, options.minutes * 60)
    except MeasurementFailed as failed:
        print(f"soak: {failed}", file=sys.stderr)
        return 1
    found = faults(samples)
    for each in found:
        print(f"soak: not flat: {each}")
    if not found:
        print(f"soak: flat for {options.minutes:g} minutes with {options.bots} bots")
    return int(bool(found))


def _soak(built: Path, count: int, seconds: float) -> list[ProcessFacts]:
    bundle = find_bundle(built)
    with tempfile.TemporaryDirectory() as name, StubAws(Path(name), bundle.certificates) as aws:
        them = bots.line_up(bundle, aws, compiled_copy(Path(name)))
        aws.make_certificate(Path(name) / "server.pem")
        with simulators(them.platforms, Path(name)) as platforms:
            crowd = Crowds(aws, platforms, Progress())
            with crowd.running(them.sidecar, "telegram", count) as process:
                samples, written = _watch(process, platforms, count, seconds)
                _wait_for_the_last(aws, platforms, written)
    return samples


def _watch(
    process: "subprocess.Popen[bytes]", platforms: Simulators, count: int, seconds: float
) -> tuple[list[ProcessFacts], int]:
    """Write and look for *seconds*; return what was seen, and how much was written."""
    began = time.monotonic()
    samples: list[ProcessFacts] = []
    written, trouble_at = 0, TROUBLE / 2
    while (gone := time.monotonic() - began) < seconds:
        everyone = list(range(count))
        platforms.ask("write", bots=everyone, chat=1 + written % CHATS, text=str(written))
        written += count
        if gone >= trouble_at:
            platforms.ask("trouble", failures=FAILURES)
            trouble_at += TROUBLE
        samples.append(ProcessFacts.of(process.pid))
        _say(gone, seconds, samples[-1], written)
        time.sleep(SAMPLE)
    return samples, written


def _wait_for_the_last(aws: StubAws, platforms: Simulators, written: int) -> None:
    until = time.monotonic() + LAST
    while waiting := platforms.ask("state", channel="telegram")["waiting"]:
        if time.monotonic() > until:
            raise MeasurementFailed(f"{waiting} messages still wait at Telegram")
        time.sleep(SAMPLE)
    taken = len(aws.taken())
    if taken != written:
        raise MeasurementFailed(f"{written} messages were written, {taken} came to a mailbox")


def _say(gone: float, seconds: float, facts: ProcessFacts, written: int) -> None:
    line = (
        f"soak: {gone:4.0f} of {seconds:.0f} s, {facts.rss / 1024:.1f} MiB, "
        f"{facts.threads} threads, {facts.descriptors} descriptors, {written} messages"
    )
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{line}")
    elif int(gone) % 10 == 0:
        sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
