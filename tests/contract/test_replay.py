"""An operator's replay of a message whose agent has failed, on every channel."""

from collections.abc import Iterator

from cococat.core.mailbox import MailboxMessage
from cococat.core.replay import DeadLetterDesk
from tests.contract.stage import Stage
from tests.support import handlers


def desk(stage: Stage) -> DeadLetterDesk:
    """Return what replays the dead letters of *stage*."""
    backend = stage.world.backend
    return DeadLetterDesk(
        items=backend.items,
        directory=backend.directory,
        mailbox=backend.mailbox,
        outbox=backend.outbox,
        clock=stage.world.clock,
    )


def breaks_off(_message: MailboxMessage) -> Iterator[str]:
    """Begin an answer, and fail."""
    yield "so far"
    raise LookupError


def test_its_answer_reaches_the_user(stage: Stage) -> None:
    """Within the hour for which platforms take the same key for a repeat: it is another answer."""
    platform, agent = stage.connect(handlers.raises, handlers.raises)
    platform.deliver("ann", "hello")
    stage.world.settle()
    (letter,) = stage.world.letters()
    desk(stage).replay(letter)
    stage.world.settle()

    assert agent.seen == ["hello"] * 3
    assert platform.heard("ann")[-1] == "hello"
    assert stage.reasons() == []


def test_an_answer_that_grows_reaches_the_user_too(stage: Stage) -> None:
    """What the failed runs have shown is in nobody's way."""
    stage.world.shows_progress = True
    platform, _ = stage.connect(breaks_off, breaks_off, lambda message: iter([message.content]))
    platform.deliver("ann", "hello")
    stage.world.settle()
    (letter,) = stage.world.letters()
    desk(stage).replay(letter)
    stage.world.settle()

    assert platform.heard("ann")[-1] == "hello"
    assert stage.reasons() == []
