"""Counts against limits, in memory."""


class MemoryTallies:
    """
    `cococat.core.rate_limit.Tallies` as DynamoDB would keep them.

    Attributes:
        counts: each name that was ever counted, and how often.
        asked: how often anything was to be counted.

    """

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.asked = 0

    def take(self, name: str, most: int, until: int) -> bool:
        """Count one more of *name*, unless there are *most* already."""
        self.asked += 1
        if self.counts.get(name, 0) >= most:
            return False
        self.counts[name] = self.counts.get(name, 0) + 1
        return True
