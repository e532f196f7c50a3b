"""A messages table in memory."""

from copy import deepcopy

from cococat.core.clock import Clock
from cococat.core.dead_letters import OPEN, DeadLetter
from cococat.core.errors import Conflict
from cococat.core.items import Item


class MemoryItems:
    """
    `cococat.core.items.Items` and the index of dead letters, as DynamoDB would keep them.

    Attributes:
        stored: every item that was ever written, expired or not, by its key.

    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.stored: dict[tuple[str, str], Item] = {}

    def get(self, pk: str, sk: str) -> Item | None:
        """Return the item as the last write left it, or None where it is absent or expired."""
        item = self.stored.get((pk, sk))
        alive = item is not None and item["expires_at"] > self._clock.now()
        return deepcopy(item) if alive else None

    def put(self, item: Item, *, replacing: int | None) -> None:
        """Write *item* over the one with version *replacing*; an expired one is no obstacle."""
        key = (item["pk"], item["sk"])
        current = self.stored.get(key)
        if replacing is None:
            free = current is None or current["expires_at"] <= int(self._clock.now())
        else:
            free = current is not None and current["version"] == replacing
        if not free:
            raise Conflict(deepcopy(current or {}))
        self.stored[key] = {
            name: deepcopy(value) for name, value in item.items() if value is not None
        }

    def open_letters(self, limit: int) -> list[DeadLetter]:
        """Return at most *limit* open dead letters, the newest first."""
        found = [item for item in self.stored.values() if item.get("dead_state") == OPEN]
        found.sort(key=lambda item: item["dead_at"], reverse=True)
        return [DeadLetter.from_item(deepcopy(item)) for item in found[:limit]]
