"""Replicas of the sidecar as processes, one of which is killed."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import pytest

from cococat.simulators.discord import SimulatedDiscord, mention
from cococat.simulators.discord_server import DiscordServer
from tests.support.discord import ANN, GUILD, TOKEN
from tests.support.sidecar_process import Bench, Sidecar, eventually, running
from tests.support.telegram import token

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.enable_socket]
BOT, MANY, CHATS = token(1), 500, 7


def test_a_standby_takes_over_from_a_killed_poller(tmp_path: Path) -> None:
    """Kill -9 with 500 messages in flight: each gets to the mailbox, in order, within 16 s."""
    with running(tmp_path) as bench:
        bench.want("shop", BOT)
        sidecars = [bench.start(), bench.start()]
        eventually(lambda: all(each.health("/readyz") == 200 for each in sidecars))
        eventually(lambda: bench.status("shop").get("status") == "connected")
        time.sleep(4)  # both have seen each other, and the lease
        for number in range(MANY):
            bench.telegram.write(BOT, 1 + number % CHATS, str(number))
        holder = _holder(bench, sidecars)
        eventually(lambda: bench.telegram.bots[BOT].confirmed > 0)
        holder.process.kill()
        killed_at = time.monotonic()
        left = len(bench.telegram.bots[BOT].waiting)
        polls = bench.telegram.bots[BOT].polls
        eventually(lambda: bench.telegram.bots[BOT].polls > polls, seconds=18)
        took = time.monotonic() - killed_at
        eventually(lambda: not bench.telegram.bots[BOT].waiting, seconds=20)
        chats = defaultdict(list)
        for each in bench.received():
            chats[each.conversation_id].append(int(each.content))

    assert 0 < left < MANY
    assert took <= 16
    assert sorted(chain(*chats.values())) == list(range(MANY))
    assert all(numbers == sorted(numbers) for numbers in chats.values())


def test_a_standby_takes_over_from_a_killed_gateway_client(tmp_path: Path) -> None:
    """Kill -9 while people write in four channels: nothing is lost, and nothing comes twice."""
    discord = SimulatedDiscord()
    with running(tmp_path) as bench, DiscordServer(discord) as server:
        people = Writers(discord)
        bench.listen_to("discord", "shop", server.url, TOKEN)
        sidecars = [bench.start(), bench.start()]
        eventually(lambda: all(each.health("/readyz") == 200 for each in sidecars))
        eventually(lambda: bench.status("shop", "discord").get("status") == "connected")
        time.sleep(4)  # both have seen each other, and the lease
        people.write(len(people.places))  # the channels are known to whoever takes over
        eventually(lambda: bench.waiting() == len(people.places))
        with people.writing():
            eventually(lambda: bench.waiting() > 40)
            _holder(bench, sidecars, "discord").process.kill()
            killed_at, sessions = time.monotonic(), people.bot.identified
            eventually(lambda: people.bot.identified > sessions, seconds=18)
            took = time.monotonic() - killed_at
            time.sleep(1)
        eventually(lambda: bench.waiting() >= people.written, seconds=20)
        received = bench.received()

    assert took <= 16
    assert len({each.id for each in received}) == len(received) == people.written
    heard = defaultdict(list)
    for each in received:
        heard[each.conversation_id].append(int(each.content.rpartition(" ")[2]))
    assert sorted(chain(*heard.values())) == list(range(people.written))
    assert all(numbers == sorted(numbers) for numbers in heard.values())


class Writers:
    """
    People who write to a bot: alone with it, in two rooms and in a thread.

    Attributes:
        bot: the bot.
        places: where they write.
        written: how many messages; each says its number.

    """

    def __init__(self, discord: SimulatedDiscord) -> None:
        self._discord = discord
        self.bot = discord.bot(TOKEN)
        rooms = [discord.add_place(self.bot, GUILD, kind) for kind in (0, 0, 11)]
        self.places = [discord.conversation(self.bot, ANN["id"]), *rooms]
        self.written = 0

    def write(self, count: int) -> None:
        """Let them write *count* messages, in one place after the other."""
        for _ in range(count):
            place = self.places[self.written % len(self.places)]
            text = f"<@{self.bot.id}> {self.written}"
            self._discord.write(self.bot, place, ANN, text, **mention(self.bot))
            self.written += 1

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Let them write on while the body runs."""
        over = threading.Event()

        def write() -> None:
            while not over.wait(0.02):
                self.write(1)

        thread = threading.Thread(target=write, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _holder(bench: Bench, sidecars: list[Sidecar], channel: str = "telegram") -> Sidecar:
    """Return the process that holds the lease: its name has its number in it."""
    owner = bench.status("shop", channel)["owner"]
    return next(each for each in sidecars if f"-{each.process.pid}-" in owner)
