"""The real listener, with discord.py, on the simulated platform behind a port of this machine."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cococat.core.channel_status import LastError, Status
from cococat.core.channels.discord import DiscordChannel
from cococat.core.clock import SystemClock
from cococat.core.listener import Cursor
from cococat.core.scene_router import SceneRouter
from cococat.simulators.discord import SimulatedDiscord, mention
from cococat.simulators.discord_server import DiscordServer
from sidecar.discord_gateway import DiscordListener
from tests.support import samples
from tests.support.channels import a_wiring
from tests.support.discord import ADDRESS, ANN, GUILD, TOKEN, ListedMailbox
from tests.support.items import MemoryItems

PATIENCE = 15.0


class RealHold:
    """
    `cococat.core.listener.Hold` whose waits are as short as a test wants them.

    Attributes:
        waits: how long was waited, each time.
        notes: each state, with the code of its error.

    """

    def __init__(self, cursor: Cursor | None = None) -> None:
        self.cursor: Cursor = cursor or {}
        self.waits: list[float] = []
        self.notes: list[tuple[Status, str]] = []
        self._over = threading.Event()

    def is_good(self) -> bool:
        """Tell whether the right lasts."""
        return not self._over.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait a moment."""
        self.waits.append(seconds)
        self._over.wait(0.01)
        return self.is_good()

    @contextmanager
    def work(self) -> Iterator[bool]:
        """Work as long as the right lasts."""
        yield self.is_good()

    def keep(self, cursor: Cursor) -> None:
        """Keep *cursor*."""
        self.cursor = cursor

    def heard(self) -> None:
        """Be connected."""
        self.note(Status.CONNECTED)

    def note(self, status: Status, error: LastError | None = None) -> None:
        """Take note of how it goes, once for each change."""
        noted = (status, error.code if error else "")
        if self.notes[-1:] != [noted]:
            self.notes.append(noted)

    def end(self) -> None:
        """End the right."""
        self._over.set()


class Listening:
    """
    One replica that listens, in a thread.

    Attributes:
        hold: its right.
        listener: what listens.
        failure: what ended it, if it did not end by itself.

    """

    def __init__(self, channel: DiscordChannel, cursor: Cursor | None = None) -> None:
        self.hold = RealHold(cursor)
        self.listener = DiscordListener(channel, SystemClock(), time.monotonic)
        self.failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Tell whether it has ended."""
        return not self._thread.is_alive()

    def stop(self) -> None:
        """Hand over, as the keeper does."""
        self.hold.end()
        self.listener.stop()
        self._thread.join(PATIENCE)
        assert self.is_over

    def _run(self) -> None:
        try:
            self.listener.run(self.hold)
        except Exception as error:  # noqa: BLE001 - for the test
            self.failure = error


class Platform:
    """
    The simulated platform with one bot, and a channel of ours for it.

    Attributes:
        options: the channel's.

    """

    def __init__(self, server: DiscordServer) -> None:
        self.server = server
        self.discord = server.discord
        self.bot = self.discord.bot(TOKEN)
        self.room = self.discord.add_place(self.bot, GUILD)
        self.direct = self.discord.conversation(self.bot, ANN["id"])
        self.mailbox = ListedMailbox()
        self.options: dict[str, object] = {}
        self._replicas: list[Listening] = []

    def channel(self) -> DiscordChannel:
        """Return the channel, as each replica has its own."""
        clock = SystemClock()
        config: dict[str, object] = {"bot_token": TOKEN, "api_base": self.server.url}
        config["options"] = self.options
        router = SceneRouter(mailbox=self.mailbox, clock=clock)
        binding = samples.binding(ADDRESS, config=config)
        channel = DiscordChannel(a_wiring(binding, router, MemoryItems(clock), clock))
        channel.start("shop", config)
        return channel

    def listen(self, cursor: Cursor | None = None) -> Listening:
        """Let a replica listen, from *cursor* on."""
        self._replicas.append(Listening(self.channel(), cursor))
        return self._replicas[-1]

    def connected(self, cursor: Cursor | None = None) -> Listening:
        """Return a replica that is connected."""
        replica = self.listen(cursor)
        until(lambda: replica.hold.notes[-1:] == [(Status.CONNECTED, "")])
        return replica

    def write(self, text: str) -> dict[str, Any]:
        """Let Ann write to the bot alone."""
        return self.discord.write(self.bot, self.direct, ANN, text)

    def call(self, text: str, **more: object) -> dict[str, Any]:
        """Let Ann address the bot in the room."""
        return self.discord.write(self.bot, self.room, ANN, text, **(mention(self.bot) | more))

    def has(self, *texts: str) -> None:
        """Wait until the mailbox has *texts* and nothing else."""
        until(lambda: len(self.mailbox.texts) >= len(texts))
        assert self.mailbox.texts == list(texts)

    def stop(self) -> None:
        """Stop all replicas."""
        for replica in self._replicas:
            replica.stop()


@contextmanager
def platform(*, heartbeat: int = 1000) -> Iterator[Platform]:
    """Run the simulated platform; the bot's heart beats every *heartbeat* milliseconds."""
    with DiscordServer(SimulatedDiscord(), heartbeat=heartbeat) as server:
        made = Platform(server)
        try:
            yield made
        finally:
            made.stop()


def until(holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends, "it took too long"
        time.sleep(0.005)
