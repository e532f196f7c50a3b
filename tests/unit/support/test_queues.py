"""The fake queue is as strict as SQS, so that the tests that use it are worth something."""

import pytest

from tests.support.clock import FakeClock
from tests.support.queues import MemoryQueue, MemoryQueues, RefusedByQueue


@pytest.fixture(name="clock")
def _clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(name="queue")
def _queue(clock: FakeClock) -> MemoryQueue:
    return MemoryQueue("queue://one", clock, visibility=30)


def send(queue: MemoryQueue, body: str, group: str = "g", deduplication: str = "") -> None:
    """Send *body* under its own id."""
    queue.send(body, group=group, deduplication=deduplication or f"id-{body}")


def receive(queue: MemoryQueue) -> str | None:
    """Receive one message and return its body."""
    received = queue.receive()
    return received.body if received else None


@pytest.mark.parametrize("illegal", ["", "a" * 129, "a b", "猫", "a\n", "\x7f"])
def test_illegal_ids_are_refused(queue: MemoryQueue, illegal: str) -> None:
    """Ids have 1 to 128 characters of SQS's alphabet."""
    with pytest.raises(RefusedByQueue):
        queue.send("body", group=illegal, deduplication="d")
    with pytest.raises(RefusedByQueue):
        queue.send("body", group="g", deduplication=illegal)


@pytest.mark.parametrize("body", ["", "a\x00", "a\ud800", "a\ufffe", "a" * (256 * 1024 + 1)])
def test_illegal_bodies_are_refused(queue: MemoryQueue, body: str) -> None:
    """A body has sendable characters and 256 KiB at most."""
    with pytest.raises(RefusedByQueue):
        queue.send(body, group="g", deduplication="d")
    assert queue.bodies() == []


def test_a_repeat_is_known_for_five_minutes(queue: MemoryQueue, clock: FakeClock) -> None:
    """Even after the message was deleted."""
    for seconds in (0, 299, 1):
        clock.advance(seconds)
        send(queue, f"body at {clock.now()}", deduplication="same")
        while received := queue.receive():
            queue.delete(received.receipt)

    send(queue, "in another group", group="other", deduplication="same")
    assert queue.bodies() == ["in another group"]


def test_a_hidden_message_holds_its_group_back(queue: MemoryQueue, clock: FakeClock) -> None:
    """Other groups go on; after its time the message is shown again, first of its group."""
    for body, group in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        send(queue, body, group)

    assert [receive(queue), receive(queue), receive(queue)] == ["a1", "b1", None]
    clock.advance(30)
    assert receive(queue) == "a1"


def test_a_delay_is_as_long_as_it_is_asked_for(queue: MemoryQueue, clock: FakeClock) -> None:
    """A consumer may show a message again sooner or later."""
    send(queue, "body")
    first = queue.receive()
    assert first is not None
    queue.hide(first.receipt, 5)
    assert queue.next_due() == clock.now() + 5
    clock.advance(5)
    second = queue.receive()

    assert second is not None
    assert (first.receives, second.receives) == (1, 2)
    with pytest.raises(RefusedByQueue):
        queue.delete(first.receipt)
    queue.delete(second.receipt)
    assert queue.next_due() is None


def test_a_queue_that_is_not_there_takes_nothing(clock: FakeClock) -> None:
    """A wrong URL is an error."""
    with pytest.raises(RefusedByQueue):
        MemoryQueues(clock).send("queue://x", "body", group="g", deduplication="d")
