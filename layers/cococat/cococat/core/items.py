"""
The tables, as the core sees them: items that change only from a known version.

Layout (partition key `pk`, sort key `sk`); every item has `version` and `expires_at`, and one
past its `expires_at` counts as absent, whether or not the table has removed it yet.

Messages table:

    message id    message      MessageRecord: claim, reply, trace          24 hours
    message id    part#0001    PartRecord: what became of one sent part    24 hours
    message id    dead[#0001]  DeadLetter, found by the sparse index       90 days
    message id    file#0001    a file that came with a Web API's question  24 hours
    digest        media        a file that was uploaded to WeCom           3 days
    digest        pending      PendingRecord: what waits for a WeChat user    48 hours
    digest        service      a WeChat account that can't send by itself     7 days at most
    digest        tally        a count against a limit (no version)        its window

Channels table, beside what `cococat.aws` keeps there:

    token#account  token       TokenRecord: an access token and its lease  24 hours
    bot#account    bot         BotIdentities: who an account's bot is      10 years
    lease#token    lease       LeaseRecord: who listens, and how far       30 days
    sidecar        roster      RosterRecord: which replicas there are      24 hours
    sidecar        probes      ProbesRecord: test messages for listeners   2 minutes

An item is read, changed and written back on the condition that its version is still the one
that was read. So every rule of the claims is plain code over one record.
"""

from collections.abc import Callable
from typing import Any, Protocol, Self

from cococat.core.errors import Conflict

Item = dict[str, Any]


class Items(Protocol):
    """A table of items, changed one at a time."""

    def get(self, pk: str, sk: str) -> Item | None:
        """Return the item as the last write left it, or None."""
        ...

    def put(self, item: Item, *, replacing: int | None) -> None:
        """
        Write *item* over the one with version *replacing*; None means that there is none.

        Raises:
            Conflict: the item has another version.

        """
        ...


class Record(Protocol):
    """A typed view of an item."""

    @property
    def version(self) -> int:
        """Return the version that was read; 0 where the item is not stored yet."""
        ...

    def to_item(self) -> Item:
        """Return the item to store, with the next version."""
        ...

    @classmethod
    def from_item(cls, item: Item) -> Self:
        """Return the record that *item* holds."""
        ...


def update[R: Record](items: Items, record: R, change: Callable[[R], R]) -> R:
    """
    Store what *change* makes of *record*, or of the newer one that another writer left.

    Returns the record as stored.
    """
    while True:
        changed = change(record)
        item = changed.to_item()
        try:
            items.put(item, replacing=record.version or None)
        except Conflict as conflict:
            record = type(record).from_item(conflict.current)
        else:
            return type(record).from_item(item)
