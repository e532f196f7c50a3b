"""Everything that can happen to a gateway's connection, in any order, while people write."""

import random
from functools import partial

import pytest

from cococat.core.channel_status import Status
from tests.support.discord_listening import Listening, Platform, platform, until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.enable_socket,
    # discord.py leaves the connection that it just makes to the garbage collector when it is ended
    pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning"),
]

MESSAGES = 300


class Storm:
    """
    What befalls whoever listens.

    Attributes:
        replica: who that is.
        struck: how often something has happened.

    """

    def __init__(self, world: Platform, seed: int) -> None:
        self.world = world
        self.replica: Listening = world.connected()
        self.struck = 0
        self._random = random.Random(seed)  # noqa: S311 - no secret
        self._kinds = (self.reconnect, self.drop, self.invalidate, self.forget, self.take_over)

    def has(self, count: int) -> bool:
        """Tell whether *count* messages are taken in, each of a channel of its own."""
        channels = self.replica.hold.cursor.get("channels", {})
        return len(self.world.mailbox.texts) == len(channels) == count

    def strike(self) -> None:
        """Let something happen, mostly nothing."""
        if self._random.random() < 0.2:
            self._random.choice(self._kinds)()
            self.struck += 1
            if self._random.random() < 0.5:
                until(lambda: self.replica.hold.notes[-1:] == [(Status.CONNECTED, "")])

    def reconnect(self) -> None:
        """Ask for another connection."""
        self.world.server.connection_of(self.world.bot).post({"op": 7})

    def drop(self) -> None:
        """Cut the line."""
        self.world.server.drop(self.world.bot)

    def invalidate(self) -> None:
        """Invalidate the session, resumable or not."""
        connection = self.world.server.connection_of(self.world.bot)
        connection.post({"op": 9, "d": self._random.random() < 0.5})

    def forget(self) -> None:
        """Forget the session, as a server that starts anew."""
        self.world.bot.sessions.clear()
        self.drop()

    def take_over(self) -> None:
        """Stop the replica, and let another one go on."""
        self.replica.stop()
        self.replica = self.world.listen(self.replica.hold.cursor)
        until(lambda: self.world.bot.sessions)


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_lost_and_nothing_comes_twice(seed: int) -> None:
    """RESUME brings what it can, the lists bring the rest."""
    with platform() as world:
        storm = Storm(world, seed)
        texts = [f"m{number}" for number in range(MESSAGES)]
        for number, text in enumerate(texts):
            (world.write if number % 2 else world.call)(text)
            if number < 2:
                until(partial(storm.has, number + 1))
            else:
                storm.strike()
        until(lambda: len(world.mailbox.texts) >= MESSAGES)

        assert storm.struck > MESSAGES / 10
        assert len(world.server.connections) >= 4
        direct = [each for each in world.mailbox.taken if each.conversation_id == world.direct.id]
        assert sorted(world.mailbox.texts) == sorted(texts)
        assert [each.content for each in direct] == texts[1::2]
