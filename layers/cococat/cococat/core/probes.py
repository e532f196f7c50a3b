"""
Probes: test messages for channels that no one can call.

Whoever verifies such a channel stores a probe in the channels table; the replica that holds the
channel's lease takes it out and feeds it through parse and route, as if its platform had sent it.
One item holds all probes, so that a replica needs one read to see that there is none.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from cococat.core.clock import Clock
from cococat.core.ids import ChannelAddress
from cococat.core.items import Item, Items, update

PK, SK = "sidecar", "probes"
LIFETIME = 120
"""Seconds after which a probe that nobody took is forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """
    One test message.

    Attributes:
        id: of the message, as it will be in the mailbox.
        address: the channel.
        update: what its platform would send.

    """

    id: str
    address: ChannelAddress
    update: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbesRecord:
    """
    The item.

    Attributes:
        waiting: id -> address, update as JSON, and until when it waits.
        expires_at: seconds since 1970.
        version: counts the writes.

    """

    waiting: dict[str, dict[str, Any]] = field(default_factory=dict)
    expires_at: int = 0
    version: int = 0

    def to_item(self) -> Item:
        """Return the item to store, with the next version."""
        return asdict(self) | {"pk": PK, "sk": SK, "version": self.version + 1}

    @classmethod
    def from_item(cls, item: Item) -> Self:
        """Return the record that *item* holds."""
        return cls(**{name: item[name] for name in item.keys() - {"pk", "sk"}})


class Probes:
    """
    The probes of one stack.

    Args:
        items: the channels table.
        clock: the time.

    """

    def __init__(self, items: Items, clock: Clock) -> None:
        self._items = items
        self._clock = clock

    def store(self, probe: Probe) -> None:
        """Let *probe* wait for the replica that listens to its channel."""
        waits = {
            "address": asdict(probe.address),
            "update": json.dumps(probe.update),
            "until": self._clock.now() + LIFETIME,
        }
        self._change(self._load(), lambda waiting: {**waiting, probe.id: waits})

    def is_waiting(self, identity: str) -> bool:
        """Tell whether nobody has taken the probe of the message *identity* yet."""
        return identity in self._load().waiting

    def take(self, addresses: Mapping[ChannelAddress, object]) -> list[Probe]:
        """Take the probes for *addresses* out, and return them."""
        record = self._load()
        own = {
            name: _probe(name, each)
            for name, each in record.waiting.items()
            if ChannelAddress(**each["address"]) in addresses
        }
        if not own:
            return []
        before = record.waiting

        def without_own(waiting: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
            nonlocal before
            before = waiting
            return {name: each for name, each in waiting.items() if name not in own}

        self._change(record, without_own)
        return [probe for name, probe in own.items() if name in before]

    def _load(self) -> ProbesRecord:
        item = self._items.get(PK, SK)
        return ProbesRecord() if item is None else ProbesRecord.from_item(item)

    def _change(
        self,
        record: ProbesRecord,
        change: Callable[[dict[str, dict[str, Any]]], dict[str, dict[str, Any]]],
    ) -> None:
        now = self._clock.now()

        def changed(current: ProbesRecord) -> ProbesRecord:
            waiting = {
                name: each for name, each in change(current.waiting).items() if each["until"] > now
            }
            return replace(current, waiting=waiting, expires_at=int(now) + LIFETIME)

        update(self._items, record, changed)


def _probe(name: str, stored: dict[str, Any]) -> Probe:
    return Probe(
        id=name,
        address=ChannelAddress(**stored["address"]),
        update=json.loads(stored["update"]),
    )
