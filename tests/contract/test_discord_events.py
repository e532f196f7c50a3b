"""Edits and pressed buttons, as the real discord.py brings them from the simulated gateway."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from cococat.core.messages import Button, Card, Reply
from cococat.core.outbox import deliveries
from cococat.simulators import discord_presses
from cococat.simulators.discord import Place, mention
from cococat.simulators.discord_presses import Interaction
from tests.support.discord import ANN, Stage
from tests.support.discord_listening import Platform, platform, until

pytestmark = [
    pytest.mark.enable_socket,
    # discord.py leaves the connection that it just makes to the garbage collector when it is ended
    pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning"),
]

CARRIED = "INTERACTION_CREATE"
"""A value that is a word of the platform's own, too."""
CARD = Reply(card=Card(title="Order", buttons=(Button(text="Pay", value=CARRIED),)))


@pytest.fixture(name="world")
def _world() -> Iterator[Platform]:
    with platform() as made:
        yield made


def show(world: Platform, place: Place) -> None:
    """Show a card in *place*, as the outbox does."""
    channel = world.channel()
    to = replace(Stage().to_ann(), conversation_id=place.id)
    for delivery in deliveries(channel, to, CARD, {}):
        channel.answer(delivery)


def press(world: Platform, place: Place) -> Interaction:
    """Let Ann press the button in *place*."""
    return discord_presses.press(world.discord, world.bot, place, ANN, "Pay")


def test_a_press_is_taken_and_answered(world: Platform) -> None:
    """In a direct conversation and in a room, within the platform's 3 seconds."""
    replica = world.connected()
    places = (world.direct, world.room)
    for place in places:
        show(world, place)
    pressed = [press(world, place) for place in places]
    until(lambda: all(each.answer for each in pressed))
    world.write(CARRIED)
    until(lambda: len(world.mailbox.texts) == 3)
    replica.stop()

    assert [each.answer for each in pressed] == [{"type": 6}] * 2
    kinds = [(each.content, each.msg_type) for each in world.mailbox.taken]
    assert sorted(kinds) == [(CARRIED, "event"), (CARRIED, "event"), (CARRIED, "text")]
    assert replica.failure is None
    assert world.bot.identified == 1


def test_a_press_does_not_wait_for_messages_that_have_to(world: Platform) -> None:
    """Their mailbox is down, and whoever pressed is told so in time."""
    replica = world.connected()
    show(world, world.direct)
    world.mailbox.is_down = True
    world.write("one")
    until(lambda: replica.hold.waits)
    pressed = press(world, world.direct)
    until(lambda: pressed.answer)
    assert pressed.answer is not None
    assert pressed.answer["type"] == 4
    world.mailbox.is_down = False

    world.has("one")


def test_a_resume_brings_a_press_once(world: Platform) -> None:
    """Of a line that was cut just then."""
    replica = world.connected()
    show(world, world.direct)
    world.server.connection_of(world.bot).is_deaf = True
    world.server.drop(world.bot)
    pressed = press(world, world.direct)
    world.has(CARRIED)
    until(lambda: pressed.answer)

    assert replica.hold.waits == []
    assert world.bot.identified == 1


@pytest.mark.parametrize("edits", [True, False])
def test_edits_are_an_option(world: Platform, *, edits: bool) -> None:
    """The bot's own edits, and what the platform itself adds, are none."""
    world.options["edits"] = edits
    world.connected()
    show(world, world.direct)
    message = world.write("one")
    world.discord.tell(world.bot, "MESSAGE_UPDATE", message | {"embeds": [{"type": "link"}]})
    world.discord.edit(world.bot, message, "two")
    world.discord.edit(world.bot, world.direct.messages[0], "ours")
    in_room = world.discord.write(world.bot, world.room, ANN, "to bob")
    world.discord.edit(world.bot, in_room, f"<@{world.bot.id}> three", **mention(world.bot))
    world.write("four")

    world.has(*(("one", "two", "three", "four") if edits else ("one", "four")))
