"""Slowing down whoever keeps guessing: a count of failures, minute by minute."""

from dataclasses import dataclass
from typing import Self

from cococat.core.clock import Clock
from cococat.core.ids import fingerprint
from cococat.core.items import Item, Items, update

WINDOW = 60
MOST = 10
"""Failures of one caller in one minute, after which the minute is over for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failures:
    pk: str
    count: int = 0
    expires_at: int
    version: int = 0

    def to_item(self) -> Item:
        return {
            "pk": self.pk,
            "sk": "failures",
            "count": self.count,
            "expires_at": self.expires_at,
            "version": self.version + 1,
        }

    @classmethod
    def from_item(cls, item: Item) -> Self:
        return cls(**{name: item[name] for name in item.keys() - {"sk"}})


class Throttle:
    """
    Counts the failures of callers.

    Args:
        items: where the counts are.
        clock: the time.

    """

    def __init__(self, items: Items, clock: Clock) -> None:
        self._items = items
        self._clock = clock

    def is_exhausted(self, caller: str) -> bool:
        """Tell whether *caller* has failed too often in this minute."""
        item = self._items.get(self._key(caller), "failures")
        return item is not None and item["count"] >= MOST

    def fail(self, caller: str) -> None:
        """Count one failure of *caller*."""
        minute_ends = (int(self._clock.now()) // WINDOW + 1) * WINDOW
        fresh = _Failures(pk=self._key(caller), expires_at=minute_ends)

        def change(current: _Failures) -> _Failures:
            return _Failures(
                pk=current.pk,
                count=current.count + 1,
                expires_at=current.expires_at,
                version=current.version,
            )

        update(self._items, fresh, change)

    def _key(self, caller: str) -> str:
        minute = int(self._clock.now()) // WINDOW
        return fingerprint("failures", caller, str(minute))
