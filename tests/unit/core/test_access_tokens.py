import logging
from collections.abc import Callable
from dataclasses import replace

import pytest

from cococat.core import access_tokens
from cococat.core.access_tokens import AccessTokens
from cococat.core.errors import Conflict, CredentialsRefused, PlatformUnreachable
from cococat.core.items import Item
from cococat.core.token_record import (
    AccessToken,
    Failure,
    TokenRecord,
    access_token,
    account_key,
    load,
)
from tests.support.clock import START, FakeClock
from tests.support.fuse import Fuse, FusedItems, Killed
from tests.support.items import MemoryItems

KEY = account_key("wechat", "wx0123456789abcdef", "secret")
REFUSED = CredentialsRefused("bad_secret", "The secret is wrong: copy it anew.")


class FakePlatform:
    """
    `cococat.core.access_tokens.TokenSource` that counts its tokens: `token-1` and so on.

    Attributes:
        fails: what the next requests raise, in order; None for one that works.
        takes: seconds that a request takes.
        requests: how many there were.

    """

    def __init__(self, clock: FakeClock, expires_in: float = 7200) -> None:
        self._clock = clock
        self._expires_in = expires_in
        self.fails: list[BaseException | None] = []
        self.takes = 0.0
        self.requests = 0

    def fetch(self, seconds: float) -> AccessToken:
        """Give out a token, or fail as told."""
        assert seconds == access_tokens.FETCH_SECONDS
        self.requests += 1
        number = self.requests
        self._clock.sleep(self.takes)
        failure = self.fails.pop(0) if self.fails else None
        if failure is not None:
            raise failure
        return access_token(f"token-{number}", self._expires_in, self._clock.now())


class Bench:
    """A table and a platform; each process is an `AccessTokens` of its own."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.items = MemoryItems(self.clock)
        self.platform = FakePlatform(self.clock)

    def process(self) -> AccessTokens:
        """Return what a new process has."""
        return AccessTokens(self.items, self.clock)

    def get(self) -> str:
        """Return what a new process gets."""
        return self.process().get(KEY, self.platform)

    def record(self) -> TokenRecord:
        """Return what is stored."""
        return load(self.items, KEY, self.clock.now())

    def token(self, value: str) -> AccessToken:
        """Return a token that is given out now."""
        return access_token(value, 7200, self.clock.now())

    def let_another_ask(self, seconds: float, end: Callable[[TokenRecord], TokenRecord]) -> None:
        """Let another process hold the lease, and store what *end* makes of it after *seconds*."""
        leased = self.record().leased("another", START + 15, START)
        self.items.put(leased.to_item(), replacing=None)

        def look() -> None:
            if self.clock.now() >= START + seconds and self.record().holder == "another":
                self.items.put(end(self.record()).to_item(), replacing=1)

        self.clock.while_asleep = look


@pytest.fixture(name="bench")
def _bench() -> Bench:
    return Bench()


class TestOneToken:
    """A platform that works."""

    def test_all_processes_get_the_token_of_one_request(self, bench: Bench) -> None:
        """What the first has fetched, the others find."""
        assert [bench.get() for _ in range(50)] == ["token-1"] * 50
        assert bench.platform.requests == 1

    def test_a_process_asks_the_table_once(self, bench: Bench) -> None:
        """A token that is fresh is in the process's own memory."""
        process = bench.process()
        process.get(KEY, bench.platform)
        bench.items.stored.clear()

        assert process.get(KEY, bench.platform) == "token-1"

    def test_accounts_have_tokens_of_their_own(self, bench: Bench) -> None:
        """Another secret is another account: a wrong one never finds a good one's token."""
        process = bench.process()
        other = account_key("wechat", "wx0123456789abcdef", "another secret")

        assert process.get(KEY, bench.platform) == "token-1"
        assert process.get(other, bench.platform) == "token-2"

    def test_who_comes_during_a_request_waits_for_it(self, bench: Bench) -> None:
        """A process polls until the one that asks has stored the token."""
        bench.let_another_ask(3, lambda record: record.renewed(bench.token("from another")))

        assert bench.get() == "from another"
        assert bench.platform.requests == 0
        assert 3 <= bench.clock.now() - START < 4


