import pytest

from cococat.core.discord_inlet import DiscordInlet
from cococat.core.discord_roles import LOOK_AGAIN
from cococat.core.http_client import HttpAnswer
from cococat.simulators.discord import mention
from tests.support.discord import ANN, FakeHold, Scripted, Stage, inlet_of


class Roles(Stage):
    """A bot that knows nothing but its id, as when a session has just begun."""

    def __init__(self) -> None:
        super().__init__()
        self.hold = FakeHold()
        self.inlet = self.another()

    def another(self) -> DiscordInlet:
        """Return the inlet of whoever listens next."""
        inlet = inlet_of(self, self.hold)
        inlet.know(self.bot.id)
        return inlet

    def call(self, text: str, role: str = "") -> dict[str, object]:
        """Let Ann address the bot by a role."""
        roles = [role or self.bot.role_id]
        return self.discord.write(self.bot, self.room, ANN, text, mention_roles=roles)


@pytest.fixture(name="stage")
def _stage() -> Roles:
    return Roles()


def test_a_mention_of_the_role_is_taken_live_and_from_a_list(stage: Roles) -> None:
    """Whatever the gateway has told of the guild; another role is none of the bot's."""
    first = stage.discord.write(stage.bot, stage.room, ANN, "first", **mention(stage.bot))
    stage.inlet.take(first)
    stage.inlet.take(stage.call("live"))
    stage.call("missed")
    stage.call("others", role=stage.room.guild_id)
    stage.another().catch_up()

    assert stage.mailbox.texts == ["first", "live", "missed"]


def test_a_mention_waits_where_the_platform_cannot_be_asked(stage: Roles) -> None:
    """Then it is read from the list; nothing else waits for it."""
    stage.libraries.http = Scripted(HttpAnswer(status=503))
    stage.inlet.know(stage.bot.id)
    stage.inlet.take(stage.call("by role"))
    stage.inlet.take(stage.discord.write(stage.bot, stage.direct, ANN, "direct"))
    assert stage.mailbox.texts == ["direct"]
    stage.libraries.http = stage.discord
    stage.inlet.know(stage.bot.id)
    stage.inlet.go_on()

    assert stage.mailbox.texts == ["direct", "by role"]


def test_a_new_role_is_known_after_a_minute(stage: Roles) -> None:
    """The bot was invited anew; a guild that it is not in has none for it."""
    stage.inlet.take(stage.call("one"))
    stage.bot.role_id = stage.discord.new_id()
    stage.clock.advance(LOOK_AGAIN)
    stage.inlet.take(stage.call("two"))
    stage.inlet.take(stage.call("three") | {"guild_id": "5"})

    assert stage.mailbox.texts == ["one", "two"]
