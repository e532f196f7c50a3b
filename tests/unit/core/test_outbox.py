import json
import logging

import pytest

from cococat.core.channels import Channel
from cococat.core.errors import (
    Conflict,
    DeliveryDelayed,
    DeliveryError,
    DeliveryFailed,
    DeliveryUnknown,
)
from cococat.core.ids import part_id
from cococat.core.items import Item
from cococat.core.messages import Reply
from cococat.core.outbox_message import OutboxMessage
from cococat.core.part_record import PartState
from cococat.core.part_sender import MAX_ATTEMPTS
from cococat.core.reply_address import seal
from cococat.core.retry import Retry
from tests.support import samples
from tests.support.channels import PlainChannel, RepeatableChannel
from tests.support.items import MemoryItems
from tests.support.outbox_bench import ID, Bench


class TestSending:
    """A reply that can be sent."""

    def test_the_stored_answer_is_sent_to_its_asker(self) -> None:
        """What the heartbeat stored reaches the user of the sealed address."""
        bench = Bench()

        assert bench.work() is None
        assert bench.channel.sent == [("hi", "ann")]
        assert (bench.part().state, bench.part().attempts) == (PartState.SENT, 1)
        assert bench.letters() == []

    def test_a_redelivery_sends_nothing(self) -> None:
        """A part that was sent is not sent again."""
        bench = Bench()

        assert [bench.work(), bench.work()] == [None, None]
        assert bench.channel.sent == [("hi", "ann")]

    def test_a_channel_that_answers_in_place_gets_all_that_is_known(self) -> None:
        """It gets the address, the part and a key that is the same for every try."""
        channel = RepeatableChannel()
        bench = Bench(channel)

        bench.work()

        assert channel.sent == [("hi", "ann")]
        assert channel.keys == [part_id(ID, 1)]

    def test_an_external_agents_own_text_is_sent(self) -> None:
        """An agent without a table writes its text into the message."""
        bench = Bench()
        token = seal(samples.reply_address("other"), samples.REPLY_KEY)

        assert (
            bench.work(OutboxMessage(reply=token, answer=Reply(text="from outside")).to_json())
            is None
        )
        assert bench.channel.sent == [("from outside", "ann")]

    def test_an_external_agents_text_is_cleaned(self) -> None:
        """Characters that no table or platform takes are gone from what is sent."""
        bench = Bench()
        token = seal(samples.reply_address("other"), samples.REPLY_KEY)
        source = {"schema": "cococat.outbox/1", "reply": token, "content": "a\x00b\ud800c"}

        assert bench.work(json.dumps(source)) is None
        assert bench.channel.sent == [("abc", "ann")]


