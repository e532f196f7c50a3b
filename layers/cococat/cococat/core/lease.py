"""
The lease of a token: who may listen with it, and how far that one has come.

One item in the channels table holds it, under a hash of the token. Every write is made on the
condition that nobody else has written since, and every taking-over raises the fence: so the
cursor is moved by the holder alone.

No clock is compared with another machine's. A holder counts its time from before its last write,
by its own monotonic clock, and stops a little before that time is over. Another one takes over
only when it has seen the same item, unchanged, for the whole time on its own monotonic clock. So
there are never two valid leases, whatever time it is where.
"""

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from cococat.core.clock import Clock
from cococat.core.errors import Conflict, LeaseLost
from cococat.core.ids import fingerprint
from cococat.core.items import Item, Items, update

SK = "lease"
SECONDS = 15.0
"""How long a lease lasts after its last write."""
MARGIN = 0.1
"""The part of that time by which a holder stops early."""
REMEMBERED = 30 * 24 * 3600
"""Seconds that an item stays; Telegram forgets what nobody has fetched after one day."""

Monotonic = Callable[[], float]
"""Returns seconds that never go back, and count while the machine sleeps."""


def lease_key(platform: str, token: str) -> str:
    """Return the key of the lease of *token* at *platform*; the token can't be read from it."""
    return fingerprint("lease", platform, token)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseRecord:
    """
    One token's item.

    Attributes:
        key: from `lease_key`.
        holder: who has the lease; empty where it was handed back.
        fence: rises with every taking-over.
        cursor: how far the listening has come.
        expires_at: seconds since 1970.
        version: counts the writes.

    """

    key: str
    holder: str = ""
    fence: int = 0
    cursor: dict[str, Any] = field(default_factory=dict)
    expires_at: int = 0
    version: int = 0

    def to_item(self) -> Item:
        """Return the item to store, with the next version."""
        key = {"pk": f"lease#{self.key}", "sk": SK, "version": self.version + 1}
        return asdict(self) | key

    @classmethod
    def from_item(cls, item: Item) -> Self:
        """Return the record that *item* holds."""
        return cls(**{name: item[name] for name in item.keys() - {"pk", "sk"}})


class Lease:
    """
    A lease that is held, from any thread; see `Leases.take`.

    Args:
        items: the channels table.
        record: the item as it was stored.
        good_until: until when it is good, on the clock *monotonic*.
        clock: the time, for the item's end of life.
        monotonic: the holder's own clock.
        seconds: how long a lease lasts.

    """

    def __init__(
        self,
        items: Items,
        record: LeaseRecord,
        *,
        good_until: float,
        clock: Clock,
        monotonic: Monotonic,
        seconds: float,
    ) -> None:
        self._items = items
        self._record = record
        self._good_until = good_until
        self._ended = False
        self._clock = clock
        self._monotonic = monotonic
        self._seconds = seconds
        self._writing = threading.Lock()

    @property
    def fence(self) -> int:
        """Return its fence."""
        return self._record.fence

    @property
    def cursor(self) -> dict[str, Any]:
        """Return the cursor that was kept last."""
        return self._record.cursor

    def is_good(self) -> bool:
        """
        Tell whether nobody else can have it; once it is not good, it never is again.

        The answer to a renewal may come after the lease ran out. Whoever listened has seen that
        and gone by then, so the lease must not come back to life: nobody would listen with it.
        """
        if self._monotonic() >= self._good_until:
            self._ended = True
        return not self._ended

    def renew(self) -> None:
        """
        Make it last longer.

        Raises:
            LeaseLost: it is over.

        """
        self._write(lambda record: record)

    def keep(self, cursor: dict[str, Any]) -> None:
        """
        Store *cursor*, and make the lease last longer.

        Raises:
            LeaseLost: it is over.

        """
        self._write(lambda record: replace(record, cursor=cursor))

    def release(self) -> None:
        """Hand it back, so that another one may take it at once; once it is over, do nothing."""
        try:
            self._write(lambda record: replace(record, holder=""))
        except LeaseLost:
            return
        self.end()

    def end(self) -> None:
        """Hold it no longer, whatever the table says."""
        self._ended = True

    def _write(self, change: Callable[[LeaseRecord], LeaseRecord]) -> None:
        with self._writing:
            started = self._monotonic()
            if not self.is_good():
                raise LeaseLost

            def mine(current: LeaseRecord) -> LeaseRecord:
                self._check(current)
                return change(replace(current, expires_at=_expiry(self._clock)))

            self._record = update(self._items, self._record, mine)
            self._good_until = started + _usable(self._seconds)

    def _check(self, current: LeaseRecord) -> None:
        """Go on where the newest item is of this very lease: a write's answer may get lost."""
        own = self._record
        if (current.holder, current.fence) != (own.holder, own.fence):
            self.end()
            raise LeaseLost


