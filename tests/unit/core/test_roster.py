import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.core.probes import LIFETIME, Probe, Probes
from cococat.core.roster import ALIVE, STRUCK_OFF, Roster, turns
from cococat.core.session import MARGIN, SECONDS
from tests.support.clock import FakeClock
from tests.support.items import MemoryItems
from tests.support.sidecar import telegram
from tests.support.weather import SlowItems

names = st.sets(st.text("abcdefgh", min_size=1, max_size=3), min_size=1, max_size=6)
keys = st.sets(st.text("0123456789abcdef", min_size=4, max_size=4), max_size=40)


class TestTurns:
    """Who gets which token."""

    @given(keys, names)
    def test_the_load_is_even(self, wanted: set[str], replicas: set[str]) -> None:
        """No replica has more than its full share, and everybody is told the same."""
        found = turns(wanted, sorted(replicas))
        load = Counter(found.values())

        assert found == turns(sorted(wanted, reverse=True), sorted(replicas))
        assert found.keys() == wanted
        assert max(load.values(), default=0) <= math.ceil(len(wanted) / len(replicas))
        assert load.keys() <= replicas

    @pytest.mark.parametrize(("replicas", "tokens"), [("abcde", 50), ("ab", 500), ("abc", 500)])
    def test_little_moves_when_a_replica_comes_or_goes(self, replicas: str, tokens: int) -> None:
        """The load is even before and after; what the others have, they mostly keep."""
        wanted = {f"{number:04x}" for number in range(tokens)}
        many, few = turns(wanted, list(replicas)), turns(wanted, list(replicas[:-1]))
        loads = Counter(many.values())
        has_to_move = loads[replicas[-1]]
        moved = sum(many[key] != few[key] for key in wanted)

        assert max(loads.values()) - min(loads.values()) <= len(replicas)
        assert max(Counter(few.values()).values()) <= math.ceil(tokens / (len(replicas) - 1))
        assert has_to_move <= moved <= 2 * has_to_move


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

        assert set(items.stored["sidecar", "roster"]["beats"]) == {"a/2"}

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


class Seen:
    """Two replicas, the second of which watches the first; its table may be slow."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.items = SlowItems(self.clock)
        self.first, self.second = (
            Roster(self.items, clock=self.clock, monotonic=self.clock.now, me=name) for name in "ab"
        )
        self.first.beat()

    def is_over(self) -> bool:
        """Tell whether the second one counts the first one's session as over."""
        return self.second.is_over(self.first.session.name)


class TestSessions:
    """When a session is over, for its replica and for the others."""

    def test_its_time_counts_from_before_the_beat(self) -> None:
        """A slow answer of the table makes a session shorter, never longer."""
        seen = Seen()
        seen.items.delay = 4.0
        seen.first.beat()
        seen.items.delay = 0.0
        seen.clock.advance(SECONDS * (1 - MARGIN) - 6)

        assert not seen.first.session.is_good()

    def test_a_late_answer_does_not_bring_it_back(self) -> None:
        """The others may have counted it out before the beat came; the next one is another."""
        seen = Seen()
        before = seen.first.session
        seen.items.delay = SECONDS
        seen.first.beat()
        seen.items.delay = 0.0

        assert not before.is_good()
        seen.first.beat()
        assert seen.first.session.is_good()
        assert (before.name, seen.first.session.name) == ("a/1", "a/2")

    def test_the_others_have_to_see_it_silent_for_the_whole_time(self) -> None:
        """From when they saw it first, to the beginning of when they look last."""
        seen = Seen()
        seen.second.look()
        seen.clock.advance(SECONDS - 1)
        seen.items.delay = 4.0
        seen.second.look()
        assert not seen.is_over()
        seen.items.delay = 0.0
        seen.second.look()

        assert seen.is_over()

    def test_one_that_is_asked_for_first_is_watched_from_then_on(self) -> None:
        """What the last look did not show may have begun after it."""
        seen = Seen()
        seen.items.stored.clear()
        seen.second.look()
        seen.clock.advance(SECONDS)
        assert not seen.is_over()
        seen.second.look()
        assert not seen.is_over()
        seen.clock.advance(SECONDS)
        seen.second.look()

        assert seen.is_over()

    @pytest.mark.parametrize("steps", [1, 4])
    def test_one_that_is_missing_is_watched_as_well(self, steps: int) -> None:
        """A roster that somebody has deleted is written anew by whoever lives."""
        seen = Seen()
        seen.second.look()
        seen.items.stored.clear()
        seen.second.look()
        for _ in range(steps):
            seen.clock.advance(SECONDS / steps)
            seen.second.look()

        assert seen.is_over()
        assert seen.second.alive() == ["b"]


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
