"""An outbox worker that is killed, or cut off from AWS, at each point of its way."""

from dataclasses import replace

import pytest

from cococat.core import message_record
from cococat.core.messages import Reply
from cococat.core.outbox import OutboxWorker
from cococat.core.outbox_message import OutboxMessage
from cococat.core.retry import Retry
from tests.support import samples
from tests.support.channels import OneChannel, PlainChannel, RepeatableChannel
from tests.support.clock import FakeClock
from tests.support.directory import MemoryDirectory
from tests.support.fuse import Fuse, FusedChannels, FusedItems, Killed
from tests.support.items import MemoryItems
from tests.support.wishes import MemoryObservations

MESSAGE = samples.mailbox_message()
BODY = OutboxMessage(reply=MESSAGE.reply).to_json()


class Bench:
    """A worker whose every call may be its last."""

    def __init__(self, fuse: Fuse, channel: PlainChannel) -> None:
        self.clock = FakeClock()
        self.items = MemoryItems(self.clock)
        self.channel = channel
        self.failures = 0
        self._fuse = fuse
        self._channels = FusedChannels(OneChannel(channel), fuse)
        record = message_record.received(MESSAGE.id, samples.ADDRESS, "", self.clock.now())
        self.items.put(replace(record, reply=Reply(text="hi")).to_item(), replacing=None)

    def work(self) -> Retry | None:
        """Let a worker work on the reply's message."""
        worker = OutboxWorker(
            items=FusedItems(self.items, self._fuse),
            directory=MemoryDirectory(samples.binding()),
            channels=self._channels,
            observations=MemoryObservations(),
            clock=self.clock,
        )
        return worker.work(BODY)

    def work_until_done(self) -> None:
        """Show the message again and again, as the queue does."""
        while True:
            try:
                if self.work() is None:
                    return
            except (Killed, OSError):
                self.failures += 1

    def reasons(self) -> list[str]:
        """Return the reason of each open dead letter."""
        return [letter.reason for letter in self.items.open_letters(10)]


def points() -> list[str]:
    """Return the points that a worker passes when nothing goes wrong."""
    fuse = Fuse()
    Bench(fuse, PlainChannel()).work_until_done()
    return fuse.passed


POINTS = points()
ANYWHERE = [pytest.param(at, id=f"{at} {point}") for at, point in enumerate(POINTS)]
CLAIMED = POINTS.index("after put")
SENT = POINTS.index("after send")
BLOWS = pytest.mark.parametrize("blow", [Killed, OSError])


def test_the_way_of_a_reply() -> None:
    """The part is claimed before the send and settled after it."""
    calls = [point.removeprefix("after ") for point in POINTS if point.startswith("after")]

    assert calls == ["get", "get", "put", "send", "put"]


@BLOWS
@pytest.mark.parametrize("at", ANYWHERE)
def test_a_repeatable_reply_arrives_once(at: int, blow: type[BaseException]) -> None:
    """Where a repeat is harmless the reply is sent again and seen once."""
    bench = Bench(Fuse(at, blow), RepeatableChannel())

    bench.work_until_done()

    assert bench.failures == 1
    assert bench.channel.sent == [("hi", "ann")]
    assert bench.reasons() == []


@BLOWS
@pytest.mark.parametrize("at", ANYWHERE)
def test_another_reply_arrives_once_or_is_listed(at: int, blow: type[BaseException]) -> None:
    """Elsewhere a send that was begun is never repeated; its end is for a person to find out."""
    bench = Bench(Fuse(at, blow), PlainChannel())
    half_sent = CLAIMED <= at < len(POINTS) - 1

    bench.work_until_done()

    assert bench.failures == 1
    assert bench.reasons() == (["unknown"] if half_sent else [])
    assert len(bench.channel.sent) == (0 if CLAIMED <= at < SENT else 1)


@pytest.mark.parametrize("second", range(12))
def test_a_crash_while_settling_still_lists_the_reply(second: int) -> None:
    """An unknown end is listed once, wherever noting it is interrupted."""
    fuse = Fuse(SENT)
    bench = Bench(fuse, PlainChannel())
    with pytest.raises(Killed):
        bench.work()
    fuse.passed.clear()
    fuse._at = second

    bench.work_until_done()

    assert bench.reasons() == ["unknown"]
    assert bench.channel.sent == [("hi", "ann")]
