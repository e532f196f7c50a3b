"""
Limits of how often somebody may ask, as a config names them: `60/minute`.

Time is cut into windows of the limit's length, and each window counts from nothing. So around
the border of two windows twice as many may come at once, and never more in the long run.
"""

import math
import re
from dataclasses import dataclass
from typing import Any, Protocol

from cococat.core.clock import Clock
from cococat.core.ids import fingerprint

KINDS = ("per_key", "per_user")
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
EXPECTED = (
    f'an object with one or more of {", ".join(KINDS)}, each like "60/minute" '
    f"({', '.join(SECONDS)})"
)

_RATE = re.compile(rf"([1-9][0-9]{{0,5}})/({'|'.join(SECONDS)})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Rate:
    """
    A limit.

    Attributes:
        most: how many may come in a window.
        seconds: how long a window is.

    """

    most: int
    seconds: int


class Tallies(Protocol):
    """Counts up to a limit, each count with one write."""

    def take(self, name: str, most: int, until: int) -> bool:
        """
        Count one more of *name*, unless there are *most* already; return whether it was counted.

        The count is forgotten some time after *until*, seconds since 1970.
        """
        ...


class Limiter:
    """
    Counts against one limit.

    Args:
        rate: the limit.
        tallies: where the counts are.
        clock: the time.

    """

    def __init__(self, rate: Rate, tallies: Tallies, clock: Clock) -> None:
        self._rate = rate
        self._tallies = tallies
        self._clock = clock

    def take(self, *who: str) -> int:
        """Count one of *who*; return 0, or the seconds after which there is room again."""
        now = self._clock.now()
        window = int(now) // self._rate.seconds
        ends = (window + 1) * self._rate.seconds
        # The limit is a part of the name: another limit counts from nothing.
        rate = f"{self._rate.most}/{self._rate.seconds}"
        name = fingerprint("rate", rate, *who, str(window))
        if self._tallies.take(name, self._rate.most, ends):
            return 0
        return max(math.ceil(ends - now), 1)


def parse(rate: str) -> Rate:
    """Return the limit that *rate*, checked before, stands for."""
    most, _, unit = rate.partition("/")
    return Rate(int(most), SECONDS[unit])


def is_rate_limit(value: Any) -> bool:  # noqa: ANN401 - JSON
    """Tell whether *value* is the option `rate_limit` of a config."""
    if not isinstance(value, dict) or not value or not value.keys() <= set(KINDS):
        return False
    return all(isinstance(each, str) and _RATE.fullmatch(each) for each in value.values())
