import logging
from dataclasses import replace

import pytest

from cococat.core import access_tokens
from cococat.core.access_tokens import AccessTokens
from cococat.core.errors import PlatformUnreachable
from cococat.core.items import Item
from cococat.core.token_record import (
    AccessToken,
    Failure,
    TokenRecord,
    access_token,
    account_key,
)
from tests.support.clock import START
from tests.support.items import MemoryItems
from tests.support.token_bench import KEY, REFUSED, Bench


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
