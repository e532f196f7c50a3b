"""The real discord.py, by our listener, where the gateway or the deployment is in trouble."""

from collections.abc import Iterator

import pytest

from cococat.core.channel_status import Status
from cococat.simulators.discord_session import Session
from sidecar import discord_session
from tests.support.discord import ANN, GUILD
from tests.support.discord_listening import Platform, platform, until

pytestmark = [
    pytest.mark.enable_socket,
    # discord.py leaves the connection that it just makes to the garbage collector when it is ended
    pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning"),
]

BROKEN: tuple[object, ...] = (
    {"id": "1", "channel_id": "2"}, {"id": 5}, {"id": "1", "channel_id": "x"}, None, [], "READY",
)  # fmt: skip


@pytest.fixture(name="world")
def _world() -> Iterator[Platform]:
    with platform() as made:
        yield made


def test_a_frame_that_the_library_cannot_read_ends_nothing(
    world: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    """The session goes on as it was, and the log tells the kind of frame but not what it says."""
    replica = world.connected()
    (session,) = world.bot.sessions.values()
    reference = {"message_reference": None, "type": 0}
    ours = world.discord.message(world.direct, world.bot.user, "canary") | reference
    for broken in (*BROKEN, ours):
        session.emit("MESSAGE_CREATE", broken)
    session.emit("MESSAGE_UPDATE", {"id": "1", "content": "canary"})
    session.emit("READY", None)
    world.write("one")
    world.has("one")

    assert (world.bot.identified, session.resumed, replica.hold.waits) == (1, 0, [])
    assert replica.hold.notes[-1] == (Status.CONNECTED, "")
    told = [each for each in caplog.records if "could not read" in each.message]
    assert {(each.__dict__["event"], each.__dict__["error"]) for each in told} >= {
        ("MESSAGE_CREATE", "KeyError"), ("MESSAGE_CREATE", "AttributeError"), ("READY", "TypeError")
    }  # fmt: skip
    assert all(each.__dict__["sequence"] for each in told)
    assert "canary" not in str([each.__dict__ for each in caplog.records])


def test_a_session_is_resumed_after_a_frame_that_could_not_be_read(world: Platform) -> None:
    """The platform does not send that frame again."""
    world.connected()
    (session,) = world.bot.sessions.values()
    session.emit("MESSAGE_CREATE", BROKEN[0])
    world.server.drop(world.bot)
    until(lambda: session.resumed)
    world.write("one")
    world.has("one")

    assert world.bot.identified == 1


def test_an_address_that_is_free_again_is_used(world: Platform) -> None:
    """The channel with the other one was disconnected: nothing else has to be done."""
    first = world.connected()
    with platform() as other:
        second = other.listen()
        until(lambda: second.hold.notes)
        assert second.hold.notes == [(Status.ERROR, "other_address")]
        first.stop()
        until(lambda: second.hold.notes[-1] == (Status.CONNECTED, ""))
        other.write("one")
        other.has("one")

        assert max(second.hold.waits) <= 1


def test_a_role_is_known_before_its_guild(world: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway tells of the guild a while after a session has begun, or not at all."""
    told = Session.emit

    def emit(session: Session, kind: str, data: object) -> None:
        if kind != "GUILD_CREATE":
            told(session, kind, data)

    monkeypatch.setattr(Session, "emit", emit)
    by_role = {"mentions": [], "mention_roles": [world.bot.role_id]}
    first = world.connected()
    world.call("one", **by_role)
    world.has("one")
    first.stop()
    world.call("two", **by_role)
    world.connected(first.hold.cursor)
    world.call("three", **by_role)

    world.has("one", "two", "three")


def test_what_a_mailbox_did_not_take_is_found_by_whoever_is_next(world: Platform) -> None:
    """In conversations that nobody has known before, too; the status tells why it waits."""
    first = world.connected()
    world.mailbox.is_down = True
    world.write("one")
    until(lambda: first.hold.waits)
    assert first.hold.notes[-1] == (Status.ERROR, "mailbox")
    world.call("two")
    other = world.discord.add_place(world.bot, GUILD)
    world.discord.write(world.bot, other, ANN, "to bob")
    until(lambda: first.hold.cursor)
    connection = world.server.connection_of(world.bot)
    beats = connection.received.count(1)
    until(lambda: connection.received.count(1) > beats)
    first.stop()
    world.mailbox.is_down = False
    second = world.connected(first.hold.cursor)
    until(lambda: len(world.mailbox.texts) == 2)

    assert set(first.hold.cursor["channels"]) == {world.direct.id, world.room.id}
    assert sorted(world.mailbox.texts) == ["one", "two"]
    assert second.failure is None


def test_what_waits_is_bounded_and_the_rest_is_read_from_lists(
    world: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More is not remembered while a mailbox is down; nothing gets lost, or out of order."""
    monkeypatch.setattr(discord_session, "MOST", 2)
    replica = world.connected()
    world.mailbox.is_down = True
    texts = [f"m{number}" for number in range(7)]
    for text in texts:
        world.write(text)
    until(lambda: replica.hold.waits)
    connection = world.server.connection_of(world.bot)
    beats = connection.received.count(1)
    until(lambda: connection.received.count(1) > beats)
    world.mailbox.is_down = False
    world.has(*texts)

    assert replica.hold.notes[-1] == (Status.CONNECTED, "")
