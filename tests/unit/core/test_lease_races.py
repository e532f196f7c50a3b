"""Whatever happens, there are never two holders of one lease."""

from random import Random

import pytest

from cococat.core.errors import LeaseLost
from cococat.core.items import Item
from cococat.core.lease import Lease
from tests.support.clock import FakeClock
from tests.support.items import MemoryItems
from tests.support.leases import KEY, Bench, Holder


@pytest.fixture(name="bench")
def _bench() -> Bench:
    return Bench()


class Life:
    """
    What one replica does, by chance, on a table that is slow for it now and then.

    Args:
        bench: the table.
        name: its name.
        random: what comes when.
        leases: takes up all leases that anybody gets.

    """

    def __init__(self, bench: Bench, name: str, random: Random, leases: list[Lease]) -> None:
        self._bench = bench
        self._name = name
        self._random = random
        self._leases = leases
        self._table = _Slow(bench.items, bench.clock)
        self._offset = random.uniform(-1e9, 1e9)

    def live(self) -> None:
        """Do one thing after the other; each time as somebody else who has died before."""
        for number in range(4):
            holder = Holder(self._table, self._bench.clock, f"{self._name}{number}", self._offset)
            own: list[Lease] = []
            for _ in range(self._random.randint(5, 40)):
                self._bench.clock.sleep(self._random.choice((0, 0.5, 1, 2, 5)))
                self._table.before = self._random.choice((0, 0, 0, 1, 6, 13))
                self._table.after = self._random.choice((0, 0, 0, 1, 6, 13))
                self._do(holder, own)

    def _do(self, holder: Holder, own: list[Lease]) -> None:
        act = self._random.choice(("beat", "beat", "beat", "look", "look", "take", "keep", "give"))
        if act == "beat":
            holder.roster.beat()
        elif act == "look":
            holder.roster.look()
        elif not own or not own[-1].is_good():
            taken = holder.leases.take(KEY)
            if taken is not None:
                own.append(taken)
                self._leases.append(taken)
        elif act != "take":
            _use(own[-1], act, self._bench)


@pytest.mark.parametrize("seed", range(60))
def test_there_are_never_two_valid_leases(seed: int) -> None:
    """Whatever holders do, however slow the table is, and whatever their clocks say."""
    bench = Bench()
    leases: list[Lease] = []
    fences: list[int] = []
    lives = [Life(bench, name, Random(f"{seed} {name}"), leases) for name in "abc"]  # noqa: S311 - no secret
    tasks = [bench.clock.start(each.live) for each in lives]
    while not all(task.done for task in tasks):
        bench.clock.advance(0.25)
        good = [lease for lease in leases if lease.is_good()]
        assert len(good) <= 1
        assert all(lease.fence == bench.stored().fence for lease in good)
        fences.append(max((lease.fence for lease in leases), default=0))

    for task in tasks:
        task.result()
    assert fences == sorted(fences)
    assert fences[-1] > 1


def _use(lease: Lease, act: str, bench: Bench) -> None:
    """Do *act*; a cursor that is kept is the newest holder's."""
    try:
        if act == "give":
            lease.release()
        else:
            lease.keep({"fence": lease.fence})
    except LeaseLost:
        return
    assert bench.stored().cursor.get("fence", 0) <= bench.stored().fence


class _Slow:
    """A table that takes its time on both ways."""

    def __init__(self, items: MemoryItems, clock: FakeClock) -> None:
        self._items = items
        self._clock = clock
        self.before = 0.0
        self.after = 0.0

    def get(self, pk: str, sk: str) -> Item | None:
        self._clock.sleep(self.before)
        item = self._items.get(pk, sk)
        self._clock.sleep(self.after)
        return item

    def put(self, item: Item, *, replacing: int | None) -> None:
        self._clock.sleep(self.before)
        self._items.put(item, replacing=replacing)
        self._clock.sleep(self.after)