class Leases:
    """
    Takes leases for one holder.

    Args:
        items: the channels table.
        clock: the time, for the items' end of life.
        monotonic: this holder's own clock.
        holder: a name that no other process has, nor ever had.
        seconds: how long a lease lasts; the same for every holder.

    """

    def __init__(
        self,
        items: Items,
        *,
        clock: Clock,
        monotonic: Monotonic,
        holder: str,
        seconds: float = SECONDS,
    ) -> None:
        self._items = items
        self._clock = clock
        self._monotonic = monotonic
        self._holder = holder
        self._seconds = seconds
        self._seen: dict[str, tuple[int, float]] = {}

    def take(self, key: str, *, standing_by: bool = False) -> Lease | None:
        """
        Return the lease with *key*, if it can be had; to be asked again and again.

        Args:
            key: from `lease_key`.
            standing_by: whether to leave a free one to others, as long as they come in time.

        """
        record = self._read(key)
        is_free = not record.holder and not standing_by
        if not is_free and not self._has_lapsed(record):
            return None
        self._seen.pop(key, None)
        return self._claim(record)

    def lapses_at(self, key: str) -> float:
        """Return when the lease with *key* can be had unless it changes; infinity for unknown."""
        _, since = self._seen.get(key, (-1, float("inf")))
        return since + self._seconds

    def forget(self, key: str) -> None:
        """Watch the lease with *key* no longer."""
        self._seen.pop(key, None)

    def _read(self, key: str) -> LeaseRecord:
        item = self._items.get(f"lease#{key}", SK)
        return LeaseRecord(key=key) if item is None else LeaseRecord.from_item(item)

    def _has_lapsed(self, record: LeaseRecord) -> bool:
        """Tell whether the item was seen as it is for the whole time of a lease."""
        now = self._monotonic()
        version, since = self._seen.get(record.key, (-1, now))
        if version != record.version:
            self._seen[record.key] = (record.version, now)
            return False
        return now - since >= self._seconds

    def _claim(self, record: LeaseRecord) -> Lease | None:
        started = self._monotonic()
        taken = replace(
            record,
            holder=self._holder,
            fence=record.fence + 1,
            expires_at=_expiry(self._clock),
        )
        item = taken.to_item()
        try:
            self._items.put(item, replacing=record.version or None)
        except Conflict as conflict:
            # A put whose answer got lost is made again, and then meets itself.
            if not self._is_own(conflict.current, taken):
                return None
        return Lease(
            self._items,
            LeaseRecord.from_item(item),
            good_until=started + _usable(self._seconds),
            clock=self._clock,
            monotonic=self._monotonic,
            seconds=self._seconds,
        )

    def _is_own(self, current: Item, taken: LeaseRecord) -> bool:
        return (current.get("holder"), current.get("fence")) == (self._holder, taken.fence)


def _usable(seconds: float) -> float:
    return seconds * (1 - MARGIN)


def _expiry(clock: Clock) -> int:
    return int(clock.now()) + REMEMBERED
