"""Holders of one lease, each with a clock of its own."""

from cococat.core.items import Items
from cococat.core.lease import Lease, LeaseRecord, Leases, lease_key
from cococat.core.roster import Roster
from tests.support.clock import FakeClock
from tests.support.items import MemoryItems

KEY = lease_key("telegram", "123456:secret")


class Holder:
    """
    A replica that takes leases.

    Args:
        items: the table, as it sees it.
        clock: the true time.
        name: its name.
        offset: what its own clock is ahead of that.

    """

    def __init__(self, items: Items, clock: FakeClock, name: str, offset: float = 0.0) -> None:
        def monotonic() -> float:
            return clock.now() + offset

        self.roster = Roster(items, clock=clock, monotonic=monotonic, me=name)
        self.leases = Leases(items, self.roster, clock)
        self.roster.beat()

    def take(self) -> Lease | None:
        """Look at the others and take the lease, if it can be had."""
        self.roster.look()
        return self.leases.take(KEY)


class Bench:
    """A table, and holders whose clocks all say something else."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.items = MemoryItems(self.clock)

    def holder(self, name: str, offset: float = 0.0) -> Holder:
        """Return a replica called *name*, which has a session."""
        return Holder(self.items, self.clock, name, offset)

    def taken(self, name: str = "a") -> Lease:
        """Return the lease, which *name* takes at once."""
        lease = self.holder(name).take()
        assert lease is not None
        return lease

    def stored(self) -> LeaseRecord:
        """Return what is in the table."""
        item = self.items.get(f"lease#{KEY}", "lease")
        assert item is not None
        return LeaseRecord.from_item(item)
