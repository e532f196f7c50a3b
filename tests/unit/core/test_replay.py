from dataclasses import replace

import pytest

from cococat.core import claims, dead_letters, mailbox, message_record, outbox_message
from cococat.core.claims import Run
from cococat.core.dead_letters import DeadLetter
from cococat.core.errors import MailboxUnavailable, NotReplayable
from cococat.core.message_record import State
from cococat.core.messages import Reply
from cococat.core.outbox_message import OutboxMessage
from cococat.core.part_record import PartRecord, PartState
from cococat.core.replay import DeadLetterDesk
from cococat.core.reply_address import LIFETIME, unseal
from tests.support import samples
from tests.support.clock import START, FakeClock
from tests.support.directory import MemoryDirectory
from tests.support.items import MemoryItems
from tests.support.queues import MemoryQueue, MemoryQueues

MESSAGE = samples.mailbox_message()
ANSWER = OutboxMessage(reply=MESSAGE.reply, answer=Reply(text="hi"))


class Bench:
    """A desk with all that it touches in memory."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.items = MemoryItems(self.clock)
        self.queues = MemoryQueues(self.clock)
        self.mailbox = self.queues.make(samples.MAILBOX)
        self.outbox = MemoryQueue(samples.OUTBOX, self.clock)
        self.directory = MemoryDirectory(samples.binding())
        self.desk = DeadLetterDesk(
            items=self.items,
            directory=self.directory,
            mailbox=self.queues,
            outbox=self.outbox,
            clock=self.clock,
        )

    def bury(self, queue: str, body: str, part: int = 1) -> DeadLetter:
        """Let a message be dead."""
        if queue == "mailbox":
            letter = dead_letters.letter(MESSAGE.id, "mailbox", "killed", body, START)
        else:
            letter = dead_letters.letter(MESSAGE.id, "outbox", "unknown", body, START, part=part)
        dead_letters.bury(self.items, letter)
        return self.letters()[0]

    def letters(self) -> list[DeadLetter]:
        """Return the open dead letters."""
        return self.items.open_letters(10)


@pytest.fixture(name="bench")
def _bench() -> Bench:
    return Bench()


def finish(bench: Bench) -> None:
    """Let the message have got the fallback."""
    step = claims.claim(bench.items, MESSAGE.id, samples.ADDRESS, START)
    assert isinstance(step, Run)
    fallback = Reply(text="sorry", fallback=True)
    claims.finish(
        bench.items, claims.store_reply(bench.items, step.record, fallback, START, "killed")
    )


def settled_part(bench: Bench, number: int, state: PartState, *, unsure: bool = False) -> None:
    """Let part *number* have come to its end; *unsure*: an earlier try may have arrived."""
    part = PartRecord(
        message_id=MESSAGE.id,
        part=number,
        state=state,
        unsure=unsure,
        changed_at=0,
        expires_at=2**40,
    )
    bench.items.put(part.to_item(), replacing=None)


def states(bench: Bench) -> list[str]:
    """Return the state of each part."""
    return [
        str(item["state"])
        for (_, key), item in sorted(bench.items.stored.items())
        if key.startswith("part#")
    ]


class TestReplayingAMessage:
    """A message goes back into its agent's mailbox."""

    def test_the_agent_is_asked_anew(self, bench: Bench) -> None:
        """The message is in the mailbox again and may be run twice again."""
        finish(bench)
        settled_part(bench, 1, PartState.SENT)
        settled_part(bench, 2, PartState.UNKNOWN)

        bench.desk.replay(bench.bury("mailbox", MESSAGE.to_json()))

        (body,) = bench.mailbox.bodies()
        assert replace(mailbox.parse(body), reply=MESSAGE.reply) == MESSAGE
        record = message_record.load(bench.items, MESSAGE.id)
        assert record is not None
        assert (record.state, record.attempt, record.reply) == (State.RECEIVED, 0, None)
        assert states(bench) == ["waiting", "waiting"]
        assert bench.letters() == []

    def test_what_may_have_arrived_says_nothing_of_another_answer(self, bench: Bench) -> None:
        """A channel that never sends twice would refuse it; the same answer again it does."""
        for queue, body, stays in (("outbox", ANSWER, True), ("mailbox", MESSAGE, False)):
            settled_part(bench, 1, PartState.UNKNOWN, unsure=True)
            bench.desk.replay(bench.bury(queue, body.to_json()))
            item = bench.items.stored.pop((MESSAGE.id, "part#0001"))
            assert (item["state"], item["unsure"]) == ("waiting", stays)

    def test_an_old_reply_address_is_sealed_anew(self, bench: Bench) -> None:
        """A letter that lay for weeks can still be answered."""
        letter = bench.bury("mailbox", MESSAGE.to_json())
        bench.clock.advance(LIFETIME + 1)

        bench.desk.replay(letter)

        sealed = mailbox.parse(bench.mailbox.bodies()[0]).reply
        address = unseal(sealed, samples.REPLY_KEY, bench.clock.now())
        assert replace(address, expires_at=0) == replace(samples.reply_address(), expires_at=0)

    def test_each_replay_is_new_to_the_queue(self, bench: Bench) -> None:
        """A replay within the queue's five minutes is no repeat of the one before."""
        for _ in range(2):
            bench.desk.replay(bench.bury("mailbox", MESSAGE.to_json()))

        assert len(bench.mailbox.bodies()) == 2

    def test_a_queue_that_is_down_leaves_the_letter_open(self, bench: Bench) -> None:
        """Nothing is closed before the queue has the message."""
        letter = bench.bury("mailbox", MESSAGE.to_json())
        bench.queues._queues.clear()

        with pytest.raises(MailboxUnavailable):
            bench.desk.replay(letter)
        assert bench.letters() == [letter]


