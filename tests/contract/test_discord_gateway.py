"""The real discord.py, by our listener, against the simulated gateway."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest

from cococat.core.channel_status import Status
from cococat.core.discord_pace import MANY, RESERVE
from cococat.core.errors import CredentialsRefused
from sidecar import discord_client
from tests.support.discord import ANN, BOB, TOKEN, Stage
from tests.support.discord_listening import Platform, platform, until

pytestmark = [
    pytest.mark.enable_socket,
    # discord.py leaves the connection that it just makes to the garbage collector when it is ended
    pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(name="world")
def _world() -> Iterator[Platform]:
    with platform() as made:
        yield made


def test_messages_come_in_and_the_cursor_follows(world: Platform) -> None:
    """From people and rooms, mentions of the bot and of its role; others' talk is left aside."""
    replica = world.connected()
    world.write("one")
    world.discord.write(world.bot, world.room, BOB, "to ann")
    world.call(f"<@{world.bot.id}> two")
    role = world.bot.role_id
    last = world.call(f"<@&{role}> three", mentions=[], mention_roles=[role])
    world.has("one", "two", "three")
    replica.stop()

    assert replica.failure is None
    assert set(replica.hold.cursor["channels"]) == {world.direct.id, world.room.id}
    assert int(replica.hold.cursor["channels"][world.room.id][0]) <= int(last["id"])
    assert replica.listener.probe()


def test_a_reconnect_resumes_and_nothing_is_lost(world: Platform) -> None:
    """RECONNECT, then a line that is cut: each time RESUME, never a new session."""
    replica = world.connected()
    world.write("one")
    world.has("one")
    first = world.server.connection_of(world.bot)
    first.post({"op": 7})
    until(lambda: world.server.connection_of(world.bot) is not first)
    world.write("two")
    world.has("one", "two")
    second = world.server.connection_of(world.bot)
    world.server.drop(world.bot)
    world.write("three")
    until(lambda: world.server.connection_of(world.bot) is not second)
    world.has("one", "two", "three")

    (session,) = world.bot.sessions.values()
    assert (world.bot.identified, session.resumed) == (1, 2)
    assert (Status.RECONNECTING, "") in replica.hold.notes
    assert replica.hold.notes[-1] == (Status.CONNECTED, "")


def test_an_invalid_session_begins_anew_and_asks_for_what_was_missed(world: Platform) -> None:
    """No RESUME brings it, so the lists do; the new session begins after a pause."""
    replica = world.connected()
    world.write("one")
    world.has("one")
    world.bot.sessions.clear()
    world.write("two")
    world.server.connection_of(world.bot).post({"op": 9, "d": False})
    world.has("one", "two")
    until(lambda: replica.hold.notes[-1] == (Status.CONNECTED, ""))
    world.write("three")
    world.has("one", "two", "three")

    assert world.bot.identified == 2
    assert replica.hold.waits == [5]


def test_a_takeover_goes_on_where_the_other_ended(world: Platform) -> None:
    """What came in between is listed, and what the first one had is not taken again."""
    first = world.connected()
    world.write("one")
    world.call("two")
    world.has("one", "two")
    until(lambda: len(first.hold.cursor["channels"]) == 2)
    first.stop()
    world.write("three")
    world.call("four")
    world.discord.write(world.bot, world.room, ANN, "to bob")
    world.connected(first.hold.cursor)
    world.write("five")
    until(lambda: len(world.mailbox.texts) == 5)

    assert sorted(world.mailbox.texts) == ["five", "four", "one", "three", "two"]
    assert world.mailbox.texts[-1] == "five"


def test_two_listeners_at_once_take_each_message_once(world: Platform) -> None:
    """A message's id is its key, whoever hears it."""
    world.connected()
    world.connected()
    assert len(world.bot.sessions) == 2
    world.write("one")
    world.write("two")
    world.has("one", "two")


@pytest.mark.parametrize(("code", "reason"), [(4004, "token_refused"), (4014, "intent_missing")])
def test_a_refused_account_is_the_operators(world: Platform, code: int, reason: str) -> None:
    """The listener ends; the platform is not asked again and again."""
    world.bot.refusal = code
    replica = world.listen()
    until(lambda: replica.is_over)

    assert isinstance(replica.failure, CredentialsRefused)
    assert replica.failure.code == reason


@pytest.mark.parametrize(
    ("code", "reason"),
    [(4010, "gateway_refuses"), (4011, "sharding_required"), (4012, "gateway_refuses"),
     (4013, "gateway_refuses")],
)  # fmt: skip
def test_what_no_try_mends_is_told_and_left(world: Platform, code: int, reason: str) -> None:
    """It stays down, and says why."""
    world.bot.refusal = code
    replica = world.listen()
    until(lambda: len(replica.hold.waits) > 2)

    assert replica.hold.notes[-1] == (Status.AUTH_ERROR, reason)
    assert len([each for each in world.server.connections if 2 in each.received]) == 1
    assert replica.listener.probe()


