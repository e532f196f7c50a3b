import pytest

from cococat.core.throttle import MOST, WINDOW, Throttle
from tests.support.clock import START, FakeClock
from tests.support.items import MemoryItems


class Bench:
    """A throttle in virtual time, which begins with a minute."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.items = MemoryItems(self.clock)
        self.throttle = Throttle(self.items, self.clock)

    def fail(self, times: int, caller: str = "192.0.2.1") -> bool:
        """Let *caller* fail so often; return whether it is enough."""
        for _ in range(times):
            self.throttle.fail(caller)
        return self.throttle.is_exhausted(caller)


@pytest.fixture(name="bench")
def _bench() -> Bench:
    assert START % WINDOW == 0
    return Bench()


def test_the_limit_is_the_limit(bench: Bench) -> None:
    """One failure less is not enough."""
    assert not bench.fail(0)
    assert not bench.fail(MOST - 1)
    assert bench.fail(1)
    assert bench.fail(5)


def test_callers_are_counted_apart(bench: Bench) -> None:
    """Whoever fails slows down nobody else."""
    bench.fail(MOST)

    assert not bench.throttle.is_exhausted("192.0.2.2")
    assert not bench.throttle.is_exhausted("")


@pytest.mark.parametrize(("seconds", "exhausted"), [(WINDOW - 1, True), (WINDOW, False)])
def test_the_next_minute_is_a_new_one(bench: Bench, seconds: int, *, exhausted: bool) -> None:
    """Nobody is shut out for good."""
    bench.fail(MOST)
    bench.clock.advance(seconds)

    assert bench.throttle.is_exhausted("192.0.2.1") == exhausted


def test_a_new_minute_counts_from_nothing(bench: Bench) -> None:
    """Also beside the item of the one before."""
    bench.fail(MOST - 1)
    bench.clock.advance(WINDOW)

    assert not bench.fail(MOST - 1)
    assert bench.fail(1)


def test_what_is_kept_names_nobody_and_goes_by_itself(bench: Bench) -> None:
    """An address is a person's; the table removes the item with its minute."""
    bench.clock.advance(10)
    bench.fail(3)

    ((key, item),) = bench.items.stored.items()
    assert key[1] == "failures"
    assert "192.0.2.1" not in repr(item)
    assert (item["count"], item["expires_at"]) == (3, int(START) + WINDOW)
