from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cococat.core.errors import LeaseLost
from cococat.core.items import Item
from cococat.core.lease import SECONDS, Lease, LeaseRecord, Leases, lease_key
from tests.support.clock import FakeClock
from tests.support.fuse import Fuse, FusedItems
from tests.support.items import MemoryItems

KEY = lease_key("telegram", "123456:secret")


class Bench:
    """A table, and holders whose clocks all say something else."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.items = MemoryItems(self.clock)

    def holder(self, name: str, offset: float = 0.0) -> Leases:
        """Return what a process called *name* takes leases with."""
        return Leases(
            self.items,
            clock=self.clock,
            monotonic=lambda: self.clock.now() + offset,
            holder=name,
        )

    def taken(self, name: str = "a") -> Lease:
        """Return the lease, which *name* takes at once."""
        lease = self.holder(name).take(KEY)
        assert lease is not None
        return lease

    def stored(self) -> LeaseRecord:
        """Return what is in the table."""
        item = self.items.get(f"lease#{KEY}", "lease")
        assert item is not None
        return LeaseRecord.from_item(item)


@pytest.fixture(name="bench")
def _bench() -> Bench:
    return Bench()


class TestTaking:
    """Who gets a lease."""

    def test_a_free_one_is_had_at_once(self, bench: Bench) -> None:
        """Nobody has ever listened with the token."""
        lease = bench.taken()

        assert lease.is_good()
        assert (lease.fence, lease.cursor) == (1, {})

    def test_one_that_is_held_is_not_to_be_had(self, bench: Bench) -> None:
        """It is renewed, so nobody else gets it, however long they wait."""
        lease, other = bench.taken(), bench.holder("b")
        for _ in range(20):
            bench.clock.advance(5)
            lease.renew()
            assert other.take(KEY) is None

        assert lease.is_good()

    def test_one_whose_holder_died_is_had_after_its_time(self, bench: Bench) -> None:
        """The standby has seen it unchanged for the whole time of a lease."""
        lease, other = bench.taken(), bench.holder("b", offset=-1e6)
        lease.keep({"offset": 7})
        assert other.take(KEY) is None
        bench.clock.advance(SECONDS - 0.01)
        assert other.take(KEY) is None
        bench.clock.advance(0.01)
        successor = other.take(KEY)

        assert successor is not None
        assert (successor.fence, successor.cursor) == (2, {"offset": 7})
        assert not lease.is_good()

    def test_one_that_was_handed_back_is_had_at_once(self, bench: Bench) -> None:
        """The cursor stays, the fence rises."""
        lease = bench.taken()
        lease.keep({"offset": 7})
        lease.release()
        successor = bench.holder("b").take(KEY)

        assert successor is not None
        assert (successor.fence, successor.cursor) == (2, {"offset": 7})
        assert not lease.is_good()

    def test_a_standby_leaves_a_free_one_to_others_for_a_while(self, bench: Bench) -> None:
        """Whose turn it is comes first; a free lease that nobody wants is had all the same."""
        standby = bench.holder("b")
        assert standby.take(KEY, standing_by=True) is None
        bench.clock.advance(SECONDS)

        assert standby.take(KEY, standing_by=True) is not None

    def test_of_two_at_the_same_moment_one_gets_it(self, bench: Bench) -> None:
        """Both have read that it is free."""
        got = list[Lease | None]()
        first = Leases(
            _Between(bench.items, lambda: got.append(bench.holder("b").take(KEY))),
            clock=bench.clock,
            monotonic=bench.clock.now,
            holder="a",
        )

        assert first.take(KEY) is None
        assert got[0] is not None

    def test_the_key_does_not_tell_the_token(self) -> None:
        """It is a digest, and another one for every platform."""
        assert "secret" not in KEY
        assert lease_key("discord", "123456:secret") != KEY


class TestHolding:
    """What a holder may do, and until when."""

    def test_it_ends_before_anybody_else_can_have_it(self, bench: Bench) -> None:
        """A holder that can't renew stops by its own clock, and writes no cursor any more."""
        lease = bench.taken()
        bench.clock.advance(SECONDS * 0.9)

        assert not lease.is_good()
        with pytest.raises(LeaseLost):
            lease.keep({"offset": 7})
        with pytest.raises(LeaseLost):
            lease.renew()
        assert bench.stored().cursor == {}

    def test_time_counts_from_before_the_write(self, bench: Bench) -> None:
        """A slow answer of the table makes a lease shorter, never longer."""
        lease = bench.taken()
        slow = _Between(bench.items, lambda: bench.clock.advance(10))
        lease._items = slow
        lease.renew()
        bench.clock.advance(SECONDS * 0.9 - 10)

        assert not lease.is_good()

    def test_it_does_not_come_back_to_life(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever listened has seen it run out, and is gone, when a renewal's answer comes late."""
        lease = bench.taken()
        put, seen = bench.items.put, []

        def slow(item: Item, *, replacing: int | None) -> None:
            bench.clock.advance(10)
            seen.append(lease.is_good())
            put(item, replacing=replacing)

        monkeypatch.setattr(bench.items, "put", slow)
        bench.clock.advance(10)
        lease.renew()

        assert seen == [False]
        assert not lease.is_good()

    def test_keeping_a_cursor_renews(self, bench: Bench) -> None:
        """A busy listener needs no further writes."""
        lease = bench.taken()
        for offset in range(5):
            bench.clock.advance(10)
            lease.keep({"offset": offset})

        assert lease.is_good()
        assert lease.cursor == bench.stored().cursor == {"offset": 4}

    def test_a_write_whose_answer_got_lost_is_no_loss(self, bench: Bench) -> None:
        """The holder meets its own write and goes on."""
        lease = bench.taken()
        lease._items = FusedItems(bench.items, Fuse(1, OSError))
        with pytest.raises(OSError):  # noqa: PT011 - it has no text
            lease.keep({"offset": 7})
        lease.keep({"offset": 8})

        assert lease.cursor == bench.stored().cursor == {"offset": 8}

    def test_a_taking_whose_answer_got_lost_is_no_loss(self, bench: Bench) -> None:
        """The table's client repeats the write, which meets itself."""
        lease = Leases(
            _Twice(bench.items), clock=bench.clock, monotonic=bench.clock.now, holder="a"
        ).take(KEY)
        assert lease is not None
        lease.keep({"offset": 1})

        assert bench.stored().cursor == {"offset": 1}

    def test_the_fence_stops_a_holder_that_does_not_know(self, bench: Bench) -> None:
        """Even one whose clock stands still can't move the cursor."""
        bench.taken().release()
        frozen = Leases(bench.items, clock=bench.clock, monotonic=lambda: 0.0, holder="a")
        lease = frozen.take(KEY)
        assert lease is not None
        other = bench.holder("b")
        other.take(KEY)
        bench.clock.advance(SECONDS)
        successor = other.take(KEY)
        assert successor is not None
        successor.keep({"offset": 9})

        with pytest.raises(LeaseLost):
            lease.keep({"offset": 1})
        assert not lease.is_good()
        assert bench.stored().cursor == {"offset": 9}

    def test_handing_back_what_is_over_does_nothing(self, bench: Bench) -> None:
        """It is somebody else's by now, or will be."""
        lease = bench.taken()
        bench.clock.advance(SECONDS)
        lease.release()

        assert bench.stored().holder == "a"


ACTS = ("take", "stand by", "renew", "keep", "release", "die")
scripts = st.lists(
    st.lists(
        st.tuples(st.sampled_from(ACTS), st.floats(0, 20), st.floats(0, 8), st.floats(0, 8)),
        min_size=1,
        max_size=12,
    ),
    min_size=2,
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(scripts, st.lists(st.floats(-1e9, 1e9), min_size=4, max_size=4))
def test_there_are_never_two_valid_leases(
    todo: list[list[tuple[str, float, float, float]]], offsets: list[float]
) -> None:
    """Whatever holders do, however slow the table is, and whatever their clocks say."""
    bench = Bench()
    leases: list[Lease] = []
    fences: list[int] = []

    def play(name: str, offset: float, script: list[tuple[str, float, float, float]]) -> None:
        own: list[Lease] = []
        slow = _Slow(bench.items, bench.clock)
        holder = Leases(
            slow, clock=bench.clock, monotonic=lambda: bench.clock.now() + offset, holder=name
        )
        for act, pause, slow.before, slow.after in script:
            bench.clock.sleep(pause)
            if act == "die":
                own.clear()
            elif not own or not own[-1].is_good():
                _take(holder, own, standing_by=act == "stand by")
                leases.extend(own[-1:])
            else:
                _use(own[-1], act, bench)
            assert sum(lease.is_good() for lease in set(leases)) <= 1
            fences.append(_fence(bench.items))

    tasks = [
        bench.clock.start(partial(play, f"holder {n}", offsets[n], script))
        for n, script in enumerate(todo)
    ]
    bench.clock.advance(10_000)

    for task in tasks:
        task.result()
    assert fences == sorted(fences)


def _take(holder: Leases, own: list[Lease], *, standing_by: bool) -> None:
    taken = holder.take(KEY, standing_by=standing_by)
    if taken is not None:
        own.append(taken)


def _use(lease: Lease, act: str, bench: Bench) -> None:
    """Do *act*; a cursor that is kept is the newest holder's."""
    actions: dict[str, Callable[[], None]] = {
        "renew": lease.renew,
        "release": lease.release,
    }
    try:
        actions.get(act, lambda: lease.keep({"fence": lease.fence}))()
    except LeaseLost:
        return
    assert bench.stored().cursor.get("fence", 0) <= bench.stored().fence


def _fence(items: MemoryItems) -> int:
    return max((item["fence"] for item in items.stored.values()), default=0)


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


class _Between:
    """A table at which something happens between a read and the write after it."""

    def __init__(self, items: MemoryItems, happens: Callable[[], object]) -> None:
        self._items = items
        self._happens = happens

    def get(self, pk: str, sk: str) -> Item | None:
        return self._items.get(pk, sk)

    def put(self, item: Item, *, replacing: int | None) -> None:
        self._happens()
        self._items.put(item, replacing=replacing)


class _Twice:
    """A table whose client makes the first write again, as after a lost answer."""

    def __init__(self, items: MemoryItems) -> None:
        self._items = items
        self._is_first = True

    def get(self, pk: str, sk: str) -> Item | None:
        return self._items.get(pk, sk)

    def put(self, item: Item, *, replacing: int | None) -> None:
        self._items.put(item, replacing=replacing)
        if self._is_first:
            self._is_first = False
            self._items.put(item, replacing=replacing)
