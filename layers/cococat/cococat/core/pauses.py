"""Pauses between tries, which double for as long as trying is no use."""

MOST_DOUBLINGS = 64
"""From here on any pause is a longest one; a thousand doublings are more than a float can hold."""


def doubled(first: float, times: int, longest: float) -> float:
    """Return *first* seconds, doubled so many *times*, but *longest* at most."""
    return min(first * 2.0 ** min(times, MOST_DOUBLINGS), longest)
