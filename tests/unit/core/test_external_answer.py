import json
from dataclasses import replace
from typing import Any

import pytest

from cococat.core import mailbox, message_record, text
from cococat.core.channel_status import Status
from cococat.core.dead_letters import DeadLetter
from cococat.core.errors import DeliveryFailed
from cococat.core.message_record import MessageRecord, State
from cococat.core.messages import FALLBACK_TEXT, Reply
from cococat.core.outbox import OutboxWorker
from cococat.core.outbox_message import MAX_DETAIL, OutboxMessage, parse
from tests.support import samples
from tests.support.channels import OneChannel, PlainChannel
from tests.support.clock import FakeClock
from tests.support.directory import MemoryDirectory
from tests.support.items import MemoryItems
from tests.support.wishes import MemoryObservations

MESSAGE = samples.mailbox_message()
SOURCE: dict[str, Any] = json.loads(MESSAGE.to_json())
ANSWER = OutboxMessage(reply=MESSAGE.reply, answer=Reply(text="from outside"))
FAILED = OutboxMessage(reply=MESSAGE.reply, failure="agent_error", message=SOURCE)


class Bench:
    """An outbox worker, and a message that a door has accepted and nobody has answered."""

    def __init__(self, **config: object) -> None:
        self.clock = FakeClock()
        self.items = MemoryItems(self.clock)
        self.channel = PlainChannel()
        self.observations = MemoryObservations()
        self.directory = MemoryDirectory(samples.binding(config=config))
        self.store(message_record.received(MESSAGE.id, samples.ADDRESS, "", self.clock.now()))

    def store(self, record: MessageRecord) -> None:
        """Let *record* be all that is known of the message."""
        self.items.stored.clear()
        self.items.put(record.to_item(), replacing=None)

    def work(self, message: OutboxMessage) -> None:
        """Let the worker work on *message*."""
        worker = OutboxWorker(
            items=self.items,
            directory=self.directory,
            channels=OneChannel(self.channel),
            observations=self.observations,
            clock=self.clock,
        )
        assert worker.work(message.to_json()) is None

    def record(self) -> MessageRecord:
        """Return what is known of the message."""
        record = message_record.load(self.items, MESSAGE.id)
        assert record is not None
        return record

    @property
    def counted(self) -> int:
        """Return how many messages of the channel were counted."""
        seen = self.observations.read(samples.ADDRESS)
        return seen.message_count if seen else 0

    def letters(self) -> list[DeadLetter]:
        """Return the open dead letters."""
        return self.items.open_letters(10)


@pytest.fixture(name="bench")
def _bench() -> Bench:
    return Bench()