def test_a_bad_token_never_comes_to_the_gateway(world: Platform) -> None:
    """The API says so first."""
    del world.discord.bots[TOKEN]
    replica = world.listen()
    until(lambda: replica.is_over)

    assert isinstance(replica.failure, CredentialsRefused)
    assert world.server.connections == []


def test_sessions_are_not_used_up(world: Platform) -> None:
    """A bot that begins too many has its token reset."""
    world.bot.remaining = RESERVE
    replica = world.listen()
    until(lambda: replica.hold.waits)
    assert replica.hold.notes == [(Status.RECONNECTING, "sessions_used_up")]
    assert (replica.hold.waits[0], world.bot.identified) == (61, 0)
    world.bot.remaining = RESERVE + 1
    until(lambda: world.bot.identified)


def test_recommended_shards_are_told_in_the_status(world: Platform) -> None:
    """It is connected, and stays so; nobody finds out by a refusal on a busy day."""
    world.bot.shards = 2
    replica = world.listen()
    until(lambda: replica.hold.notes[-1:] == [(Status.CONNECTED, "sharding_recommended")])
    world.write("one")
    world.has("one")
    until(lambda: replica.hold.notes[-1] == (Status.CONNECTED, "sharding_recommended"))

    assert replica.failure is None


def test_a_server_that_has_forgotten_the_session_gets_a_new_one(world: Platform) -> None:
    """A RESUME is refused, and what nobody heard is listed."""
    replica = world.connected()
    world.write("one")
    world.has("one")
    world.bot.sessions.clear()
    world.server.drop(world.bot)
    world.write("two")
    world.has("one", "two")

    assert (world.bot.identified, replica.hold.waits) == (2, [5])


def test_a_session_that_is_invalid_from_the_first_is_begun_after_a_pause(world: Platform) -> None:
    """The pause doubles."""
    world.bot.invalid_starts = 2
    replica = world.connected()

    assert (world.bot.identified, replica.hold.waits) == (3, [5, 10])


def test_a_dead_line_is_noticed_and_resumed(
    world: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that answers no heartbeat is none."""
    monkeypatch.setattr(discord_client, "SILENCE", 0.2)
    world.server.heartbeat = 50
    world.connected()
    first = world.server.connection_of(world.bot)
    first.is_deaf = True
    until(lambda: world.server.connection_of(world.bot) is not first)
    world.write("one")
    world.has("one")

    assert world.bot.identified == 1


def test_a_gateway_that_closes_again_and_again_is_left_alone(world: Platform) -> None:
    """discord.py alone would go on once a second, for ever."""
    replica = world.connected()
    world.write("one")
    world.has("one")
    known = world.server.connections

    def has_begun(count: int) -> bool:
        return len(known) >= count and not {2, 6}.isdisjoint(known[-1].received)

    for number in range(1, MANY + 2):
        until(partial(has_begun, number))
        known[-1].post(4008)
    until(lambda: replica.hold.waits)
    world.write("two")
    world.has("one", "two")

    assert replica.hold.waits == [5]
    assert (Status.RECONNECTING, "gateway_lost") in replica.hold.notes


def test_a_mailbox_that_is_down_delays_and_loses_nothing(world: Platform) -> None:
    """The heart beats on meanwhile."""
    replica = world.connected()
    world.mailbox.is_down = True
    world.write("one")
    world.write("two")
    until(lambda: len(replica.hold.waits) > 1)
    assert world.mailbox.texts == []
    world.mailbox.is_down = False

    world.has("one", "two")


def test_a_probe_is_taken_in_as_a_direct_message(world: Platform) -> None:
    """Whatever else is going on."""
    replica = world.connected()
    replica.listener.feed(world.discord.message(world.direct, ANN, "a probe"))

    assert world.mailbox.texts == ["a probe"]


def test_two_places_at_once_are_refused(world: Platform) -> None:
    """discord.py has one address for all of a process; the one that is there goes on."""
    first = world.connected()
    with platform() as other:
        second = other.listen()
        until(lambda: second.hold.notes)
        assert second.hold.notes == [(Status.ERROR, "other_address")]
    world.write("one")
    world.has("one")

    assert first.failure is None


def test_a_bot_that_types_and_answers(world: Platform) -> None:
    """The same API takes what the outbox sends, over HTTP."""
    channel = world.channel()
    to = Stage().to_ann()
    channel.show(replace(to, conversation_id=world.direct.id), "", {})
    channel.send("hello", ANN["id"])

    assert world.bot.typed == [world.direct.id]
    assert world.discord.said_in(world.bot, world.direct) == ["hello"]
