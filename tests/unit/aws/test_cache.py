import pytest

from cococat.aws.cache import AgingCache
from tests.support.clock import FakeClock


class Source:
    """Something slow that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def load(self) -> int:
        """Return how often it was asked."""
        self.asked += 1
        return self.asked


@pytest.fixture(name="clock")
def _clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(name="cache")
def _cache(clock: FakeClock) -> AgingCache:
    return AgingCache(seconds=10, size=2, clock=clock)


def test_a_value_is_good_for_its_time(cache: AgingCache, clock: FakeClock) -> None:
    """It is loaded once, and again when it is too old."""
    source = Source()
    seen = []
    for seconds in (0, 9.9, 0.1, 9.9):
        clock.advance(seconds)
        seen.append(cache.get("key", source.load))

    assert seen == [1, 1, 2, 2]


def test_nothing_is_a_value_too(cache: AgingCache) -> None:
    """What is not there is not looked for each time."""
    asked = []
    for _ in range(3):
        assert cache.get("key", lambda: asked.append(1)) is None

    assert asked == [1]


def test_keys_have_values_of_their_own(cache: AgingCache) -> None:
    """One value never stands in for another."""
    assert [cache.get(key, lambda key=key: key) for key in ("a", ("b", "c"))] == ["a", ("b", "c")]  # type: ignore[misc]


def test_made_up_keys_do_not_fill_the_memory(cache: AgingCache) -> None:
    """Only the newest ones are kept."""
    source = Source()
    for key in ("a", "b", "c"):
        cache.get(key, source.load)

    assert len(cache._entries) == 2
    assert cache.get("c", source.load) == 3
    assert cache.get("a", source.load) == 4


def test_a_failed_load_is_not_kept(cache: AgingCache) -> None:
    """An error is nobody's value."""

    def fail() -> int:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        cache.get("key", fail)
    assert cache.get("key", lambda: 1) == 1