class TestAnAnswer:
    """An external agent that answers."""

    def test_is_sent_and_stored_with_its_message(self, bench: Bench) -> None:
        """Whoever looks at the item, such as a door that waits, finds it there."""
        bench.work(ANSWER)

        record = bench.record()
        assert bench.channel.sent == [("from outside", "ann")]
        assert (record.state, record.reply) == (State.DONE, Reply(text="from outside"))
        assert (record.replied_at, record.failure) == (bench.clock.now(), None)
        assert bench.letters() == []

    def test_is_stored_once(self, bench: Bench) -> None:
        """A second answer does not take the first one's place."""
        bench.work(ANSWER)
        bench.work(replace(ANSWER, answer=Reply(text="another")))

        assert bench.record().reply == Reply(text="from outside")
        assert bench.channel.sent == [("from outside", "ann")]

    def test_is_counted_once(self, bench: Bench) -> None:
        """Its agent has no table to do so; that proves the channel, too."""
        bench.work(ANSWER)
        bench.work(ANSWER)
        seen = bench.observations.read(samples.ADDRESS)

        assert seen is not None
        assert (seen.status, bench.counted) == (Status.CONNECTED, 1)

    def test_is_sent_where_it_can_not_be_counted(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A count is worth no message."""

        def fail(*_: object) -> None:
            raise ConnectionError

        monkeypatch.setattr(bench.observations, "count_message", fail)
        bench.work(ANSWER)

        assert bench.channel.sent == [("from outside", "ann")]

    def test_without_an_item_is_sent(self, bench: Bench) -> None:
        """Not every channel's door makes one."""
        bench.items.stored.clear()
        bench.work(ANSWER)

        assert bench.channel.sent == [("from outside", "ann")]

    def test_is_cut_to_what_a_table_takes(self, bench: Bench) -> None:
        """A very long answer keeps its beginning, in whole characters."""
        bench.work(replace(ANSWER, answer=Reply(text="猫" * 90_000)))

        ((sent, _),) = bench.channel.sent
        assert text.MAX_REPLY - 3 <= text.size(sent) <= text.MAX_REPLY

    def test_of_a_probe_gets_its_receipt(self, bench: Bench) -> None:
        """A verification's answer is noted and sent to nobody."""
        bench.store(replace(bench.record(), probe=True, version=0))
        bench.work(ANSWER)

        assert (bench.channel.sent, bench.counted) == ([], 0)
        assert (bench.record().answered_at, bench.record().reply) == (
            bench.clock.now(),
            Reply(text="from outside"),
        )


class TestNoAnswer:
    """An external agent that has none."""

    def test_releases_whoever_waits(self, bench: Bench) -> None:
        """The message is finished; nothing is sent and nothing is dead."""
        bench.work(OutboxMessage(reply=MESSAGE.reply, none=True))

        assert bench.record().finished
        assert bench.record().reply is None
        assert (bench.channel.sent, bench.letters()) == ([], [])

    def test_without_an_item_is_nothing_to_do(self, bench: Bench) -> None:
        """Nobody waits there."""
        bench.items.stored.clear()
        bench.work(OutboxMessage(reply=MESSAGE.reply, none=True))

        assert (bench.channel.sent, bench.letters(), bench.items.stored) == ([], [], {})

    def test_after_an_answer_takes_nothing_back(self, bench: Bench) -> None:
        """The first one stays."""
        bench.work(ANSWER)
        bench.work(OutboxMessage(reply=MESSAGE.reply, none=True))

        assert bench.record().reply == Reply(text="from outside")

    def test_with_a_text_is_an_answer(self, bench: Bench) -> None:
        """A text is never thrown away."""
        bench.work(replace(ANSWER, none=True))

        assert bench.channel.sent == [("from outside", "ann")]


class TestAFailure:
    """An external agent that could not answer."""

    def test_sends_the_channels_fallback_and_keeps_the_message(self, bench: Bench) -> None:
        """The user is told, and an operator finds the message as the mailbox had it."""
        bench.work(FAILED)

        assert bench.channel.sent == [(FALLBACK_TEXT, "ann")]
        assert bench.record().reply == Reply(text=FALLBACK_TEXT, fallback=True)
        assert bench.record().failure == "agent_error"
        (letter,) = bench.letters()
        assert (letter.id, letter.part, letter.queue) == (MESSAGE.id, 0, "mailbox")
        assert (letter.reason, letter.agent) == ("agent_error", "support")
        assert mailbox.parse(letter.body) == MESSAGE

    def test_says_what_else_helps(self, bench: Bench) -> None:
        """The kind of error is kept with the message and with its dead letter; not too much."""
        bench.work(replace(FAILED, detail="ValueError " + "x" * 1000))

        (letter,) = bench.letters()
        assert letter.detail.startswith("ValueError x")
        assert len(letter.detail) == MAX_DETAIL
        assert bench.record().detail == letter.detail

    def test_is_told_in_the_channels_own_words(self) -> None:
        """The entry's option counts here too."""
        bench = Bench(options={"fallback_text": "稍等"})
        bench.work(FAILED)

        assert bench.channel.sent == [("稍等", "ann")]

    def test_may_bring_words_of_its_own(self, bench: Bench) -> None:
        """They are a stand-in all the same."""
        bench.work(replace(FAILED, answer=Reply(text="later")))

        assert bench.record().reply == Reply(text="later", fallback=True)

    def test_that_comes_twice_is_listed_once(self, bench: Bench) -> None:
        """A redelivery changes nothing."""
        bench.work(FAILED)
        bench.work(FAILED)

        assert (len(bench.channel.sent), len(bench.letters())) == (1, 1)

    @pytest.mark.parametrize(
        "message",
        [
            None,
            {},
            SOURCE | {"id": "0" * 64},
            SOURCE | {"reply": "another"},
            SOURCE | {"content": 1},
        ],
    )
    def test_with_another_message_is_listed_without_it(
        self, bench: Bench, message: dict[str, Any] | None
    ) -> None:
        """An agent can't put a stranger's message among the dead letters."""
        bench.work(replace(FAILED, message=message))

        (letter,) = bench.letters()
        assert (letter.id, letter.body) == (MESSAGE.id, "")
        assert bench.channel.sent == [(FALLBACK_TEXT, "ann")]

    def test_whose_fallback_cannot_be_sent_is_two_letters(self, bench: Bench) -> None:
        """One for the message; one for the reply, which does not hold the message again."""
        bench.channel.fails = [DeliveryFailed("blocked")]
        bench.work(FAILED)

        letters = {letter.queue: letter for letter in bench.letters()}
        assert letters.keys() == {"mailbox", "outbox"}
        assert parse(letters["outbox"].body) == OutboxMessage(
            reply=MESSAGE.reply, answer=Reply(text=FALLBACK_TEXT, fallback=True)
        )