class TestFailing:
    """A send that fails."""

    @pytest.mark.parametrize(("retry_after", "delay"), [(None, 1), (17, 17), (0, 1)])
    def test_a_delay_is_the_platforms_or_our_own(self, retry_after: int | None, delay: int) -> None:
        """Where nothing was sent the send is repeated when the platform says, or soon."""
        bench = Bench()
        bench.channel.fails = [DeliveryDelayed("busy", retry_after)]

        assert bench.work() == Retry(delay)
        assert (bench.part().state, bench.letters()) == (PartState.WAITING, [])
        assert bench.work() is None
        assert bench.channel.sent == [("hi", "ann")]

    def test_a_delay_may_grow_with_the_tries(self) -> None:
        """One wait after the other, the last one for all that follow."""
        bench = Bench()
        bench.channel.fails = [DeliveryDelayed("busy", 60, 3600, 7200)] * 4

        assert [bench.work() for _ in range(5)] == [*map(Retry, [60, 3600, 7200, 7200]), None]
        assert bench.channel.sent == [("hi", "ann")]

    @pytest.mark.parametrize("named", [None, 0, 1])
    def test_delays_end_after_ten_tries(self, named: int | None) -> None:
        """What can't be sent for long goes to a person; no short wait uses up the tries."""
        bench = Bench()
        bench.channel.fails = [DeliveryDelayed("busy", named)] * MAX_ATTEMPTS

        fates = [bench.work() for _ in range(MAX_ATTEMPTS)]

        assert fates == [*map(Retry, [1, 2, 4, 8, 16, 32, 64, 120, 120]), None]
        assert (bench.part().state, bench.letters()) == (PartState.DEAD, [(ID, 1, "busy")])
        assert bench.work() is None
        assert bench.channel.sent == []

    @pytest.mark.parametrize("channel", [PlainChannel, RepeatableChannel])
    def test_a_refusal_is_final(self, channel: type[PlainChannel]) -> None:
        """What the platform refuses for good is not tried again."""
        bench = Bench(channel())
        bench.channel.fails = [DeliveryFailed("blocked")]

        assert [bench.work(), bench.work()] == [None, None]
        assert (bench.part().state, bench.letters()) == (PartState.DEAD, [(ID, 1, "blocked")])
        assert bench.channel.sent == []

    def test_an_unknown_end_goes_to_a_person(self) -> None:
        """A reply that may have arrived is listed and never sent again."""
        bench = Bench()
        bench.channel.fails = [DeliveryUnknown("timeout")]

        assert [bench.work(), bench.work()] == [None, None]
        assert (bench.part().state, bench.letters()) == (PartState.UNKNOWN, [(ID, 1, "unknown")])
        assert bench.channel.sent == []

    def test_an_unknown_end_is_sent_again_where_a_repeat_is_harmless(self) -> None:
        """A platform that knows our key gets the reply again, and shows it once."""
        bench = Bench(RepeatableChannel())
        bench.channel.fails = [DeliveryUnknown("timeout")]

        assert bench.work() == Retry(1)
        assert bench.work() is None
        assert bench.channel.sent == [("hi", "ann")]

    def test_an_end_that_stays_unknown_is_listed_as_such(self) -> None:
        """After ten tries even a repeatable reply goes to a person."""
        bench = Bench(RepeatableChannel())
        bench.channel.fails = [DeliveryUnknown("timeout")] * MAX_ATTEMPTS
        for _ in range(MAX_ATTEMPTS):
            last = bench.work()

        assert last is None
        assert bench.letters() == [(ID, 1, "unknown")]

    def test_a_bug_in_a_channel_does_not_send_twice(self) -> None:
        """An error that is no answer of the platform's leaves the end unknown."""
        bench = Bench()
        bench.channel.fails = [ZeroDivisionError()]
        with pytest.raises(ZeroDivisionError):
            bench.work()

        assert bench.work() is None
        assert (bench.channel.sent, bench.letters()) == ([], [(ID, 1, "unknown")])

    def test_another_worker_on_the_same_part_waits(self) -> None:
        """Two workers never send one part at the same time."""
        bench = Bench()
        bench.items = StolenItems(bench.clock)
        bench.store_reply("hi")

        assert bench.work() == Retry(1)
        assert bench.channel.sent == []


class StolenItems(MemoryItems):
    """A table in which another worker is always a little faster with a part."""

    def put(self, item: Item, *, replacing: int | None) -> None:
        """Write *item*, unless it is a part."""
        if item["sk"].startswith("part"):
            raise Conflict(item)
        super().put(item, replacing=replacing)


def test_the_log_quotes_no_reply(caplog: pytest.LogCaptureFixture) -> None:
    """Neither the answer nor its user is in any log line."""
    caplog.set_level(logging.DEBUG)
    bench = Bench()
    bench.items.stored.clear()
    bench.store_reply("canary-reply")
    errors: list[Exception | None] = [DeliveryDelayed("busy"), DeliveryUnknown("timeout")]
    bench.channel.fails = errors
    bench.work()
    bench.work()

    logged = repr([vars(record) for record in caplog.records])
    assert "canary" not in logged
    assert "'ann'" not in logged
    assert ID in logged


def test_every_delivery_error_has_a_code() -> None:
    """A dead letter's reason is the error's own word."""
    kinds = (DeliveryDelayed, DeliveryFailed, DeliveryUnknown)

    assert [kind("word").code for kind in kinds] == ["word"] * 3
    assert all(issubclass(kind, DeliveryError) for kind in kinds)
    assert issubclass(PlainChannel, Channel)
