"""A heartbeat that is killed, or cut off from AWS, at each point of its way."""

import pytest

from cococat.core import message_record
from cococat.core.heartbeat import ChannelSide, Heartbeat
from cococat.core.mailbox import MailboxMessage
from cococat.core.message_record import State
from cococat.core.messages import Reply
from cococat.core.opened_files import NO_FILES
from cococat.core.progress import Say
from tests.support import samples
from tests.support.clock import FakeClock
from tests.support.fuse import Fuse, FusedItems, FusedOutbox, Killed
from tests.support.items import MemoryItems
from tests.support.progress import silent
from tests.support.queues import MemoryQueue
from tests.support.wishes import MemoryObservations

MESSAGE = samples.mailbox_message()
ANSWER = Reply(text="hi")


class Answering:
    """An agent that counts its runs, behind a fuse."""

    def __init__(self, fuse: Fuse, reply: Reply | None) -> None:
        self._fuse = fuse
        self._reply = reply
        self.runs = 0

    def answer(self, message: MailboxMessage, seconds: float, say: Say) -> Reply | None:
        """Answer."""
        with self._fuse.around("agent"):
            self.runs += 1
            return self._reply


class Bench:
    """A heartbeat whose every call may be its last."""

    def __init__(self, fuse: Fuse, reply: Reply | None = ANSWER) -> None:
        self.clock = FakeClock()
        self.items = MemoryItems(self.clock)
        self.outbox = MemoryQueue(samples.OUTBOX, self.clock)
        self.agent = Answering(fuse, reply)
        self.failures = 0
        self._fuse = fuse

    def work_until_done(self) -> None:
        """Show the message again and again, as the queue does."""
        while True:
            try:
                if self._heartbeat().work(MESSAGE.to_json(), seconds=7) is None:
                    return
            except (Killed, OSError):
                self.failures += 1

    def state(self) -> State:
        """Return how far the message has come."""
        record = message_record.load(self.items, MESSAGE.id)
        assert record is not None
        return record.state

    def _heartbeat(self) -> Heartbeat:
        return Heartbeat(
            agent_name="support",
            agent=lambda: self.agent,
            items=FusedItems(self.items, self._fuse),
            outbox=FusedOutbox(self.outbox, self._fuse),
            clock=self.clock,
            observations=MemoryObservations(),
            channels=ChannelSide(
                fallback_text=lambda _address: "sorry", opener=NO_FILES, progress=silent
            ),
        )


def points() -> list[str]:
    """Return the points that a heartbeat passes when nothing goes wrong."""
    fuse = Fuse()
    Bench(fuse).work_until_done()
    return fuse.passed


POINTS = points()
ANYWHERE = [pytest.param(at, id=f"{at} {point}") for at, point in enumerate(POINTS)]
SENT = POINTS.index("after outbox")


def test_the_way_of_a_message() -> None:
    """The agent runs after the claim is stored; the outbox gets what is stored already."""
    calls = [point.removeprefix("after ") for point in POINTS if point.startswith("after")]

    assert calls == ["get", "put", "agent", "put", "outbox", "put"]


@pytest.mark.parametrize("blow", [Killed, OSError])
@pytest.mark.parametrize("at", ANYWHERE)
class TestOneCrash:
    """One crash anywhere."""

    def test_the_reply_is_sent_once(self, at: int, blow: type[BaseException]) -> None:
        """Wherever a run ends, the next one goes on and the answer is sent once."""
        bench = Bench(Fuse(at, blow))

        bench.work_until_done()

        assert bench.failures == 1
        assert len(bench.outbox.bodies()) == 1
        assert bench.state() is State.DONE
        assert bench.items.open_letters(10) == []

    def test_the_agent_runs_again_only_where_its_answer_was_lost(
        self, at: int, blow: type[BaseException]
    ) -> None:
        """A run that ended with its answer stored, or before it began, costs no second run."""
        bench = Bench(Fuse(at, blow))
        lost = POINTS.index("after agent") <= at < POINTS.index("after agent") + 2

        bench.work_until_done()

        assert bench.agent.runs == (2 if lost else 1)


@pytest.mark.parametrize("at", ANYWHERE)
def test_a_long_time_after_the_crash_the_reply_is_still_the_same_one(at: int) -> None:
    """Past the queue's five minutes the outbox may get it twice, but never another one."""
    bench = Bench(Fuse(at))
    try:
        bench._heartbeat().work(MESSAGE.to_json(), seconds=7)
    except Killed:
        bench.clock.advance(301)

    bench.work_until_done()

    assert len(bench.outbox.bodies()) == (2 if SENT <= at < len(POINTS) - 1 else 1)
    assert len(set(bench.outbox.bodies())) == 1


@pytest.mark.parametrize("first", ANYWHERE)
@pytest.mark.parametrize("second", range(0, 12, 2))
def test_two_crashes_end_with_one_answer(first: int, second: int) -> None:
    """After any two crashes there is the answer, or the fallback and a dead letter."""
    fuse = Fuse(first)
    bench = Bench(fuse)
    with pytest.raises(Killed):
        bench._heartbeat().work(MESSAGE.to_json(), seconds=7)
    fuse.passed.clear()
    fuse._at = second

    bench.work_until_done()

    record = message_record.load(bench.items, MESSAGE.id)
    assert record is not None
    assert record.reply is not None
    assert len(bench.outbox.bodies()) == 1
    assert bench.agent.runs <= 2
    reasons = [letter.reason for letter in bench.items.open_letters(10)]
    assert reasons == (["killed"] if record.reply.fallback else [])


@pytest.mark.parametrize("at", range(len(POINTS) - 2))
def test_no_answer_stays_no_answer(at: int) -> None:
    """An agent that has no answer sends none, wherever the run is interrupted."""
    bench = Bench(Fuse(at), reply=None)

    bench.work_until_done()

    assert bench.outbox.bodies() == []
    assert bench.state() is State.DONE


def test_a_crash_while_giving_up_still_tells_the_user_and_lists_the_message() -> None:
    """The fallback and the dead letter survive a crash at each of their own steps."""
    for at in range(20):
        fuse = Fuse()
        bench = Bench(fuse)
        for point in ("before agent", "before agent"):
            fuse.blow_at(point)
            with pytest.raises(Killed):
                bench._heartbeat().work(MESSAGE.to_json(), seconds=7)
        fuse.passed.clear()
        fuse._at = at

        bench.work_until_done()

        assert len(bench.outbox.bodies()) == 1
        assert [letter.reason for letter in bench.items.open_letters(10)] == ["killed"]
