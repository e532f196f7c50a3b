from dataclasses import fields, replace
from typing import Any, ClassVar

import pytest

from cococat.core import claims, message_record
from cococat.core.claims import GiveUp, Resume, Run, Skip
from cococat.core.errors import ClaimLost, Conflict
from cococat.core.items import Item
from cococat.core.message_record import MessageRecord, State
from cococat.core.messages import Reply
from tests.support import samples
from tests.support.clock import START, FakeClock
from tests.support.items import MemoryItems

ID = samples.identity()
ANSWER = Reply(text="hi")


@pytest.fixture(name="clock")
def _clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(name="items")
def _items(clock: FakeClock) -> MemoryItems:
    return MemoryItems(clock)


def claim(items: MemoryItems, now: float = START) -> claims.Step:
    """Take the message for one run."""
    return claims.claim(items, ID, samples.ADDRESS, now)


def run(items: MemoryItems, now: float = START) -> MessageRecord:
    """Take the message for one run that is due."""
    step = claim(items, now)
    assert isinstance(step, Run)
    return step.record


def stored(items: MemoryItems) -> MessageRecord:
    """Return the message's record."""
    record = message_record.load(items, ID)
    assert record is not None
    return record


class TestClaim:
    """What is to be done with a message, by its state."""

    def test_an_unseen_message_is_run(self, items: MemoryItems) -> None:
        """The first delivery runs the agent, and the claim is stored before."""
        record = run(items)

        assert (record.state, record.attempt) == (State.CLAIMED, 1)
        assert stored(items) == record

    def test_an_accepted_message_is_run_and_keeps_what_the_door_noted(
        self, items: MemoryItems
    ) -> None:
        """A message whose item the door wrote is run, its fingerprint kept."""
        received = message_record.received(ID, samples.ADDRESS, "print", START)
        items.put(received.to_item(), replacing=None)

        record = run(items)

        assert (record.attempt, record.request, record.received_at) == (1, "print", START)
        assert stored(items) == record

    def test_an_unfinished_run_is_run_once_more_and_no_third_time(self, items: MemoryItems) -> None:
        """A killed run is repeated; after two killed runs it is given up."""
        first, second, third = run(items), run(items), claim(items)

        assert (first.attempt, second.attempt) == (1, 2)
        assert third == GiveUp(second)
        assert claim(items) == GiveUp(second)

    def test_a_stored_answer_is_only_brought_on_its_way(self, items: MemoryItems) -> None:
        """The agent never runs again once its answer is stored."""
        replied = claims.store_reply(items, run(items), ANSWER, START)

        assert claim(items) == Resume(replied)
        assert claim(items) == Resume(replied)

    def test_a_finished_message_is_skipped(self, items: MemoryItems) -> None:
        """A redelivery after the end does nothing."""
        claims.finish(items, claims.store_reply(items, run(items), ANSWER, START))

        assert claim(items) == Skip()

    def test_a_claim_is_known_for_a_day(self, items: MemoryItems, clock: FakeClock) -> None:
        """An item past its expiry counts as absent, whether or not the table has removed it."""
        claims.finish(items, claims.store_reply(items, run(items), ANSWER, START))
        clock.advance(message_record.LIFETIME - 1)
        assert claim(items, clock.now()) == Skip()

        clock.advance(1)

        assert run(items, clock.now()).attempt == 1

    def test_each_claim_prolongs_the_day(self, items: MemoryItems, clock: FakeClock) -> None:
        """The day counts from the last claim."""
        run(items)
        clock.advance(1000)

        assert run(items, clock.now()).expires_at == START + 1000 + message_record.LIFETIME


class RacingItems(MemoryItems):
    """A table where another writer is faster, once."""

    def __init__(self, clock: FakeClock, other: Item) -> None:
        super().__init__(clock)
        self._other: Item | None = other

    def put(self, item: Item, *, replacing: int | None) -> None:
        """Write *item*, after the other writer."""
        other, self._other = self._other, None
        if other is not None:
            super().put(other, replacing=replacing)
        super().put(item, replacing=replacing)


