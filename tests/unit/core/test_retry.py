import pytest

from cococat.core.clock import SystemClock, iso
from cococat.core.retry import Retry, backoff


@pytest.mark.parametrize(
    ("tries", "delay"), [(0, 1), (1, 1), (2, 2), (3, 4), (7, 64), (8, 120), (10_000, 120)]
)
def test_waits_double_up_to_two_minutes(tries: int, delay: int) -> None:
    """Each failed try doubles the wait, and none is longer than two minutes."""
    assert backoff(tries) == Retry(delay)


def test_times_are_written_in_utc_to_the_millisecond() -> None:
    """A timestamp says its zone."""
    assert iso(0) == "1970-01-01T00:00:00.000+00:00"
    assert iso(1_800_000_000.1234) == "2027-01-15T08:00:00.123+00:00"


def test_the_system_clock_goes() -> None:
    """A sleep takes time."""
    clock = SystemClock()
    before = clock.now()
    clock.sleep(0.001)

    assert clock.now() > before
