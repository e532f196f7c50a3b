"""
Sending no faster than a platform allows, over all processes.

A send is booked in the messages table before it is made. Time is counted in slices, so that the
item stays small; a slice counts whole as long as a bit of it lies in the window, so that there is
never more in any window than the platform allows.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Self

from cococat.core.clock import Clock
from cococat.core.errors import Conflict
from cococat.core.ids import ChannelAddress, fingerprint
from cococat.core.items import Item, Items
from cococat.core.limits import Rate, Scope

SK = "rates"
SLICES = 30
"""Slices of one window."""
MARGIN = 60
"""Seconds for which an item outlives its last window."""

Slices = dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRecord:
    """
    What was booked for one account, chat or user.

    Attributes:
        key: of which.
        windows: rate -> slice number -> sends.
        expires_at: seconds since 1970.
        version: counts the writes.

    """

    key: str
    windows: dict[str, Slices] = field(default_factory=dict)
    expires_at: int = 0
    version: int = 0

    def to_item(self) -> Item:
        """Return the item to store, with the next version."""
        return {
            "pk": self.key,
            "sk": SK,
            "windows": self.windows,
            "expires_at": self.expires_at,
            "version": self.version + 1,
        }

    @classmethod
    def from_item(cls, item: Item) -> Self:
        """Return the record that *item* holds."""
        values: dict[str, Any] = {name: item[name] for name in ("windows", "expires_at", "version")}
        return cls(key=item["pk"], **values)


class RateBook:
    """
    The bookings.

    Args:
        items: the messages table.
        clock: the time.

    """

    def __init__(self, items: Items, clock: Clock) -> None:
        self._items = items
        self._clock = clock

    def book(self, key: str, rates: Iterable[Rate]) -> float:
        """
        Book one send for *key* now, and return 0; or the seconds after which there is room.

        Args:
            key: from `rate_key`.
            rates: all that hold for it.

        """
        rates = tuple(rates)
        item = self._items.get(key, SK)
        record = RateRecord(key=key) if item is None else RateRecord.from_item(item)
        while True:
            now = self._clock.now()
            wait = max(_wait(record, rate, now) for rate in rates)
            if wait > 0:
                return wait
            try:
                booked = _booked(record, rates, now)
                self._items.put(booked.to_item(), replacing=record.version or None)
            except Conflict as conflict:
                record = RateRecord.from_item(conflict.current)
            else:
                return 0


def rate_key(scope: Scope, address: ChannelAddress, identity: str) -> str:
    """Return the key of the chat or user *identity* at *address*; an account has none."""
    parts = (address.target_type, address.target_id, address.channel, address.name)
    return fingerprint("rate", scope.value, *parts, identity)


def _wait(record: RateRecord, rate: Rate, now: float) -> float:
    width = rate.seconds / SLICES
    live = _live(record.windows.get(_name(rate), {}), rate, now)
    surplus = sum(live.values()) - rate.count
    if surplus < 0:
        return 0
    for number in sorted(live, key=int):
        surplus -= live[number]
        if surplus < 0:
            return (int(number) + 1) * width + rate.seconds - now
    return rate.seconds


def _booked(record: RateRecord, rates: Iterable[Rate], now: float) -> RateRecord:
    windows, ends = {}, now
    for rate in rates:
        name, number = _name(rate), str(math.floor(now / rate.seconds * SLICES))
        live = _live(record.windows.get(name, {}), rate, now)
        windows[name] = live | {number: live.get(number, 0) + 1}
        ends = max(ends, now + rate.seconds)
    return replace(record, windows=windows, expires_at=int(ends) + MARGIN)


def _live(slices: Slices, rate: Rate, now: float) -> Slices:
    """Return those of *slices* of which a bit lies in the window that ends *now*."""
    width = rate.seconds / SLICES
    return {
        number: count
        for number, count in slices.items()
        if (int(number) + 1) * width + rate.seconds > now
    }


def _name(rate: Rate) -> str:
    return f"{rate.count}/{rate.seconds}"
