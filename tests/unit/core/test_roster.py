import math
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from cococat.core.probes import LIFETIME, Probe, Probes
from cococat.core.roster import ALIVE, STRUCK_OFF, Roster, turns
from tests.support.clock import FakeClock
from tests.support.items import MemoryItems
from tests.support.sidecar import telegram

names = st.sets(st.text("abcdefgh", min_size=1, max_size=3), min_size=1, max_size=6)
keys = st.sets(st.text("0123456789abcdef", min_size=4, max_size=4), max_size=40)


class TestTurns:
    """Who gets which token."""

    @given(keys, names)
    def test_the_load_is_even(self, wanted: set[str], replicas: set[str]) -> None:
        """No replica has more than its full share, and everybody is told the same."""
        found = turns(wanted, sorted(replicas))
        load = Counter(turn.first for turn in found.values())

        assert found == turns(sorted(wanted, reverse=True), sorted(replicas))
        assert found.keys() == wanted
        assert max(load.values(), default=0) <= math.ceil(len(wanted) / len(replicas))
        assert all(turn.first != turn.second for turn in found.values())
        assert all(turn.second in {*replicas, ""} for turn in found.values())

    def test_little_moves_when_a_replica_goes(self) -> None:
        """What the others have, they mostly keep."""
        wanted = {f"{number:04x}" for number in range(100)}
        before = turns(wanted, ["a", "b", "c", "d", "e"])
        after = turns(wanted, ["a", "b", "c", "d"])
        stayed = [key for key in wanted if before[key].first == after[key].first]

        assert len(stayed) >= 60


class TestRoster:
    """Who is alive, by everybody's own clock."""

    def test_a_replica_that_beats_is_alive(self) -> None:
        """One that does not is dead soon, and struck off later."""
        clock = FakeClock()
        items = MemoryItems(clock)
        first = Roster(items, clock=clock, monotonic=lambda: clock.now() - 1e9, me="a")
        second = Roster(items, clock=clock, monotonic=clock.now, me="b")
        second.beat()
        first.beat()
        assert (first.alive(), second.alive()) == (["a", "b"], ["b"])
        for _ in range(4):
            clock.advance(ALIVE / 4)
            first.beat()
        assert first.alive() == ["a"]
        clock.advance(STRUCK_OFF)
        first.beat()

        assert set(items.stored["sidecar", "roster"]["beats"]) == {"a"}

    def test_one_that_leaves_is_gone_at_once(self) -> None:
        """As soon as the others look."""
        clock = FakeClock()
        items = MemoryItems(clock)
        rosters = [Roster(items, clock=clock, monotonic=clock.now, me=name) for name in "ab"]
        for roster in (*rosters, rosters[0]):
            roster.beat()
        rosters[1].leave()
        rosters[0].beat()

        assert rosters[0].alive() == ["a"]


class TestProbes:
    """Test messages wait for who listens to their channel."""

    def test_a_probe_is_taken_once_by_its_channel(self) -> None:
        """Not by others; and one that nobody takes is forgotten."""
        clock = FakeClock()
        items = MemoryItems(clock)
        probes = Probes(items, clock)
        own = dict.fromkeys([telegram("shop")])
        probes.store(Probe(id="a" * 64, address=telegram("shop"), update={"message": {"x": 0.5}}))
        probes.store(Probe(id="b" * 64, address=telegram("bank"), update={}))

        taken = Probes(items, clock).take(own)
        assert [(each.id, each.update) for each in taken] == [("a" * 64, {"message": {"x": 0.5}})]
        assert probes.take(own) == []
        clock.advance(LIFETIME)
        probes.store(Probe(id="c" * 64, address=telegram("shop"), update={}))
        assert set(items.stored["sidecar", "probes"]["waiting"]) == {"c" * 64}
