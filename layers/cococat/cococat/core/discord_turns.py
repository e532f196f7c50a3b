"""
When Discord takes the next call, as its answers say.

Its limits are not written down here: each answer names what is left of its own, and how long a
full one lasts. Whoever goes on asking for what is refused has its address shut out; a long way
before that, nothing is asked any more. Source: Discord API documentation, "Rate Limits" (headers,
global limit, invalid request limit: 10,000 answers 401, 403 or 429 in 10 minutes).
"""

from http import HTTPStatus

from cococat.core import discord_answer
from cococat.core.clock import Clock
from cococat.core.http_client import HttpAnswer

REFUSALS, WITHIN = 500, 600.0
"""How many refusals in how many seconds are enough; other processes share our address."""

_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)
_ALL = ""


class Turns:
    """
    The turns of one bot in this process.

    Args:
        clock: the time.

    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}
        self._refusals: list[float] = []

    def wait(self, route: str) -> float:
        """Return the seconds until *route*, a kind of call in one channel, may be called."""
        now = self._clock.now()
        at = max(self._until.get(route, 0.0), self._until.get(_ALL, 0.0))
        if len(self._refusals) >= REFUSALS:
            at = max(at, self._refusals[-REFUSALS] + WITHIN)
        return max(0.0, at - now)

    def note(self, route: str, answer: HttpAnswer) -> None:
        """Take note of what *answer* to a call of *route* says of the next one."""
        now = self._clock.now()
        self._until = {each: at for each, at in self._until.items() if at > now}
        self._refusals = [at for at in self._refusals if at > now - WITHIN]
        pause = discord_answer.pause_after(answer)
        if pause:
            self._until[_ALL if discord_answer.is_for_all(answer) else route] = now + pause
        if answer.status in _REFUSED and answer.headers.get("x-ratelimit-scope") != "shared":
            self._refusals.append(now)
