from hypothesis import given
from hypothesis import strategies as st

from cococat.core.limits import Rate, Scope
from cococat.core.rates import SLICES, RateBook, rate_key
from tests.support import samples
from tests.support.clock import FakeClock
from tests.support.items import MemoryItems

MINUTE = Rate(Scope.USER, 30, 60)
KEY = rate_key(Scope.USER, samples.ADDRESS, "ann")


def book() -> tuple[RateBook, FakeClock]:
    """Return an empty book and its clock."""
    clock = FakeClock()
    return RateBook(MemoryItems(clock), clock), clock


@given(st.lists(st.floats(0, 10), min_size=40, max_size=120))
def test_no_window_ever_holds_more_than_the_rate(pauses: list[float]) -> None:
    """Whenever one tries, and however often."""
    rates, clock = book()
    sent = []
    for pause in pauses:
        clock.advance(pause)
        if rates.book(KEY, [MINUTE]) == 0:
            sent.append(clock.now())
    for start in sent:
        assert sum(start <= at < start + MINUTE.seconds for at in sent) <= MINUTE.count


def test_who_waits_as_long_as_told_gets_through() -> None:
    """The wait is no longer than a window and a slice of it."""
    rates, clock = book()
    waits = []
    for _ in range(200):
        wait = rates.book(KEY, [MINUTE])
        if wait:
            waits.append(wait)
            clock.advance(wait)
            assert rates.book(KEY, [MINUTE]) == 0
    assert max(waits) <= MINUTE.seconds * (1 + 1 / SLICES)
    assert len(waits) < 12


def test_the_narrowest_rate_counts() -> None:
    """A minute's room is no use where the hour's is used up."""
    rates, clock = book()
    hour = Rate(Scope.USER, 31, 3600)
    for _ in range(30):
        assert rates.book(KEY, [MINUTE, hour]) == 0
    clock.advance(61 + 60 / SLICES)
    assert rates.book(KEY, [MINUTE, hour]) == 0
    assert rates.book(KEY, [MINUTE, hour]) > 3000


def test_each_user_has_room_of_their_own() -> None:
    """One user's talk does not silence another."""
    rates, _ = book()
    for _ in range(30):
        rates.book(KEY, [MINUTE])
    assert rates.book(KEY, [MINUTE]) > 0
    assert rates.book(rate_key(Scope.USER, samples.ADDRESS, "bob"), [MINUTE]) == 0