class TestRenewal:
    """A token grows old."""

    def test_one_renews_early_and_the_others_go_on(self, bench: Bench) -> None:
        """While one asks, the others get the token that is still valid, without waiting."""
        bench.get()
        bench.clock.advance(0.81 * 7200)
        meanwhile: list[str] = []
        bench.platform.takes = 1.0
        bench.clock.while_asleep = lambda: meanwhile.append(bench.get())

        assert bench.get() == "token-2"
        assert meanwhile == ["token-1"]
        assert bench.platform.requests == 2

    def test_an_old_token_is_used_for_seconds_only(self, bench: Bench) -> None:
        """Who got the old one finds the new one soon after."""
        other = bench.process()
        bench.get()
        bench.clock.advance(0.81 * 7200)
        bench.platform.takes = 1.0
        got: list[str] = []
        bench.clock.while_asleep = lambda: got.append(other.get(KEY, bench.platform))
        bench.get()
        bench.clock.while_asleep = lambda: None
        got.append(other.get(KEY, bench.platform))
        bench.clock.advance(access_tokens.LOOK_AGAIN)
        got.append(other.get(KEY, bench.platform))

        assert got == ["token-1", "token-1", "token-2"]
        assert bench.platform.requests == 2

    def test_a_renewal_that_fails_costs_nobody_anything(self, bench: Bench) -> None:
        """The valid token is given out, and the platform is left alone for a while."""
        bench.get()
        bench.clock.advance(0.81 * 7200)
        bench.platform.fails = [PlatformUnreachable()]

        assert [bench.get() for _ in range(10)] == ["token-1"] * 10
        assert bench.platform.requests == 2
        bench.clock.advance(1)
        assert bench.get() == "token-3"

    def test_a_token_that_is_over_is_never_given_out(self, bench: Bench) -> None:
        """A little before its end a token counts as gone."""
        bench.get()
        bench.clock.advance(0.99 * 7200)

        assert bench.get() == "token-2"

    def test_a_platform_that_repeats_its_token_is_asked_a_few_times_only(
        self, bench: Bench
    ) -> None:
        """One that holds to its token until its end gives the same with less and less time."""
        over = bench.clock.now() + 7200
        requests = 0

        class Holds:
            def fetch(self, seconds: float) -> AccessToken:
                nonlocal requests
                requests += 1
                now = bench.clock.now()
                return access_token("same", over - now, now)

        while bench.clock.now() < over - 10:
            assert bench.process().get(KEY, Holds()) == "same"
            bench.clock.advance(5)
        assert requests < 10

    @pytest.mark.parametrize(("value", "seconds"), [("", 7200), ("token", 0), ("token", -1)])
    def test_a_token_without_use_is_a_failure(self, value: str, seconds: float) -> None:
        """An empty token, or one that is over at once, is none."""
        with pytest.raises(PlatformUnreachable):
            access_token(value, seconds, 0)


class TestDropping:
    """A token that the platform refuses."""

    def test_a_failing_token_is_fetched_anew_once(self, bench: Bench) -> None:
        """Whoever meets the same failure later finds the new one."""
        processes = [bench.process() for _ in range(3)]
        failing = [each.get(KEY, bench.platform) for each in processes]
        again = []
        for process, token in zip(processes, failing, strict=True):
            process.drop(KEY, token)
            again.append(process.get(KEY, bench.platform))

        assert again == ["token-2"] * 3
        assert bench.platform.requests == 2

    def test_a_newer_token_stays(self, bench: Bench) -> None:
        """A late complaint about an old token takes nothing away."""
        bench.get()
        bench.process().drop(KEY, "token-0")

        assert bench.get() == "token-1"

    def test_a_token_that_was_renewed_meanwhile_stays(self, bench: Bench) -> None:
        """Also when the renewal comes between the look and the write."""
        bench.get()

        class Overtaken(MemoryItems):
            def put(self, item: Item, *, replacing: int | None) -> None:
                self.put = super().put  # type: ignore[method-assign]
                record = bench.record()
                newer = record.renewed(bench.token("newer"))
                super().put(newer.to_item(), replacing=record.version)
                super().put(item, replacing=replacing)

        items = Overtaken(bench.clock)
        items.stored = bench.items.stored
        AccessTokens(items, bench.clock).drop(KEY, "token-1")

        assert bench.get() == "newer"

    def test_nothing_stored_is_nothing_to_drop(self, bench: Bench) -> None:
        """No item is made."""
        bench.process().drop(KEY, "token")

        assert bench.items.stored == {}


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


def test_no_token_is_in_a_log_or_a_repr(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """What prints a record or a process does not print the token."""
    caplog.set_level(logging.DEBUG)
    bench.platform.fails = [PlatformUnreachable("token-1 secret")]
    process = bench.process()
    with pytest.raises(PlatformUnreachable):
        process.get(KEY, bench.platform)
    bench.clock.advance(1)
    token = process.get(KEY, bench.platform)
    record = bench.record()

    shown = f"{record!r} {record.token!r} {process!r} {[vars(r) for r in caplog.records]}"
    assert caplog.records
    assert token not in shown
    assert "secret" not in shown


def test_a_record_comes_back_as_it_was(bench: Bench) -> None:
    """With a token, a lease and a failure."""
    record = bench.record().renewed(bench.token("t")).leased("me", 1.5, 1)
    failed = record.failed(Failure.of(REFUSED), 17.5)

    for each in (record, failed):
        assert TokenRecord.from_item(each.to_item()) == replace(each, version=1)