class EchoingItems(MemoryItems):
    """A table that writes an item and then, once, answers as if another one had."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.echoes = 1

    def put(self, item: Item, *, replacing: int | None) -> None:
        """Write *item*; see the class."""
        super().put(item, replacing=replacing)
        if self.echoes:
            self.echoes -= 1
            raise Conflict(item)


class TestLostAnswers:
    """A write whose answer was lost is repeated by the client, and conflicts with itself."""

    def test_a_claim_counts_as_a_try(self, clock: FakeClock) -> None:
        """The agent is run all the same."""
        assert run(EchoingItems(clock)).attempt == 2

    def test_an_answer_is_stored_once(self, clock: FakeClock) -> None:
        """The run ends as if it had been overtaken; the next one finds its answer."""
        items = EchoingItems(clock)
        items.echoes = 0
        record = run(items)
        items.echoes = 1
        with pytest.raises(ClaimLost):
            claims.store_reply(items, record, ANSWER, START)

        step = claim(items)
        assert isinstance(step, Resume)
        assert step.record.reply == ANSWER

    def test_an_end_is_noted(self, clock: FakeClock) -> None:
        """Nothing is left to do afterwards."""
        items = EchoingItems(clock)
        items.echoes = 0
        replied = claims.store_reply(items, run(items), ANSWER, START)
        items.echoes = 1
        claims.finish(items, replied)

        assert claim(items) == Skip()


class TestRaces:
    """Two runs of the same message."""

    @pytest.mark.parametrize(
        ("others", "expected"),
        [
            ({"state": State.CLAIMED, "attempt": 1}, Run),
            ({"state": State.CLAIMED, "attempt": 2}, GiveUp),
            ({"state": State.REPLIED, "attempt": 1, "reply": ANSWER}, Resume),
            ({"state": State.DONE, "attempt": 1}, Skip),
        ],
    )
    def test_the_loser_of_a_race_looks_again(
        self, clock: FakeClock, others: dict[str, Any], expected: type
    ) -> None:
        """Who finds the item changed goes by what the other one left."""
        received = message_record.received(ID, samples.ADDRESS, "", START)
        items = RacingItems(clock, replace(received, **others).to_item())

        assert isinstance(claim(items), expected)

    def test_a_later_run_owns_the_message(self, items: MemoryItems) -> None:
        """A run that was thought dead can't store its answer over a later run's."""
        first, second = run(items), run(items)

        with pytest.raises(ClaimLost):
            claims.store_reply(items, first, ANSWER, START)
        late = Reply(text="second")
        assert claims.store_reply(items, second, late, START).reply == late
        with pytest.raises(ClaimLost):
            claims.store_reply(items, second, ANSWER, START)

    def test_an_answer_is_stored_once(self, items: MemoryItems) -> None:
        """The first stored answer stays, whatever comes later."""
        record = run(items)
        claims.store_reply(items, record, ANSWER, START)

        with pytest.raises(ClaimLost):
            claims.store_reply(items, record, Reply(text="other"), START)
        assert stored(items).reply == ANSWER

    def test_finishing_keeps_what_the_outbox_noted(self, items: MemoryItems) -> None:
        """The answer may have reached its asker before the heartbeat is done."""
        replied = claims.store_reply(items, run(items), ANSWER, START)
        items.put(replied.answered(ANSWER, START + 1).to_item(), replacing=replied.version)

        claims.finish(items, replied)

        assert stored(items).state is State.DONE
        assert stored(items).answered_at == START + 1


class TestStoreReply:
    """Keeping the answer."""

    def test_no_answer_is_an_answer(self, items: MemoryItems) -> None:
        """None is stored, so that the agent is not asked again."""
        replied = claims.store_reply(items, run(items), None, START)

        assert (replied.state, replied.reply) == (State.REPLIED, None)
        assert claim(items) == Resume(replied)

    def test_a_fallback_carries_its_reason(self, items: MemoryItems) -> None:
        """What stands in for an answer says why."""
        fallback = Reply(text="sorry", fallback=True)
        claims.store_reply(items, run(items), fallback, START, "agent_error")

        assert (stored(items).failure, stored(items).reply) == ("agent_error", fallback)

    def test_an_item_that_vanished_is_an_error(self, items: MemoryItems) -> None:
        """A record whose item is gone is never written as a new one."""
        record = run(items)
        items.stored.clear()

        with pytest.raises((Conflict, KeyError)):
            claims.store_reply(items, record, ANSWER, START)
        assert items.stored == {}


class TestReset:
    """A message begins anew, and stays whose it was."""

    OWN: ClassVar[dict[str, Any]] = {
        "request": "print",
        "caller": "alice",
        "probe": True,
        "received_at": START - 60,
    }
    LEFT_BY_RUNS: ClassVar[dict[str, Any]] = {
        "state": State.DONE,
        "attempt": 2,
        "partial": "so far",
        "shown": {"message": "om_1"},
        "reply": ANSWER,
        "failure": "killed",
        "detail": "LookupError",
        "unsent": True,
        "deliveries": 3,
        "first_delivery_at": START - 60,
        "window": 16,
        "given": 1,
        "taken": True,
        "claimed_at": START - 50,
        "replied_at": START - 40,
        "answered_at": START - 30,
    }

    def test_it_keeps_what_is_its_own_and_nothing_of_its_runs(self, items: MemoryItems) -> None:
        """Every field of a record is one or the other, or tells which record it is."""
        bookkeeping = {"id", "address", "replays", "expires_at", "version"}
        assert {each.name for each in fields(MessageRecord)} == (
            self.OWN.keys() | self.LEFT_BY_RUNS.keys() | bookkeeping
        )
        before = replace(
            message_record.unseen(ID, samples.ADDRESS, START - 60), **self.OWN, **self.LEFT_BY_RUNS
        )
        items.put(before.to_item(), replacing=None)

        record = claims.reset(items, ID, samples.reply_address(), START)

        unseen = message_record.unseen(ID, samples.ADDRESS, START)
        assert record == replace(unseen, **self.OWN, replays=1, version=2) == stored(items)

    def test_a_reply_address_tells_the_caller_of_what_has_expired(self, items: MemoryItems) -> None:
        """A dead letter can be replayed for longer than the record is kept."""
        to = replace(samples.reply_address(), in_place={"caller": "alice"})

        assert claims.reset(items, ID, to, START).caller == "alice"
        assert stored(items).caller == "alice"
