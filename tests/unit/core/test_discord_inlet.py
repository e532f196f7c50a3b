import pytest

from cococat.core.discord_catch_up import AGAIN, PAGES, TRIES
from cococat.core.discord_cursor import ACTIVE
from cococat.core.discord_inlet import KEEP, KEEP_OTHERS, REMEMBERED, DiscordInlet
from cococat.core.errors import CredentialsRefused, LeaseLost
from cococat.core.http_client import HttpAnswer
from cococat.core.messages import Reply
from cococat.simulators.discord import mention
from cococat.simulators.discord_rest import said
from tests.support.discord import ANN, BOB, TOKEN, FakeHold, Scripted, Stage, inlet_of


class Inlet(Stage):
    """A channel with what takes in its messages."""

    def __init__(self) -> None:
        super().__init__()
        self.hold = FakeHold()
        self.inlet = self.another()

    def another(self) -> DiscordInlet:
        """Return the inlet of whoever listens next."""
        self.hold.good = True
        return inlet_of(self, self.hold)

    def write(self, text: str, **more: object) -> dict[str, object]:
        """Let Ann write to the bot alone, while nobody listens."""
        return self.discord.write(self.bot, self.direct, ANN, text, **more)

    def call(self, text: str) -> dict[str, object]:
        """Let Ann address the bot in the room, while nobody listens."""
        return self.discord.write(self.bot, self.room, ANN, text, **mention(self.bot))


@pytest.fixture(name="stage")
def _stage() -> Inlet:
    return Inlet()


class TestTaking:
    """One message after the other."""

    def test_the_cursor_moves_once_the_mailbox_has_it(self, stage: Inlet) -> None:
        """Never before: whoever comes next has to find it."""
        stage.mailbox.is_down = True
        stage.hold.ends_after = 3
        message = stage.write("hello")
        stage.inlet.take(message)
        before = {"channels": {stage.direct.id: [str(int(str(message["id"])) - 1), ""]}}
        assert (stage.mailbox.texts, stage.hold.waits) == ([], [1, 2, 4])
        assert stage.hold.cursor == before

        stage.mailbox.is_down = False
        stage.hold.ends_after = 100
        inlet = stage.another()
        inlet.take(message)
        stage.clock.advance(KEEP)
        inlet.keep()
        assert stage.mailbox.texts == ["hello"]
        assert stage.hold.cursor == {"channels": {stage.direct.id: [message["id"], ""]}}

    def test_a_repeat_is_taken_once(self, stage: Inlet) -> None:
        """A RESUME may bring again what was heard."""
        message = stage.write("hello")
        stage.inlet.take(message)
        stage.inlet.take(message)

        assert (stage.mailbox.texts, len(stage.hold.kept)) == (["hello"], 1)

    def test_what_is_remembered_is_bounded(self, stage: Inlet) -> None:
        """The queue and the claim know older ones."""
        for _ in range(REMEMBERED + 1):
            stage.inlet.take(stage.discord.message(stage.room, ANN, "others"))

        assert len(stage.inlet._seen) == REMEMBERED

    def test_after_the_right_has_ended_nothing_is_read(self, stage: Inlet) -> None:
        """It is somebody else's then."""
        stage.hold.good = False
        stage.inlet.take(stage.write("hello"))
        stage.inlet.try_to_take(stage.write("hello"))

        assert stage.mailbox.texts == []

    def test_poison_stops_no_other(self, stage: Inlet) -> None:
        """What can't be read is left aside for good."""
        stage.inlet.take({"id": "1"})
        stage.inlet.take(stage.write("poison") | {"author": 7})
        stage.inlet.take(stage.write("hello"))

        assert stage.mailbox.texts == ["hello"]

    def test_hidden_content_is_told(self, stage: Inlet, caplog: pytest.LogCaptureFixture) -> None:
        """It is no empty message, and somebody has to know."""
        stage.inlet.take(stage.write(""))

        assert stage.mailbox.texts == []
        assert "intent is missing" in caplog.text


