"""
The replicas of the sidecar: who of them is alive, and which tokens are whose.

One item in the channels table counts every replica's beats. A replica is alive as long as the
others see its count rise, each by its own clock; so no clock is compared with another machine's.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from cococat.core.clock import Clock
from cococat.core.items import Item, Items, update
from cococat.core.lease import Monotonic

PK, SK = "sidecar", "roster"
ALIVE = 6.0
"""
Seconds without a beat after which a replica counts as dead. It is so when its leases lapse: 15
seconds after their last renewal, which lies 5 seconds back at most; a beat is seen after 2.
"""
STRUCK_OFF = 60.0
"""Seconds after which it is taken off the roster."""
REMEMBERED = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRecord:
    """
    The item.

    Attributes:
        beats: replica -> how often it has given a sign of life.
        expires_at: seconds since 1970.
        version: counts the writes.

    """

    beats: dict[str, int] = field(default_factory=dict)
    expires_at: int = 0
    version: int = 0

    def to_item(self) -> Item:
        """Return the item to store, with the next version."""
        key = {"pk": PK, "sk": SK, "version": self.version + 1}
        return {"beats": self.beats, "expires_at": self.expires_at} | key

    @classmethod
    def from_item(cls, item: Item) -> Self:
        """Return the record that *item* holds."""
        return cls(**{name: item[name] for name in item.keys() - {"pk", "sk"}})


class Roster:
    """
    The roster, as one replica sees it.

    Args:
        items: the channels table.
        clock: the time, for the item's end of life.
        monotonic: this replica's own clock.
        me: this replica.

    """

    def __init__(self, items: Items, *, clock: Clock, monotonic: Monotonic, me: str) -> None:
        self._items = items
        self._clock = clock
        self._monotonic = monotonic
        self._me = me
        self._seen: dict[str, tuple[int, float]] = {}

    def beat(self) -> None:
        """Give a sign of life, and see who else does."""

        def change(current: RosterRecord) -> RosterRecord:
            beats = self._without_the_dead(current.beats)
            beats[self._me] = beats.get(self._me, 0) + 1
            return self._changed(current, beats)

        self._look_at(update(self._items, self._load(), change).beats)

    def leave(self) -> None:
        """Be no replica any more."""

        def change(current: RosterRecord) -> RosterRecord:
            rest = {name: count for name, count in current.beats.items() if name != self._me}
            return self._changed(current, rest)

        update(self._items, self._load(), change)

    def alive(self) -> list[str]:
        """Return the replicas that live, this one among them."""
        now = self._monotonic()
        others = [name for name, (_, since) in self._seen.items() if now - since < ALIVE]
        return sorted({*others, self._me})

    def _load(self) -> RosterRecord:
        item = self._items.get(PK, SK)
        return RosterRecord() if item is None else RosterRecord.from_item(item)

    def _changed(self, current: RosterRecord, beats: dict[str, int]) -> RosterRecord:
        return replace(current, beats=beats, expires_at=int(self._clock.now()) + REMEMBERED)

    def _without_the_dead(self, beats: dict[str, int]) -> dict[str, int]:
        now = self._monotonic()
        return {
            name: count
            for name, count in beats.items()
            if name not in self._seen
            or self._seen[name][0] != count
            or now - self._seen[name][1] < STRUCK_OFF
        }

    def _look_at(self, beats: dict[str, int]) -> None:
        now = self._monotonic()
        for name, count in beats.items():
            if self._seen.get(name, (-1, now))[0] != count:
                self._seen[name] = (count, now)
        for gone in self._seen.keys() - beats.keys():
            del self._seen[gone]


@dataclass(frozen=True, slots=True)
class Turn:
    """
    Whose turn a token is.

    Attributes:
        first: the replica that is to have it.
        second: the one that stands by; empty where there is only one.

    """

    first: str
    second: str


def turns(keys: Iterable[str], replicas: Sequence[str]) -> dict[str, Turn]:
    """
    Return whose turn each of *keys* is, the same for whoever asks.

    Each key ranks the replicas in an order of its own, and goes to the first in it that has not
    its full share yet: so the load is even, and little moves when a replica comes or goes.
    """
    wanted = sorted(set(keys))
    share = -(-len(wanted) // len(replicas))
    load = dict.fromkeys(replicas, 0)
    found = {}
    for key in wanted:
        ranking = sorted(replicas, key=lambda replica: _rank(key, replica))
        first = next(replica for replica in ranking if load[replica] < share)
        load[first] += 1
        second = next((replica for replica in ranking if replica != first), "")
        found[key] = Turn(first, second)
    return found


def _rank(key: str, replica: str) -> bytes:
    return hashlib.sha256(f"{key} {replica}".encode()).digest()
