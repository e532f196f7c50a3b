"""The time, as something that can be handed in."""

import time
from datetime import UTC, datetime
from typing import Protocol

LATEST = 253_402_300_799
"""The last second of the year 9999."""


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> float:
        """Return seconds since 1970, UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let *seconds* pass."""
        ...


class SystemClock:
    """The machine's own clock."""

    now = staticmethod(time.time)
    sleep = staticmethod(time.sleep)


def iso(seconds: float) -> str:
    """
    Return *seconds* since 1970 as ISO 8601 in UTC, to the millisecond.

    A time that a stranger made up, and that has no such form, is the first or the last that has.
    """
    if not 0 <= seconds <= LATEST:
        seconds = LATEST if seconds > LATEST else 0
    at = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    return f"{at.isoformat('T', 'milliseconds')}+00:00"


def time_of_day(seconds: float) -> str:
    """Return the time of day of *seconds* since 1970, for people: `16:31:05 UTC`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M:%S UTC")
