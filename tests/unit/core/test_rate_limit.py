import pytest

from cococat.core.rate_limit import Limiter, Rate, is_rate_limit, parse
from tests.support.clock import START, FakeClock
from tests.support.tallies import MemoryTallies


class Bench:
    """A limit of three a minute, in virtual time."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.tallies = MemoryTallies()
        self.limiter = Limiter(Rate(3, 60), self.tallies, self.clock)

    def take(self, times: int, who: str = "ann") -> list[int]:
        """Ask so often; return what each was told."""
        return [self.limiter.take(who) for _ in range(times)]


def test_the_limit_is_the_limit() -> None:
    """Three get through, and the rest is told how long to wait."""
    bench = Bench()
    bench.clock.advance(20.5)

    assert bench.take(5) == [0, 0, 0, 40, 40]
    assert set(bench.tallies.counts.values()) == {3}


def test_everybody_is_counted_apart() -> None:
    """One who asks too often stops nobody else."""
    bench = Bench()

    assert bench.take(4) == [0, 0, 0, 60]
    assert bench.take(1, "bob") == [0]


def test_the_next_window_counts_from_nothing() -> None:
    """Whoever waits as long as they are told gets through."""
    bench = Bench()
    wait = bench.take(4)[-1]
    bench.clock.advance(wait)

    assert bench.take(1) == [0]


def test_nobody_is_told_to_wait_for_no_time() -> None:
    """At the very end of a window it is still a second."""
    bench = Bench()
    bench.take(3)
    bench.clock.advance(59.9999)

    assert bench.take(1) == [1]


def test_another_limit_counts_from_nothing() -> None:
    """Who changes a limit does not inherit what was counted against the old one."""
    bench = Bench()
    bench.take(4)

    assert Limiter(Rate(4, 60), bench.tallies, bench.clock).take("ann") == 0


def test_what_is_kept_names_nobody() -> None:
    """A user's id is a person's."""
    bench = Bench()
    bench.take(1, "ann-the-user")

    assert "ann" not in repr(bench.tallies.counts)
    assert START % 60 == 0


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("1/second", Rate(1, 1)),
        ("60/minute", Rate(60, 60)),
        ("999999/hour", Rate(999_999, 3600)),
        ("10/day", Rate(10, 86_400)),
    ],
)
def test_a_rate_is_a_number_and_a_unit(text: str, rate: Rate) -> None:
    """As people write it."""
    assert is_rate_limit({"per_key": text})
    assert parse(text) == rate


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        [],
        60,
        "60/minute",
        {"per_key": 60},
        {"per_key": None},
        {"per_key": "0/minute"},
        {"per_key": "-1/minute"},
        {"per_key": "1.5/minute"},
        {"per_key": "1000000/minute"},
        {"per_key": "60/week"},
        {"per_key": "60"},
        {"per_key": "60/minute "},
        {"per_key": "٣/minute"},
        {"per_chat": "60/minute"},
        {"per_key": "60/minute", "x": "1/day"},
    ],
)
def test_anything_else_is_no_limit(value: object) -> None:
    """A typing error is a fault and not a limit that is not there."""
    assert not is_rate_limit(value)
