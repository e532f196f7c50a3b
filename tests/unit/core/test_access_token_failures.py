import pytest

from cococat.core import access_tokens
from cococat.core.access_tokens import AccessTokens
from cococat.core.errors import Conflict, CredentialsRefused, PlatformUnreachable
from cococat.core.items import Item
from cococat.core.token_record import (
    Failure,
    TokenRecord,
)
from tests.support.clock import START
from tests.support.fuse import Fuse, FusedItems, Killed
from tests.support.items import MemoryItems
from tests.support.token_bench import KEY, REFUSED, Bench


@pytest.fixture(name="bench")
def _bench() -> Bench:
    return Bench()


class TestFailures:
    """A platform that gives nothing."""

    @pytest.mark.parametrize("failure", [REFUSED, PlatformUnreachable("down")])
    def test_is_told_to_everybody_and_asked_once(self, bench: Bench, failure: Exception) -> None:
        """Whoever comes in the next second hears of it without another request."""
        bench.platform.fails = [failure]
        for _ in range(20):
            with pytest.raises(type(failure)):
                bench.get()

        assert bench.platform.requests == 1

    def test_a_refusal_keeps_its_words(self, bench: Bench) -> None:
        """The others get the same code and sentence as the one that asked."""
        bench.platform.fails = [REFUSED]
        for _ in range(2):
            with pytest.raises(CredentialsRefused) as raised:
                bench.get()
            assert (raised.value.code, raised.value.message) == (REFUSED.code, REFUSED.message)

    def test_is_asked_again_after_growing_pauses(self, bench: Bench) -> None:
        """One request after 1, 2, 4 … seconds, at most a minute; success begins anew."""
        bench.platform.fails = [PlatformUnreachable()] * 9
        asked = []
        start = bench.clock.now()
        while bench.platform.fails:
            before = bench.platform.requests
            with pytest.raises(PlatformUnreachable):
                bench.get()
            if bench.platform.requests > before:
                asked.append(bench.clock.now() - start)
            bench.clock.advance(1)

        assert asked == [0, 1, 3, 7, 15, 31, 63, 123, 183]
        bench.clock.advance(60)
        assert bench.get() == "token-10"
        assert bench.record().failures == 0

    def test_who_waits_hears_of_it_within_a_second(self, bench: Bench) -> None:
        """A waiting process gets the failure of the one that asks."""
        failure = Failure.of(REFUSED)
        bench.let_another_ask(3, lambda record: record.failed(failure, START + 60))
        with pytest.raises(CredentialsRefused):
            bench.get()

        assert bench.platform.requests == 0
        assert 3 <= bench.clock.now() - START < 4

    def test_a_bug_is_a_failure_like_others(self, bench: Bench) -> None:
        """It is raised where it happened; the others hear that no token came."""
        bench.platform.fails = [ZeroDivisionError("secret-of-the-platform")]
        with pytest.raises(ZeroDivisionError):
            bench.get()
        with pytest.raises(PlatformUnreachable):
            bench.get()

        assert bench.platform.requests == 1
        assert "secret-of-the-platform" not in repr(bench.items.stored)


class TestKills:
    """A process dies on its way."""

    def test_another_takes_over_when_the_lease_is_over(self, bench: Bench) -> None:
        """The dead one's lease holds the others up for seconds, and no longer."""
        bench.platform.fails = [Killed()]
        with pytest.raises(Killed):
            bench.get()
        started = bench.clock.now()

        assert bench.get() == "token-2"
        waited = bench.clock.now() - started
        assert access_tokens.LEASE_SECONDS <= waited < access_tokens.LEASE_SECONDS + 1

    @pytest.mark.parametrize("point", ["before get", "before put", "after put"])
    def test_nothing_is_stuck_wherever_it_was(self, bench: Bench, point: str) -> None:
        """Whoever comes next gets a token."""
        fuse = Fuse()
        fuse.blow_at(point)
        with pytest.raises(Killed):
            AccessTokens(FusedItems(bench.items, fuse), bench.clock).get(KEY, bench.platform)

        assert bench.get().startswith("token-")

    def test_nobody_waits_for_ever(self, bench: Bench) -> None:
        """Where lease after lease is taken by others, a caller gives up."""

        class Busy(MemoryItems):
            def get(self, pk: str, sk: str) -> Item | None:
                now = bench.clock.now()
                record = TokenRecord(key=KEY, expires_at=int(now) + 60, version=1)
                return record.leased("another", now + 9, now).to_item()

        started = bench.clock.now()
        with pytest.raises(PlatformUnreachable):
            AccessTokens(Busy(bench.clock), bench.clock).get(KEY, bench.platform)
        assert bench.clock.now() - started < access_tokens.PATIENCE + 1

    def test_a_slow_request_that_lost_its_lease_stores_nothing(self, bench: Bench) -> None:
        """The one that took over has the newer token; the slow one returns that."""
        bench.platform.takes = access_tokens.LEASE_SECONDS + 1
        later: list[str] = []

        def take_over() -> None:
            bench.clock.while_asleep = lambda: None
            bench.platform.takes = 0
            later.append(bench.get())

        bench.clock.while_asleep = take_over

        assert bench.get() == "token-2"
        assert (later, bench.platform.requests) == (["token-2"], 2)

    def test_a_write_whose_answer_was_lost_is_known_again(self, bench: Bench) -> None:
        """A client repeats such a write, and then meets what it has written itself."""

        class Repeats(MemoryItems):
            lost = 2

            def put(self, item: Item, *, replacing: int | None) -> None:
                super().put(item, replacing=replacing)
                self.lost -= 1
                if self.lost >= 0:
                    raise Conflict(item)

        tokens = AccessTokens(Repeats(bench.clock), bench.clock)

        assert tokens.get(KEY, bench.platform) == "token-1"
        assert bench.platform.requests == 1
