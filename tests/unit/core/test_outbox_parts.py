"""An answer in several parts."""

from dataclasses import replace
from typing import ClassVar

import pytest

from cococat.core.channel_status import SendError, Status, relevant
from cococat.core.channels import Delivery
from cococat.core.errors import (
    AnswerLost,
    DeliveryDelayed,
    DeliveryError,
    DeliveryFailed,
    NotSent,
    OperatorNeeded,
)
from cococat.core.limits import Limits, Rate, Scope, Unit
from cococat.core.outbox import BUDGET
from cococat.core.part_record import PartState
from cococat.core.retry import Retry
from tests.support import samples
from tests.support.channels import PlainChannel, RepeatableChannel
from tests.support.outbox_bench import ID, Bench

LIMITS = Limits(unit=Unit.CHARACTERS, text=64)
TEXT = "a" * 64 + "b" * 64 + "c" * 9
PARTS = ["a" * 64, "b" * 64, "c" * 9]


class NarrowChannel(PlainChannel):
    """A channel whose messages are short."""

    limits: ClassVar[Limits] = LIMITS


class RatedChannel(NarrowChannel):
    """A channel whose users may get one message in ten seconds."""

    limits: ClassVar[Limits] = replace(LIMITS, rates=(Rate(Scope.USER, 1, 10),))


class SlowChannel(NarrowChannel):
    """A channel that takes its time."""

    bench: Bench

    def send(self, reply: str, user_id: str) -> None:
        """Keep *reply* after a while."""
        self.bench.clock.advance(BUDGET - 1)
        super().send(reply, user_id)


def a_bench(channel: PlainChannel | None = None) -> Bench:
    """Return an outbox with an answer in three parts."""
    bench = Bench(channel or NarrowChannel())
    bench.items.stored.clear()
    bench.store_reply(TEXT)
    return bench


def states(bench: Bench) -> list[PartState]:
    """Return what became of the parts."""
    return [
        bench.part(number).state
        for number in (1, 2, 3)
        if (ID, f"part#{number:04d}") in bench.items.stored
    ]


def test_all_parts_are_sent_in_their_order() -> None:
    """One queue message brings them all."""
    bench = a_bench()
    assert bench.work() is None
    assert [text for text, _ in bench.channel.sent] == PARTS
    assert states(bench) == [PartState.SENT] * 3


def test_a_part_that_was_sent_is_not_sent_again() -> None:
    """The next run goes on with the one that waits."""
    bench = a_bench()
    bench.channel.fails = [None, DeliveryDelayed("busy", 7)]
    assert bench.work() == Retry(7)
    assert bench.work() is None
    assert [text for text, _ in bench.channel.sent] == PARTS


def test_what_follows_a_dead_part_waits_for_its_replay() -> None:
    """A user who takes no message gets no heap of fragments, an operator one letter."""
    bench = a_bench()
    bench.channel.fails = [None, DeliveryFailed("blocked")]
    assert [bench.work(), bench.work()] == [None, None]
    assert bench.letters() == [(ID, 2, "blocked")]
    assert [text for text, _ in bench.channel.sent] == PARTS[:1]


def test_what_follows_a_part_of_unknown_end_is_sent() -> None:
    """It may have arrived."""
    bench = a_bench()
    bench.channel.fails = [None, AnswerLost("timeout")]
    assert bench.work() is None
    assert bench.letters() == [(ID, 2, "unknown")]
    assert [text for text, _ in bench.channel.sent] == [PARTS[0], PARTS[2]]


def test_a_request_that_was_not_written_is_made_again() -> None:
    """Nothing of it can have arrived."""
    bench = a_bench()
    bench.channel.fails = [NotSent("refused")]
    assert bench.work() == Retry(1)
    assert bench.work() is None
    assert [text for text, _ in bench.channel.sent] == PARTS


def test_a_long_answer_takes_several_runs() -> None:
    """A run ends in time, and the next one goes on at once."""
    channel = SlowChannel()
    bench = channel.bench = a_bench(channel)
    assert [bench.work(), bench.work()] == [Retry(0), None]
    assert [text for text, _ in bench.channel.sent] == PARTS


def test_a_rate_is_waited_for_in_the_queue() -> None:
    """A wait is no try, and nobody sleeps for it."""
    bench = a_bench(RatedChannel())
    for number in (1, 2):
        retry = bench.work()
        assert isinstance(retry, Retry)
        assert 10 <= retry.delay <= 11
        assert len(bench.channel.sent) == number
        bench.clock.advance(retry.delay)
    assert bench.work() is None
    assert [bench.part(number).attempts for number in (1, 2, 3)] == [1, 1, 1]


class WitnessChannel(RepeatableChannel):
    """A channel that keeps whether a delivery may be a repeat."""

    def __init__(self) -> None:
        super().__init__()
        self.again: list[bool] = []

    def answer(self, delivery: Delivery) -> None:
        """Keep it."""
        self.again.append(delivery.again)
        super().answer(delivery)


@pytest.mark.parametrize(
    ("failure", "again"), [(AnswerLost("timeout"), True), (DeliveryDelayed("busy"), False)]
)
def test_a_channel_is_told_that_a_part_may_have_arrived(
    failure: DeliveryError,
    again: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """A platform's check for duplicates is for such repeats alone."""
    channel = WitnessChannel()
    channel.fails = [failure]
    bench = Bench(channel)
    assert bench.work() == Retry(1)
    assert bench.work() is None
    assert channel.again == [False, again]


class TestOperators:
    """What only a person can mend."""

    @pytest.mark.parametrize(
        ("is_credentials", "status"), [(False, Status.ERROR), (True, Status.AUTH_ERROR)]
    )
    def test_is_in_the_status(self, is_credentials: bool, status: Status) -> None:  # noqa: FBT001 - a parameter of the test
        """With what to do, beside the dead letter."""
        bench = Bench()
        advice = "Allow 192.0.2.1."
        bench.channel.fails = [OperatorNeeded("ip", advice, is_credentials=is_credentials)]
        assert bench.work() is None
        assert bench.letters() == [(ID, 1, "ip")]
        seen = relevant(bench.observations.read(samples.ADDRESS), 1)
        assert seen is not None
        assert seen.last_error is not None
        assert (seen.status, seen.last_error.message) == (status, advice)

    def test_is_taken_back_once_an_answer_is_sent(self) -> None:
        """By the answer to a message that came after it; no other write is made for it."""
        bench = Bench()
        error = SendError(code="ip", message="Allow it.", at=bench.clock.now(), generation=1)
        bench.observations.note_send_error(samples.ADDRESS, error)
        bench.items.stored.clear()
        bench.store_reply("hi", unsent=True)
        assert bench.work() is None
        seen = bench.observations.read(samples.ADDRESS)
        assert seen is not None
        assert seen.send_error is None

    def test_is_a_dead_letter_also_where_no_status_is_kept(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A table that fails changes nothing of the reply's fate."""
        bench = Bench()

        def fail(*_arguments: object) -> bool:
            raise OSError

        monkeypatch.setattr(bench.observations, "note_send_error", fail)
        bench.channel.fails = [OperatorNeeded("ip", "Allow it.")]
        assert bench.work() is None
        assert bench.letters() == [(ID, 1, "ip")]
