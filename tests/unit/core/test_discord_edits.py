import pytest

from cococat.core import discord_message
from cococat.core.discord_catch_up import AGAIN
from cococat.core.errors import MalformedMessage
from cococat.core.http_client import HttpAnswer
from cococat.core.message_record import LIFETIME
from cococat.core.messages import Reply
from cococat.simulators.discord import mention
from tests.support.discord import ANN, FakeHold, Scripted, Stage, inlet_of


class Desk(Stage):
    """Where Ann edits what she has written."""

    def __init__(self, *, edits: bool = False) -> None:
        super().__init__(edits=edits)
        self.hold = FakeHold()
        self.inlet = inlet_of(self, self.hold)

    def write(self, text: str = "one") -> dict[str, object]:
        """Let Ann write to the bot alone."""
        message = self.discord.write(self.bot, self.direct, ANN, text)
        self.inlet.take(dict(message))
        return message

    def edit(self, message: dict[str, object], text: str) -> None:
        """Let her edit it, a second later."""
        self.clock.advance(1)
        self.inlet.take_edit(dict(self.discord.edit(self.bot, message, text)))


@pytest.fixture(name="desk")
def _desk() -> Desk:
    return Desk(edits=True)


def test_an_edit_is_one_more_message(desk: Desk) -> None:
    """Each of them, of the time that it was made at, and answered where the first one was."""
    message = desk.write()
    desk.edit(message, "two")
    desk.edit(message, "three")

    assert desk.mailbox.texts == ["one", "two", "three"]
    assert len({each.id for each in desk.mailbox.taken}) == 3
    assert {each.msg_id for each in desk.mailbox.taken} == {message["id"]}
    assert desk.mailbox.taken[-1].timestamp == "2027-01-15T08:00:02.000+00:00"
    assert desk.hold.cursor["channels"] == {desk.direct.id: [message["id"], ""]}


def test_an_edit_comes_once(desk: Desk) -> None:
    """A RESUME brings it again, and so does a preview that the platform has found."""
    message = desk.write()
    desk.edit(message, "two")
    desk.inlet.take_edit(message | {"embeds": [{"type": "link"}]})
    inlet_of(desk, desk.hold).take_edit(message)

    assert desk.mailbox.texts == ["one", "two"]


def test_an_update_that_nobody_made_is_none(desk: Desk) -> None:
    """A preview, a thread or a pin changes no word; an edit of long ago is not today's."""
    message = desk.write()
    desk.inlet.take_edit(message | {"embeds": [{"type": "link"}]})
    desk.edit(message, "two")
    desk.clock.advance(LIFETIME)
    inlet_of(desk, desk.hold).take_edit(message | {"pinned": True})

    assert desk.mailbox.texts == ["one", "two"]


def test_an_edit_may_be_what_addresses_the_bot(desk: Desk) -> None:
    """People forget a mention."""
    message = desk.discord.write(desk.bot, desk.room, ANN, "help")
    desk.inlet.take(dict(message))
    desk.inlet.take_edit(
        desk.discord.edit(desk.bot, message, f"<@{desk.bot.id}> help", **mention(desk.bot))
    )

    assert desk.mailbox.texts == ["help"]


def test_an_edit_that_nobody_can_judge_is_counted(desk: Desk) -> None:
    """Whose role it mentions is not known; to list all since its message would bring old ones."""
    message = desk.discord.write(desk.bot, desk.room, ANN, "help")
    edited = desk.discord.edit(desk.bot, message, "help!", mention_roles=[desk.bot.role_id])
    platform = desk.libraries.http = Scripted(HttpAnswer(status=503))
    desk.inlet.know(desk.bot.id)
    desk.inlet.take_edit(edited)
    desk.clock.advance(AGAIN)
    desk.inlet.go_on()

    assert desk.mailbox.texts == []
    assert len(platform.requests) == 1
    assert desk.dropped == ["edit"]


def test_an_edit_that_waits_when_the_right_ends_is_counted(desk: Desk) -> None:
    """Nobody else gets to know of it."""
    message = desk.write()
    desk.mailbox.is_down = True
    desk.hold.ends_after = 3
    desk.edit(message, "two")
    desk.edit(message, "three")

    assert len(desk.hold.waits) == 3
    assert desk.dropped == ["edit", "edit"]


def test_what_the_bot_itself_edits_is_left_aside(desk: Desk) -> None:
    """Its answers grow by edits."""
    desk.answer(Reply(text="hello"))
    desk.inlet.take_edit(desk.discord.edit(desk.bot, desk.direct.messages[-1], "hello, Ann"))

    assert desk.mailbox.texts == []


def test_who_catches_up_finds_the_last_words(desk: Desk) -> None:
    """Written and edited while nobody listened; the gateway may tell of that edit, too."""
    desk.write()
    message = desk.discord.write(desk.bot, desk.direct, ANN, "two")
    desk.clock.advance(1)
    desk.discord.edit(desk.bot, message, "two, please")
    next_one = inlet_of(desk, desk.hold)
    next_one.catch_up()
    next_one.take_edit(message)

    assert desk.mailbox.texts == ["one", "two, please"]


def test_without_the_option_a_message_is_the_same_whatever_was_edited() -> None:
    """Who lists it after its edit knows that it was taken."""
    desk = Desk()
    message = desk.write()
    desk.clock.advance(1)
    desk.discord.edit(desk.bot, message, "two")
    inlet_of(desk, desk.hold).take(message)

    assert desk.mailbox.texts == ["one"]
    assert not desk.inlet.takes_edits


@pytest.mark.parametrize("said", ["yesterday", "", 5, "9999-99-99T00:00:00+00:00"])
def test_a_time_that_is_none_is_refused(desk: Desk, said: object) -> None:
    """And stops no other."""
    message = desk.discord.message(desk.direct, ANN, "one") | {"edited_timestamp": said}
    with pytest.raises(MalformedMessage):
        discord_message.is_edit(message, 0)
    desk.inlet.take_edit(message)
    desk.inlet.take(message)

    assert desk.mailbox.texts == []