class TestReplayingAReply:
    """An answer goes back into the outbox."""

    def test_the_reply_is_sent_anew(self, bench: Bench) -> None:
        """The letter's own text is in the outbox again; the agent is not asked."""
        settled_part(bench, 1, PartState.SENT)
        settled_part(bench, 2, PartState.DEAD)

        bench.desk.replay(bench.bury("outbox", ANSWER.to_json(), part=2))

        (body,) = bench.outbox.bodies()
        assert outbox_message.parse(body).answer == Reply(text="hi")
        assert bench.mailbox.bodies() == []
        assert states(bench) == ["sent", "waiting"]
        assert bench.letters() == []

    def test_each_replay_is_new_to_the_queue(self, bench: Bench) -> None:
        """A replay within the queue's five minutes is no repeat of the one before."""
        for _ in range(2):
            bench.desk.replay(bench.bury("outbox", ANSWER.to_json()))

        assert len(bench.outbox.bodies()) == 2

    @pytest.mark.parametrize("state", [PartState.SENT, PartState.SPARED])
    def test_a_part_that_its_user_has_is_not_sent_anew(
        self, bench: Bench, state: PartState
    ) -> None:
        """A letter may be replayed twice."""
        settled_part(bench, 1, state)

        bench.desk.replay(bench.bury("outbox", ANSWER.to_json()))

        assert states(bench) == [state]


class TestNotReplayable:
    """What can't go back."""

    @pytest.mark.parametrize("queue", ["mailbox", "outbox"])
    @pytest.mark.parametrize("body", ["{", MESSAGE.to_json().replace(MESSAGE.reply, "x.y")])
    def test_a_message_that_is_not_of_our_form_stays(
        self, bench: Bench, queue: str, body: str
    ) -> None:
        """The letter stays open for a person."""
        letter = bench.bury(queue, body)

        with pytest.raises(NotReplayable):
            bench.desk.replay(letter)
        assert bench.letters() == [letter]

    def test_a_message_whose_channel_is_gone_stays(self, bench: Bench) -> None:
        """There is nowhere to answer to."""
        letter = bench.bury("mailbox", MESSAGE.to_json())
        bench.directory.bindings.clear()

        with pytest.raises(NotReplayable):
            bench.desk.replay(letter)
        assert bench.letters() == [letter]

    def test_a_forged_reply_address_does_not_go_out(self, bench: Bench) -> None:
        """A replay checks the seal as the outbox does."""
        bench.directory.bindings = [samples.binding(reply_key="another")]

        with pytest.raises(NotReplayable):
            bench.desk.replay(bench.bury("outbox", ANSWER.to_json()))
        assert bench.outbox.bodies() == []


def test_a_discarded_letter_is_closed_and_kept(bench: Bench) -> None:
    """A person's decision takes a letter off the list."""
    letter = bench.bury("mailbox", MESSAGE.to_json())

    bench.desk.discard(letter)
    bench.desk.discard(letter)

    assert bench.letters() == []
    assert bench.items.get(MESSAGE.id, "dead") is not None
