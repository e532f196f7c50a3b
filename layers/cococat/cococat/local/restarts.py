"""A process that is started again whenever it ends."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

LOOK = 0.5
LONGEST_PAUSE = 60
STEADY = 60.0
"""Seconds of life after which an end is the first one again."""


class Running(Protocol):
    """A process, as much of it as is needed here."""

    def poll(self) -> int | None:
        """Return its exit code, negative for a signal, or None while it runs."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Restarts[P: Running]:
    """
    How a process is kept running.

    Attributes:
        start: starts it.
        end: ends it, or what one that has ended by itself has left; it may come twice.
        wait: lets seconds pass, or less where it is told to stop; then it returns True.
        say: tells people what has become of the process, as it goes on after its name.
        monotonic: the time, in seconds.

    """

    start: Callable[[], P]
    end: Callable[[P], None]
    wait: Callable[[float], bool]
    say: Callable[[str], None]
    monotonic: Callable[[], float] = time.monotonic

    def keep(self, process: P) -> None:
        """Start *process* again, after 1, 2, 4 … 60 seconds, until told to stop; then end it."""
        failures, began = 0, self.monotonic()
        try:
            while not self.wait(LOOK):
                code = process.poll()
                if code is None:
                    continue
                self.end(process)
                failures = 1 if self.monotonic() - began >= STEADY else failures + 1
                pause = min(2 ** (failures - 1), LONGEST_PAUSE)
                self.say(f"has ended ({how(code)}); it starts again in {pause} s")
                if self.wait(pause):
                    return
                process, began = self._again(process), self.monotonic()
        finally:
            self.end(process)

    def _again(self, process: P) -> P:
        """Return a new one, or the one that has ended where there is none to be had."""
        try:
            return self.start()
        except (OSError, BotoCoreError, ClientError) as error:
            self.say(f"can't be started ({type(error).__name__})")
            return process


def how(code: int) -> str:
    """Return how a process has ended with *code*."""
    return f"exit {code}" if code >= 0 else f"signal {-code}"
