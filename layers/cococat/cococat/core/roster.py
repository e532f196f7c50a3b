"""
The replicas of the sidecar: who is alive, whose session has ended, and which token is whose.

One item in the channels table counts the beats of every replica's session. A replica is alive as
long as the others see its count rise, each by its own clock; so no clock is compared with another
machine's. A replica counts its session's time from before its last beat, by its own clock, and
stops a little before that time is over. The others count the session as over only when they have
seen its count unchanged, or it missing, for the whole time on their own clocks.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from cococat.core.clock import Clock
from cococat.core.items import Item, Items, update
from cococat.core.session import SECONDS, Monotonic, Session

PK, SK = "sidecar", "roster"
ALIVE = 6.0
"""
Seconds without a beat after which a replica counts as dead: its tokens are another's turn then,
and are had as soon as its session is over.
"""
STRUCK_OFF = 60.0
"""Seconds after which a session is taken off the roster."""
REMEMBERED = 24 * 3600
FORGOTTEN = 3600.0
"""Seconds for which a session that is missing is remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRecord:
    """
    The item.

    Attributes:
        beats: session -> how often it has given a sign of life.
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
        self._number = 0
        self._session = Session("", float("-inf"), monotonic)
        self._looked_at = float("-inf")
        self._seen: dict[str, tuple[int | None, float]] = {}

    @property
    def session(self) -> Session:
        """Return this replica's own session, which is over where no beat came through."""
        return self._session

    def beat(self) -> None:
        """Give a sign of life, in a new session where the last one is over; see who else does."""
        began = self._monotonic()
        session = self._session
        if not session.is_good():
            session = Session(f"{self._me}/{self._number + 1}", began, self._monotonic)

        def change(current: RosterRecord) -> RosterRecord:
            beats = self._without_the_dead(current.beats)
            beats[session.name] = beats.get(session.name, 0) + 1
            return self._changed(current, beats)

        beats = update(self._items, self._load(), change).beats
        if session is not self._session:
            self._session, self._number = session, self._number + 1
        session.extend(began)
        self._look_at(beats, began)

    def look(self) -> None:
        """See who gives signs of life."""
        began = self._monotonic()
        self._look_at(self._load().beats, began)

    def leave(self) -> None:
        """Be no replica any more."""

        def change(current: RosterRecord) -> RosterRecord:
            rest = {name: beats for name, beats in current.beats.items() if not self._is_own(name)}
            return self._changed(current, rest)

        update(self._items, self._load(), change)

    def alive(self) -> list[str]:
        """Return the replicas that live, this one among them."""
        now = self._monotonic()
        others = [
            name.rpartition("/")[0]
            for name, (count, since) in self._seen.items()
            if count is not None and now - since < ALIVE
        ]
        return sorted({*others, self._me})

    def is_over(self, name: str) -> bool:
        """
        Tell whether the session called *name* has surely ended.

        What counts is when it was last looked, not the time by now: who can't see the table
        can't see a sign of life either.
        """
        if self._is_own(name):
            return name != self._session.name or not self._session.is_good()
        _, since = self._seen.setdefault(name, (None, self._monotonic()))
        return self._looked_at - since >= SECONDS

    def _is_own(self, name: str) -> bool:
        return name.rpartition("/")[0] == self._me

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

    def _look_at(self, beats: dict[str, int], began: float) -> None:
        """Take note of *beats*, which the table held at some time since *began*."""
        now = self._monotonic()
        self._seen = {
            name: (count, since)
            for name, (count, since) in self._seen.items()
            if count is not None or now - since < FORGOTTEN
        }
        for name in {*beats, *self._seen}:
            count = beats.get(name)
            if name not in self._seen or self._seen[name][0] != count:
                self._seen[name] = (count, now)
        self._looked_at = began


def turns(keys: Iterable[str], replicas: Sequence[str]) -> dict[str, str]:
    """
    Return which of *replicas* is to have each of *keys*, the same for whoever asks.

    Each key ranks the replicas in an order of its own, and goes to the first in it that has not
    its full share yet: so the load is even, and little moves when a replica comes or goes.
    """
    wanted = sorted(set(keys))
    share = -(-len(wanted) // len(replicas))
    load = dict.fromkeys(replicas, 0)
    found = {}
    for key in wanted:
        ranking = sorted(replicas, key=lambda replica: _rank(key, replica))
        found[key] = next(replica for replica in ranking if load[replica] < share)
        load[found[key]] += 1
    return found


def _rank(key: str, replica: str) -> bytes:
    return hashlib.sha256(f"{key} {replica}".encode()).digest()
