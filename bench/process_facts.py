"""What the kernel knows of a process."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bench.errors import MeasurementFailed

_PROCESSES = Path("/proc")
_LINE = re.compile(r"^(VmRSS|Threads):\s+(\d+)", re.MULTILINE)


def is_told() -> bool:
    """Tell whether this machine's kernel tells it."""
    return (_PROCESSES / "self" / "status").exists()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessFacts:
    """
    A process at one moment.

    Attributes:
        rss: KiB of its memory that are in RAM.
        threads: how many it has.
        descriptors: how many files and sockets it has open.

    """

    rss: int
    threads: int
    descriptors: int

    @classmethod
    def of(cls, pid: int) -> Self:
        """
        Look at the process *pid*.

        Raises:
            MeasurementFailed: there is none.

        """
        try:
            status = (_PROCESSES / str(pid) / "status").read_text("ascii", "replace")
            descriptors = len(os.listdir(_PROCESSES / str(pid) / "fd"))  # noqa: PTH208 - a count
        except OSError as error:
            raise MeasurementFailed(f"process {pid} can't be looked at: {error}") from None
        told = {name: int(value) for name, value in _LINE.findall(status)}
        if told.keys() < {"VmRSS", "Threads"}:
            raise MeasurementFailed(f"process {pid} has ended")
        return cls(rss=told["VmRSS"], threads=told["Threads"], descriptors=descriptors)
