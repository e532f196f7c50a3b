"""Pauses that double."""

import pytest

from cococat.core.attendant import LONGEST_PAUSE, pause_after
from cococat.core.discord_pace import LONGEST, Pace
from cococat.core.pauses import doubled


@pytest.mark.parametrize(("times", "seconds"), [(0, 5.0), (1, 10.0), (3, 40.0), (4, 60.0)])
def test_a_pause_doubles_up_to_the_longest(times: int, seconds: float) -> None:
    """A pause doubles with each failure until it is the longest one."""
    assert doubled(5.0, times, 60.0) == seconds


@pytest.mark.parametrize("failures", [1023, 1024, 100_000])
def test_after_days_of_failures_a_pause_is_still_the_longest(failures: int) -> None:
    """A platform that is down for days ends no listener's thread by a number that is too large."""
    assert LONGEST_PAUSE / 2 <= pause_after(failures) <= LONGEST_PAUSE


def test_a_discord_bot_goes_on_after_days_without_a_session() -> None:
    """A bot whose sessions end at once for days pauses as long as after the first hour."""
    pace = Pace()
    assert [pace.after(0.0) for _ in range(2000)][-1] == LONGEST
