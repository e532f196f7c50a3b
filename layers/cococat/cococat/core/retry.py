"""When a queue shows a message again."""

from dataclasses import dataclass

LONGEST = 120


@dataclass(frozen=True, slots=True)
class Retry:
    """
    The fate of a queue message that is to be tried again.

    Attributes:
        delay: seconds until the queue shows it again.

    """

    delay: int


def backoff(tries: int) -> Retry:
    """Return the wait after *tries* failed tries: 1, 2, 4 … seconds, at most two minutes."""
    return Retry(min(2 ** max(tries - 1, 0), LONGEST))
