from collections.abc import Callable

import pytest

from cococat.core.errors import Conflict, LeaseLost
from cococat.core.items import Item
from cococat.core.lease import Lease, Leases, lease_key
from cococat.core.roster import Roster
from cococat.core.session import SECONDS
from tests.support.fuse import Fuse, FusedItems
from tests.support.items import MemoryItems
from tests.support.leases import KEY, Bench


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
        """Its holder gives signs of life, so nobody else gets it, however long they wait."""
        holder, other = bench.holder("a"), bench.holder("b")
        lease = holder.take()
        assert lease is not None
        for _ in range(20):
            bench.clock.advance(5)
            holder.roster.beat()
            assert other.take() is None

        assert lease.is_good()

    def test_one_whose_holder_died_is_had_after_its_time(self, bench: Bench) -> None:
        """The next one has seen no sign of life for the whole time of a session."""
        lease, other = bench.taken(), bench.holder("b", offset=-1e6)
        lease.keep({"offset": 7})
        assert other.take() is None
        bench.clock.advance(SECONDS - 0.01)
        assert other.take() is None
        bench.clock.advance(0.01)
        other.roster.beat()
        successor = other.take()

        assert successor is not None
        assert (successor.fence, successor.cursor) == (2, {"offset": 7})
        assert not lease.is_good()

    def test_who_could_not_look_waits_on(self, bench: Bench) -> None:
        """A table that is away for one replica says nothing of the other's life."""
        holder, other = bench.holder("a"), bench.holder("b")
        assert holder.take() is not None
        assert other.take() is None
        for _ in range(4):
            bench.clock.advance(SECONDS / 2)
            holder.roster.beat()
        other.roster.beat()

        assert other.leases.take(KEY) is None

    def test_one_that_was_handed_back_is_had_at_once(self, bench: Bench) -> None:
        """The cursor stays, the fence rises."""
        lease = bench.taken()
        lease.keep({"offset": 7})
        lease.release()
        successor = bench.holder("b").take()

        assert successor is not None
        assert (successor.fence, successor.cursor) == (2, {"offset": 7})
        assert not lease.is_good()

    def test_of_two_at_the_same_moment_one_gets_it(self, bench: Bench) -> None:
        """Both have read that it is free."""
        got = list[Lease | None]()
        first, second = bench.holder("a"), bench.holder("b")
        between = _Between(bench.items, lambda: got.append(second.take()))

        assert Leases(between, first.roster, bench.clock).take(KEY) is None
        assert got[0] is not None

    def test_the_key_does_not_tell_the_token(self) -> None:
        """It is a digest, and another one for every platform."""
        assert "secret" not in KEY
        assert lease_key("discord", "123456:secret") != KEY


class TestHolding:
    """What a holder may do, and until when."""

    def test_it_ends_before_anybody_else_can_have_it(self, bench: Bench) -> None:
        """Without a sign of life it stops by its own clock, and writes no cursor any more."""
        lease = bench.taken()
        bench.clock.advance(SECONDS * 0.9)

        assert not lease.is_good()
        with pytest.raises(LeaseLost):
            lease.keep({"offset": 7})
        assert bench.stored().cursor == {}

    def test_a_replica_takes_up_again_what_its_own_session_has_lost(self, bench: Bench) -> None:
        """At once in the next one: it knows best that nobody listens."""
        holder = bench.holder("a")
        lost = holder.take()
        assert lost is not None
        bench.clock.advance(SECONDS)
        assert holder.leases.take(KEY) is None
        holder.roster.beat()
        found = holder.take()

        assert found is not None
        assert (found.fence, found.is_good(), lost.is_good()) == (2, True, False)

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
        holder = bench.holder("a")
        lease = Leases(_Twice(bench.items), holder.roster, bench.clock).take(KEY)
        assert lease is not None
        lease.keep({"offset": 1})

        assert bench.stored().cursor == {"offset": 1}

    def test_one_that_is_held_by_an_answer_that_got_lost_is_had_again(self, bench: Bench) -> None:
        """It would be nobody's else, for as long as the session lasts."""
        holder = bench.holder("a")
        items = FusedItems(bench.items, Fuse(3, OSError))
        leases = Leases(items, holder.roster, bench.clock)
        with pytest.raises(OSError):  # noqa: PT011 - it has no text
            leases.take(KEY)
        assert leases.doubtful == {KEY}
        lease = Leases(bench.items, holder.roster, bench.clock).take(KEY)

        assert lease is not None
        assert lease.is_good()

    @pytest.mark.parametrize("has_come", [True, False])
    def test_what_may_be_held_is_handed_back(self, bench: Bench, *, has_come: bool) -> None:
        """Whether the write has come through, or is still on its way."""
        holder = bench.holder("a")
        late = _Late(bench.items)
        leases = Leases(late, holder.roster, bench.clock)
        with pytest.raises(OSError):  # noqa: PT011 - it has no text
            leases.take(KEY)
        late.is_well = True
        if has_come:
            late.arrive()
        leases.drop(KEY)
        if not has_come:
            with pytest.raises(Conflict):
                late.arrive()

        assert leases.doubtful == set()
        assert bench.stored().holder == ""
        assert bench.holder("b").take() is not None

    def test_the_fence_stops_a_holder_that_does_not_know(self, bench: Bench) -> None:
        """Even one whose clock stands still can't move the cursor."""
        frozen = Roster(bench.items, clock=bench.clock, monotonic=lambda: 0.0, me="a")
        frozen.beat()
        lease = Leases(bench.items, frozen, bench.clock).take(KEY)
        assert lease is not None
        other = bench.holder("b")
        other.take()
        bench.clock.advance(SECONDS)
        other.roster.beat()
        successor = other.take()
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

        assert bench.stored().holder == "a/1"


class _Late:
    """A table to which the first write is still on its way when its client has given up."""

    def __init__(self, items: MemoryItems) -> None:
        self._items = items
        self._under_way: list[tuple[Item, int | None]] = []
        self.is_well = False

    def get(self, pk: str, sk: str) -> Item | None:
        return self._items.get(pk, sk)

    def put(self, item: Item, *, replacing: int | None) -> None:
        if not self.is_well:
            self._under_way.append((item, replacing))
            raise OSError
        self._items.put(item, replacing=replacing)

    def arrive(self) -> None:
        for item, replacing in self._under_way:
            self._items.put(item, replacing=replacing)


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
