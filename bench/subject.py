"""What is measured, and what proves that it did its work."""

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import messages
from bench.aws import StubAws
from bench.errors import MeasurementFailed
from bench.subjects import facts

Traffic = Callable[[int], dict[str, dict[str, Any]]]
"""Returns so many requests, each with a message of its own, by the messages' ids."""

PYTHON = getattr(sys, "_base_executable", "") or sys.executable
# No site hooks of this machine, no bytecode written, no current folder.
FLAGS = ("-S", "-B", "-P")
NOISE = 1000
"""How many characters an error quotes at most of what a subject wrote to stderr."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """
    What is measured.

    Attributes:
        name: its module in `bench.subjects`.
        title: what people call it.
        path: the folders that it may import from.
        environment: all of its environment.
        expects: the body of its answer.
        takes: whether it takes messages.
        traffic: makes the messages that it is sent.

    """

    name: str
    title: str
    path: tuple[Path, ...]
    environment: Mapping[str, str]
    expects: str = facts.SUCCESS
    takes: bool = True
    traffic: Traffic = messages.requests

    def command(self, how: str, *arguments: object) -> list[str]:
        """
        Return the words of a Python that runs it.

        Args:
            how: a function of `bench.subjects.run`.
            arguments: what that takes beside the subject's name.

        """
        folders = [str(folder) for folder in self.path]
        code = f"import sys; sys.path[:0] = {folders}; "
        code += f"from bench.subjects import run; run.{how}{(self.name, *arguments)!r}"
        return [PYTHON, *FLAGS, "-c", code]

    def check(self, sent: Iterable[str], said: Mapping[str, Any], aws: StubAws) -> None:
        """
        Look whether every answer is right, and whether every message has arrived once.

        Args:
            sent: the ids of the messages.
            said: what the subject said.
            aws: what may have got the messages.

        Raises:
            MeasurementFailed: it is not so.

        """
        wrong = [answer for answer in said["answers"] if answer != [200, self.expects]]
        if wrong:
            message = f"{self.title}: a wrong answer: {wrong[0]}\n{said['noise'][-NOISE:]}"
            raise MeasurementFailed(message)
        taken = sorted([*said["taken"], *aws.taken()])
        wanted = sorted(sent) if self.takes else []
        if taken != wanted:
            raise MeasurementFailed(
                f"{self.title}: {len(wanted)} messages should have been taken, {len(taken)} were."
            )
