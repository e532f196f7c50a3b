"""The process with the simulated platforms, as a measurement sees it."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.errors import MeasurementFailed
from bench.subject import NOISE, Subject

LOOK = 0.2
"""Seconds between two looks at how far the bots are."""


class Simulators:
    """
    Both platforms.

    Args:
        process: it.
        noise: where it writes errors to.

    Attributes:
        urls: channel type -> where its API is.

    """

    def __init__(self, process: "subprocess.Popen[bytes]", noise: Path) -> None:
        self._process = process
        self._noise = noise
        self.urls: dict[str, str] = self._read()

    def ask(self, what: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Do *what*, a method of `bench.subjects.simulators.Platforms`, and return its answer."""
        assert self._process.stdin is not None  # noqa: S101 - it was opened so
        self._process.stdin.write(json.dumps([what, arguments]).encode("utf-8") + b"\n")
        self._process.stdin.flush()
        return self._read()

    def wait_until_heard(
        self, channel: str, count: int, process: "subprocess.Popen[bytes]", seconds: float
    ) -> None:
        """
        Wait until *process* listens to all of its *count* bots.

        Raises:
            MeasurementFailed: it has ended, or takes longer than *seconds*.

        """
        until = time.monotonic() + seconds
        while (heard := self.ask("state", channel=channel)["heard"]) < count:
            if process.poll() is not None:
                raise MeasurementFailed(f"it ended with {process.returncode}")
            if time.monotonic() > until:
                raise MeasurementFailed(f"of {count} bots {heard} listen after {seconds:.0f} s")
            time.sleep(LOOK)

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None  # noqa: S101 - it was opened so
        line = self._process.stdout.readline()
        if not line:
            noise = self._noise.read_text("utf-8", "replace")
            raise MeasurementFailed(f"the simulated platforms have ended:\n{noise[-NOISE:]}")
        told: dict[str, Any] = json.loads(line)
        return told


@contextmanager
def simulators(subject: Subject, folder: Path) -> Iterator[Simulators]:
    """Run *subject*, which serves the platforms, while the body runs."""
    noise = folder / "simulators.log"
    with noise.open("wb") as errors:
        process = subprocess.Popen(
            subject.command("call", "serve", str(folder / "server.pem")),
            env=subject.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    try:
        yield Simulators(process, noise)
    finally:
        process.kill()
        process.communicate()
