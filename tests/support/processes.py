"""Processes of the tests' own, and how one talks to them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.support.template import ROOT


class Child:
    """
    A module that runs in a process of its own.

    Args:
        module: its name.
        environment: what it is told beside this process's own environment.

    """

    def __init__(self, module: str, environment: Mapping[str, str]) -> None:
        paths = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env={**os.environ, **environment, "PYTHONPATH": paths},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def hear(self) -> str:
        """Return the next thing that it says, leaving out its log."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("# "):
                return line.removeprefix("# ").strip()
        message = f"the process ended with {self._process.wait()}"
        raise AssertionError(message)

    def tell(self, **order: str) -> None:
        """Give it an order."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """Kill it with SIGKILL, and wait until it is dead."""
        self._process.kill()
        self._process.communicate()


class Workers:
    """
    Worker processes; see `tests.support.worker`.

    Args:
        environment: what a function is told.

    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._child = Child("tests.support.worker", environment)
        assert self._child.hear() == "ready"

    def kill_at(self, point: str, function: str, queue: str) -> str:
        """Kill a worker with SIGKILL at *point*; return the receipt of what it was working on."""
        receipt = self._take(point, function, queue)
        process, _, reached = self._child.hear().partition(" is at ")
        assert reached == point
        os.kill(int(process), signal.SIGKILL)
        assert self._child.hear() == f"it ended with {-signal.SIGKILL}"
        return receipt

    def work(self, function: str, queue: str) -> None:
        """Let a worker take a message from *queue* and work it off."""
        self._take("", function, queue)
        assert self._child.hear() == "it ended with 0"

    def stop(self) -> None:
        """End them all."""
        self._child.kill()

    def _take(self, point: str, function: str, queue: str) -> str:
        """Let a worker take a message from *queue*; return the receipt."""
        self._child.tell(function=function, queue=queue, point=point)
        heard = self._child.hear()
        assert not heard.startswith("it ended"), "there was no message"
        return heard


@contextmanager
def moto_server() -> Iterator[str]:
    """Run moto's server for the time of the body, whose address this returns."""
    server = Child("tests.support.moto_server", {})
    try:
        yield server.hear()
    finally:
        server.kill()
