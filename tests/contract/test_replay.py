"""An operator's replay of a message whose agent has failed, on every channel."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from cococat.core.mailbox import MailboxMessage
from cococat.core.message_record import LIFETIME
from cococat.core.replay import DeadLetterDesk
from tests.contract.stage import Stage
from tests.contract.web_api_case import WebApiCase, WebApiPlatform
from tests.support import handlers
from tests.support.world import World


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


class SharedEntry(WebApiCase):
    """A web_api entry that several programs have keys of."""

    def secrets(self, scene: str) -> dict[str, Any]:
        """Return their keys, the last of them without a name."""
        keys = {name: f"key-of-{name}-{scene}" for name in ("alice", "bob", "nobody")}
        named = [{"name": name, "key": keys[name]} for name in ("alice", "bob")]
        return {"api_key": [*named, keys["nobody"]]}


@pytest.mark.parametrize("later", [0, LIFETIME + 1])
def test_its_answer_stays_its_callers(world: World, later: int) -> None:
    """Also where all that is kept of the message has expired meanwhile, but for the letter."""
    stage = Stage(world, SharedEntry())
    platform, _ = stage.connect(handlers.raises, handlers.raises)
    assert isinstance(platform, WebApiPlatform)
    alice, bob, nobody = (
        replace(platform.caller, api_key=f"key-of-{name}-shop")
        for name in ("alice", "bob", "nobody")
    )
    alice.ask("ann", "hello")
    world.settle()
    (letter,) = world.letters()
    world.clock.advance(later)
    desk(stage).replay(letter)
    world.settle()

    assert [each.fetch(letter.id).status for each in (bob, nobody)] == [404, 404]
    assert json.loads(alice.fetch(letter.id).body)["reply"] == "hello"
