"""
How fast sessions at Discord's gateway are begun.

A bot that begins more than 1000 sessions in 24 hours has its token reset. So there is a pause
before each, which doubles until a session lasts: 288 in a day at most, whatever happens.
Source: Discord API documentation, "Gateway", section on rate limiting and session start limits.
"""

from cococat.core.pauses import doubled

SHORTEST, LONGEST = 5.0, 300.0
LASTS = 300.0
"""Seconds after which a session counts as a good one."""
RESERVE = 10
"""Sessions that are left to whoever else uses the token, or restarts this program."""
MANY = 10
"""Connections that may be lost in `WITHIN` seconds; a session that loses more is given up."""
WITHIN = 60.0


class Pace:
    """The pauses between the sessions of one bot."""

    def __init__(self) -> None:
        self._failures = 0

    def after(self, lasted: float) -> float:
        """Return the seconds to wait after a session that *lasted* so many."""
        if lasted >= LASTS:
            self._failures = 0
        self._failures += 1
        return doubled(SHORTEST, self._failures - 1, LONGEST)


class Losses:
    """The connections that one session has lost lately."""

    def __init__(self) -> None:
        self._times: list[float] = []

    def are_too_many(self, now: float) -> bool:
        """Take note of one more, at *now* on a clock that never goes back."""
        self._times = [each for each in self._times if each > now - WITHIN] + [now]
        return len(self._times) > MANY