class TestKeeping:
    """How often the cursor is written."""

    def test_a_new_channel_is_kept_at_once_and_others_every_few_seconds(self, stage: Inlet) -> None:
        """A write is what a message costs, so there are few."""
        for number in range(3):
            stage.inlet.take(stage.write(f"m{number}"))
        assert len(stage.hold.kept) == 1
        stage.clock.advance(KEEP)
        stage.inlet.keep()
        stage.inlet.keep()

        assert len(stage.hold.kept) == 2
        assert stage.hold.cursor["channels"][stage.direct.id][0] == stage.direct.messages[-1]["id"]

    def test_what_people_say_to_each_other_moves_it_slowly(self, stage: Inlet) -> None:
        """Only where we take part at all."""
        stage.inlet.take(stage.discord.write(stage.bot, stage.room, BOB, "before"))
        assert stage.hold.kept == []
        stage.inlet.take(stage.call("hello"))
        later = stage.discord.write(stage.bot, stage.room, BOB, "to ann")
        stage.inlet.take(later)
        stage.clock.advance(KEEP)
        stage.inlet.keep()
        assert len(stage.hold.kept) == 1
        stage.clock.advance(KEEP_OTHERS)
        stage.inlet.keep()

        assert stage.hold.cursor["channels"][stage.room.id] == [later["id"], stage.room.guild_id]

    def test_a_table_that_is_down_is_written_later(
        self, stage: Inlet, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The message is in its mailbox; nothing is lost."""
        with monkeypatch.context() as patch:
            patch.setattr(stage.hold, "keep", lambda _cursor: 1 / 0)
            stage.inlet.take(stage.write("hello"))
        stage.clock.advance(KEEP)
        stage.inlet.keep()

        assert (stage.mailbox.texts, len(stage.hold.kept)) == (["hello"], 1)

    def test_a_lost_lease_ends_it(self, stage: Inlet) -> None:
        """Whoever has it now keeps a cursor of its own."""
        stage.hold.lost = True
        with pytest.raises(LeaseLost):
            stage.inlet.take(stage.write("hello"))


class TestCatchingUp:
    """What was written while nobody listened."""

    def test_active_channels_are_read_from_where_they_were_left(self, stage: Inlet) -> None:
        """In order, each message once, our own answers and others' talk left aside."""
        stage.inlet.take(stage.call("one"))
        stage.inlet.take(stage.write("first"))
        stage.call("two")
        stage.answer(Reply(text="ours"), asked="1")
        stage.discord.write(stage.bot, stage.room, BOB, "to ann")
        stage.call("three")
        stage.write("second")
        next_one = stage.another()
        next_one.catch_up()
        next_one.catch_up()

        assert stage.mailbox.texts == ["one", "first", "second", "two", "three"]

    def test_what_comes_twice_is_taken_once(self, stage: Inlet) -> None:
        """From the list, and through the gateway that was open already."""
        stage.inlet.take(stage.write("first"))
        second = stage.write("second")
        next_one = stage.another()
        next_one.catch_up()
        next_one.take(second)

        assert stage.mailbox.texts == ["first", "second"]

    def test_a_channel_is_active_for_a_day(self, stage: Inlet) -> None:
        """Nobody asks for the others: there may be thousands."""
        stage.inlet.take(stage.write("first"))
        stage.clock.advance(ACTIVE + 1)
        stage.write("second")
        stage.another().catch_up()

        assert stage.mailbox.texts == ["first"]

    def test_more_than_one_list_is_read(self, stage: Inlet) -> None:
        """A busy channel has more than a hundred messages while nobody listens."""
        stage.inlet.take(stage.write("first"))
        texts = [f"m{number}" for number in range(250)]
        for text in texts:
            stage.write(text)
        stage.another().catch_up()

        assert stage.mailbox.texts == ["first", *texts]

    def test_a_flood_is_read_in_turns(self, stage: Inlet) -> None:
        """What comes live is taken in between; the cursor is never past what was not read."""
        stage.inlet.take(stage.write("first"))
        texts = [f"m{number}" for number in range(100 * PAGES + 1)]
        for text in texts:
            stage.write(text)
        inlet = stage.another()
        inlet.catch_up()
        assert stage.mailbox.texts == ["first", *texts[:-1]]
        inlet.go_on()

        assert stage.mailbox.texts == ["first", *texts]

    def test_a_channel_that_is_gone_is_passed_over(self, stage: Inlet) -> None:
        """The bot was thrown out of it."""
        stage.inlet.take(stage.call("one"))
        stage.inlet.take(stage.write("first"))
        stage.write("second")
        del stage.bot.places[stage.room.id]
        stage.another().catch_up()

        assert stage.mailbox.texts == ["one", "first", "second"]

    def test_a_platform_in_trouble_is_asked_again(self, stage: Inlet) -> None:
        """For a while; a channel that never answers does not hold up the rest for ever."""
        stage.inlet.take(stage.write("first"))
        fails = HttpAnswer(status=503)
        stage.libraries.http = Scripted(fails, said(429, {"retry_after": 7}), said(200, []))
        stage.another().catch_up()
        assert stage.hold.waits == [1, 7]
        stage.libraries.http = Scripted(*[fails] * TRIES)
        stage.another().catch_up()

        assert stage.hold.waits[2:] == [1, 2, 4, 8, 16, 30, 30, 30]
        assert stage.hold.error is not None
        assert stage.hold.error.code == "not_listed"

    def test_a_gap_stays_until_it_was_read(self, stage: Inlet) -> None:
        """What comes live is taken in, but the cursor does not pass over what was not listed."""
        first = stage.write("first")
        stage.inlet.take(first)
        stage.write("missed")
        inlet = stage.another()
        stage.libraries.http = Scripted(*[HttpAnswer(status=503)] * (TRIES + 1))
        inlet.catch_up()
        last = stage.write("live")
        inlet.take(last)
        stage.clock.advance(KEEP)
        inlet.go_on()
        assert stage.mailbox.texts == ["first", "live"]
        assert stage.hold.cursor["channels"][stage.direct.id][0] == first["id"]
        stage.libraries.http = stage.discord
        stage.clock.advance(AGAIN)
        inlet.go_on()
        stage.clock.advance(KEEP)
        inlet.keep()

        assert stage.mailbox.texts == ["first", "live", "missed"]
        assert stage.hold.cursor["channels"][stage.direct.id][0] == last["id"]

    def test_it_is_not_asked_before_the_time_that_it_names(self, stage: Inlet) -> None:
        """Nobody waits for that here; whoever goes on asking is shut out for longer."""
        stage.inlet.take(stage.write("first"))
        stage.write("missed")
        inlet = stage.another()
        stage.libraries.http = Scripted(said(429, {"retry_after": 300}))
        inlet.catch_up()
        stage.clock.advance(299)
        inlet.go_on()
        assert (stage.hold.waits, stage.mailbox.texts) == ([], ["first"])
        stage.libraries.http = stage.discord
        stage.clock.advance(1)
        inlet.go_on()

        assert stage.mailbox.texts == ["first", "missed"]

    def test_a_right_that_ends_ends_it(self, stage: Inlet) -> None:
        """Whoever is next does the same."""
        stage.inlet.take(stage.write("first"))
        stage.hold.ends_after = 1
        stage.libraries.http = Scripted(HttpAnswer(status=503))
        stage.another().catch_up()

        assert stage.hold.waits == [1]

    def test_a_token_that_is_refused_is_told(self, stage: Inlet) -> None:
        """To ask again is no use."""
        stage.inlet.take(stage.write("first"))
        del stage.discord.bots[TOKEN]
        with pytest.raises(CredentialsRefused):
            stage.another().catch_up()
