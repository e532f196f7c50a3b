"""
The lease of a token: who may listen with it, and how far that one has come.

One item in the channels table holds it, under a hash of the token, or of the bot that a token
names: then a bot whose token is reset goes on where it was. Every write is made on the
condition that nobody else has written since, and every taking-over raises the fence: so the
cursor is moved by the holder alone.

The holder is the session of a replica, and a lease is good for as long as its holder's session
is: another one takes over only from a session that it has seen end. So there are never two valid
leases, and none of them has to be renewed; see `cococat.core.roster`.
"""

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol, Self

from cococat.core.clock import Clock
from cococat.core.errors import Conflict, LeaseLost
from cococat.core.ids import fingerprint
from cococat.core.items import Item, Items, update
from cococat.core.session import Session

SK = "lease"
REMEMBERED = 30 * 24 * 3600
"""Seconds that an item stays; Telegram forgets what nobody has fetched after one day."""


def lease_key(platform: str, token: str) -> str:
    """Return the key of the lease of *token*, or its bot, at *platform*; it can't be read in it."""
    return fingerprint("lease", platform, token)


class Sessions(Protocol):
    """The sessions of all replicas, as one of them sees them."""

    @property
    def session(self) -> Session:
        """Return this replica's own."""
        ...

    def is_over(self, name: str) -> bool:
        """Tell whether the session called *name* has surely ended."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseRecord:
    """
    One token's item.

    Attributes:
        key: from `lease_key`.
        holder: the session that has the lease; empty where it was handed back.
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
        session: the holder.
        clock: the time, for the item's end of life.

    """

    def __init__(self, items: Items, record: LeaseRecord, session: Session, clock: Clock) -> None:
        self._items = items
        self._record = record
        self._session = session
        self._clock = clock
        self._ended = False
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
        """Tell whether nobody else can have it; once it is not good, it never is again."""
        return not self._ended and self._session.is_good()

    def keep(self, cursor: dict[str, Any]) -> None:
        """
        Store *cursor*.

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
            if not self.is_good():
                raise LeaseLost

            def mine(current: LeaseRecord) -> LeaseRecord:
                self._check(current)
                return change(replace(current, expires_at=_expiry(self._clock)))

            self._record = update(self._items, self._record, mine)

    def _check(self, current: LeaseRecord) -> None:
        """Go on where the newest item is of this very lease: a write's answer may get lost."""
        own = self._record
        if (current.holder, current.fence) != (own.holder, own.fence):
            self.end()
            raise LeaseLost


class Leases:
    """
    Takes leases for one replica; several at once, but each by one thread at a time.

    Args:
        items: the channels table.
        sessions: this replica's own, and what is known of the others'.
        clock: the time, for the items' end of life.

    Attributes:
        doubtful: the keys of leases that were asked for and may be held, because no answer came.

    """

    def __init__(self, items: Items, sessions: Sessions, clock: Clock) -> None:
        self._items = items
        self._sessions = sessions
        self._clock = clock
        self.doubtful: set[str] = set()

    def take(self, key: str) -> Lease | None:
        """
        Return the lease with *key*, if it can be had; to be asked again and again.

        One that this session has already, by a write whose answer got lost, is had at once.
        """
        session = self._sessions.session
        if not session.is_good():
            return None
        record = self._read(key)
        is_free = record.holder in ("", session.name) or self._sessions.is_over(record.holder)
        return self._claim(record, session) if is_free else None

    def drop(self, key: str) -> None:
        """
        Hand back what a `take` without an answer has taken, or may still take.

        The version rises in any case: a write that is still under way comes to nothing then.
        """
        record, session = self._read(key), self._sessions.session
        if record.holder == session.name:
            record = replace(record, holder="")
        changed = replace(record, expires_at=_expiry(self._clock))
        try:
            self._items.put(changed.to_item(), replacing=record.version or None)
        except Conflict:  # it is looked at once more
            return
        self.doubtful.discard(key)

    def _read(self, key: str) -> LeaseRecord:
        item = self._items.get(f"lease#{key}", SK)
        return LeaseRecord(key=key) if item is None else LeaseRecord.from_item(item)

    def _claim(self, record: LeaseRecord, session: Session) -> Lease | None:
        taken = replace(
            record,
            holder=session.name,
            fence=record.fence + 1,
            expires_at=_expiry(self._clock),
        )
        item = taken.to_item()
        self.doubtful.add(record.key)
        try:
            self._items.put(item, replacing=record.version or None)
        except Conflict as conflict:
            self.doubtful.discard(record.key)
            # A put whose answer got lost is made again, and then meets itself.
            if not _is_own(conflict.current, taken):
                return None
        self.doubtful.discard(record.key)
        return Lease(self._items, LeaseRecord.from_item(item), session, self._clock)


def _is_own(current: Item, taken: LeaseRecord) -> bool:
    return (current.get("holder"), current.get("fence")) == (taken.holder, taken.fence)


def _expiry(clock: Clock) -> int:
    return int(clock.now()) + REMEMBERED
