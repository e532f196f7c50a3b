"""What is heard in a session of a bot, and is more than can be taken in."""

import json
from threading import Event, Thread

import pytest

from cococat.core.messages import Button, Card, Reply
from cococat.simulators import discord_presses
from sidecar import discord_session
from sidecar.discord_session import Session
from tests.support.discord import ANN, FakeHold, Stage, inlet_of

MOST = 3


class Desk(Stage):
    """Where Ann writes, edits and presses, and a session of the bot hears it."""

    def __init__(self) -> None:
        super().__init__(edits=True)
        self.hold = FakeHold()
        self.inlet = inlet_of(self, self.hold)
        self.session = Session(self.hold, self.inlet)

    def hear(self, kind: str, data: object) -> None:
        """Let the session hear of something."""
        self.session.hear(json.dumps({"op": 0, "t": kind, "d": data}, separators=(",", ":")))

    def write(self, text: str) -> dict[str, object]:
        """Let Ann write, and the session hear it."""
        message = self.discord.write(self.bot, self.direct, ANN, text)
        self.hear("MESSAGE_CREATE", message)
        return message

    def edit(self, message: dict[str, object], text: str) -> None:
        """Let Ann edit a message, a second later, and the session hear it."""
        self.clock.advance(1)
        self.hear("MESSAGE_UPDATE", self.discord.edit(self.bot, message, text))

    def press(self) -> dict[str, object]:
        """Let Ann press the button, and the session hear it."""
        event = discord_presses.press(self.discord, self.bot, self.direct, ANN, "Pay").event
        self.hear("INTERACTION_CREATE", event)
        return event

    def take_in(self, frames: int) -> None:
        """Take in so many of what was heard."""
        for _ in range(frames):
            self.session.go_on()


@pytest.fixture(name="desk")
def _desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(discord_session, "MOST", MOST)
    monkeypatch.setattr(discord_session, "MOST_PRESSES", MOST)
    monkeypatch.setattr(discord_session, "TICK", 0)
    return Desk()


class TestMessages:
    """Those for which there is no room are in their channels' lists."""

    def test_beyond_what_may_wait_are_taken_in_their_order(self, desk: Desk) -> None:
        """One look at the lists does for all of them, also where nobody knew the channel."""
        texts = [f"m{number}" for number in range(4 * MOST)]
        for text in texts:
            desk.write(text)
        assert desk.session._heard.qsize() == MOST + 1
        desk.take_in(MOST)
        desk.write("later")
        desk.take_in(2)

        assert desk.mailbox.texts == [*texts, "later"]


class TestEdits:
    """They are in no list, so none is found later."""

    def test_beyond_what_may_wait_are_counted_and_nothing_else_is_lost(self, desk: Desk) -> None:
        """The log tells how many, and nothing of what was said; a new session is heard at once."""
        message = desk.write("one")
        for number in range(2 * MOST):
            desk.edit(message, f"edit {number}")
        desk.hear("MESSAGE_UPDATE", message | {"edited_timestamp": None})
        desk.hear("RESUMED", {})
        last = desk.write("last")
        desk.take_in(2 * MOST)

        assert desk.dropped == ["edit"] * (MOST + 1)
        assert desk.mailbox.texts == ["one", "edit 0", "edit 1", "last"]
        assert desk.hold.error is None
        assert desk.inlet._cursor.places(desk.clock.now())[desk.direct.id].last == last["id"]

    def test_that_wait_when_the_right_ends_are_counted(
        self, desk: Desk, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A message that waits with them is left to whoever is next, as it reads by then."""
        message = desk.write("canary one")
        desk.take_in(1)
        desk.edit(message, "canary two")
        desk.edit(desk.write("three"), "canary four")
        desk.hold.good = False
        desk.session.leave()
        assert desk.mailbox.texts == ["canary one"]
        assert desk.dropped == ["edit", "edit"]
        assert "canary" not in str([vars(each) for each in caplog.records])
        desk.hold.good = True
        inlet_of(desk, desk.hold).catch_up()

        assert desk.mailbox.texts == ["canary one", "canary four"]


class TestPresses:
    """Their platform waits 3 seconds for each."""

    def test_after_the_end_are_counted(self, desk: Desk) -> None:
        """Whoever pressed sees that it came to nothing."""
        desk.answer(Reply(card=Card(title="Order", buttons=(Button(text="Pay", value="pay"),))))
        desk.session.end()
        desk.press()

        assert (desk.mailbox.texts, desk.dropped) == ([], ["press"])

    def test_beyond_what_may_wait_are_counted(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The others are taken in, in their order."""
        desk.answer(Reply(card=Card(title="Order", buttons=(Button(text="Pay", value="pay"),))))
        goes_on, taken = Event(), list[object]()

        def take(source: dict[str, object]) -> None:
            assert goes_on.wait(10)
            taken.append(source["id"])

        monkeypatch.setattr(desk.inlet, "press", take)
        pressed = [desk.press()["id"] for _ in range(2 * MOST)]
        goes_on.set()
        desk.session.end()
        ending = Thread(target=desk.session._presses.shutdown)
        ending.start()
        ending.join(10)

        assert taken == pressed[:MOST]
        assert desk.dropped == ["press"] * MOST
