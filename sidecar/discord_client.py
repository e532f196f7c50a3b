"""
The client of Discord's gateway: discord.py, in a thread with an event loop of its own.

It hears, and hands on the frames as they came: what becomes of them is another thread's, so that
heartbeats go out in time. A session that breaks off is resumed by discord.py as long as Discord
takes that; where a new one would have to begin, the client ends, and whoever runs it decides when.
No private part of discord.py is used, but the two places of its addresses, which tests and a
proxy need (see `pointed_at`).
"""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from cococat.core import fields
from cococat.core.discord_api import API_BASE, PATH
from cococat.core.discord_pace import Losses
from cococat.core.errors import MalformedMessage
from cococat.core.failures import log_failure

log = logging.getLogger("cococat.sidecar.discord")

ENDS = 5.0
"""Seconds that a client may take to say good-bye."""
ANSWERS = 5.0
"""Seconds in which its event loop has to turn."""
SILENCE = 60.0
"""Seconds without an answer to a heartbeat after which discord.py takes a line for dead."""
LONGEST_REFUSAL = 200
"""Characters of a frame that says that a session is invalid; it says nothing else."""
INVALID_SESSION = 9

UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What discord.py raises over a frame that it can't read; a line that is gone raises others."""
LONGEST_EVENT = 60

Hear = Callable[[str | None], None]
"""Takes a frame as it came; None where the connection is gone."""


class NewSessionNeeded(Exception):
    """Raised inside of discord.py where it would begin another session by itself."""


class OtherAddress(Exception):
    """Raised where a client of this process talks to another address already."""


class _Line:
    """
    A connection as discord.py made it, but that no frame ends it which discord.py can't read.

    We read the frames ourselves, so what discord.py makes of one is of no use here. It has taken
    note of the frame's number before that, so a RESUME does not bring it again.
    """

    def __init__(
        self, made: DiscordWebSocket, tell: Callable[[BaseException], Awaitable[None]]
    ) -> None:
        self._made = made
        self._tell = tell

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever discord.py has there
        return getattr(self._made, name)

    async def poll_event(self) -> None:
        """Wait for the next frame, and let discord.py read it."""
        try:
            await self._made.poll_event()
        except UNREADABLE as error:
            await self._tell(error)


class _Gateway(discord.Client):
    """What discord.py calls back."""

    def __init__(self, hear: Hear) -> None:
        intents = discord.Intents.none()
        intents.guilds = intents.guild_messages = intents.dm_messages = True
        intents.message_content = True
        super().__init__(
            intents=intents,
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            enable_debug_events=True,
            heartbeat_timeout=SILENCE,
        )
        self._hear = hear
        self._losses = Losses()
        self._event = ""
        self._running: asyncio.Task[None] | None = None

    @property
    def ws(self) -> Any:  # noqa: ANN401 - a `DiscordWebSocket`, but for what `_Line` has of its own
        """Return the connection; discord.py sets it when it has made one."""
        return self._line

    @ws.setter
    def ws(self, made: DiscordWebSocket | None) -> None:
        self._line = None if made is None else _Line(made, self._tell_of_unreadable)

    async def listen(self, token: str) -> None:
        """
        Be connected until `end`.

        `Client.close` alone would not do: what happens beside it finds no event loop any more.
        """
        async with self:
            self._running = asyncio.create_task(self.start(token))
            with suppress(asyncio.CancelledError):
                await self._running
            await asyncio.sleep(0)  # what it has told last is still heard

    def end(self) -> None:
        """Say good-bye; for the thread that it runs in."""
        if self._running is not None:
            self._running.cancel()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Begin one session, and no other; `on_socket_raw_receive` has ended it before, mostly."""
        del shard_id
        if not initial:
            raise NewSessionNeeded

    async def on_socket_raw_receive(self, frame: str) -> None:
        """Hand on what came, and end where the session has."""
        self._hear(frame)
        if len(frame) <= LONGEST_REFUSAL and _is_refusal(frame):
            self.end()

    async def on_socket_event_type(self, event_type: str) -> None:
        """Remember what came last, for `_tell_of_unreadable`."""
        self._event = event_type

    async def _tell_of_unreadable(self, error: BaseException) -> None:
        """Log what kind of frame it was, where it failed and how, but nothing of what it says."""
        await asyncio.sleep(0)  # so that `on_socket_event_type` has been told
        event = str(self._event)[:LONGEST_EVENT]
        frame = {"event": event if event.isidentifier() else "", "sequence": self.ws.sequence}
        log_failure("discord.py could not read a frame", error, **frame)

    async def on_disconnect(self) -> None:
        """Tell that the connection is gone, and give up where it goes again and again."""
        self._hear(None)
        if self._losses.are_too_many(asyncio.get_running_loop().time()):
            log.warning("the gateway closes again and again: the session is given up")
            self.end()

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:  # noqa: ANN401 - discord.py's
        """Log an error of ours without what was said."""
        log.error("an event was not handled", extra={"event": event_method})


class DiscordClient:
    """
    One session at the gateway.

    Args:
        token: the bot's.
        hear: takes what comes; called in the client's thread, so it must return at once.
        ended: is called when it is over.

    Attributes:
        failure: what ended it; None while it runs, and where it ended as it should.

    """

    def __init__(self, token: str, hear: Hear, ended: Callable[[], None]) -> None:
        # Its own lines show frames and requests as they are, tokens and texts included.
        logging.getLogger("discord").setLevel(logging.CRITICAL)
        self.failure: BaseException | None = None
        self._token = token
        self._hear = hear
        self._ended = ended
        self._loop: asyncio.AbstractEventLoop | None = None
        self._gateway: _Gateway | None = None
        self._thread = threading.Thread(target=self._run, name="discord gateway", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def turns(self) -> bool:
        """Tell whether its event loop does."""
        loop = self._loop
        if loop is None or not self._thread.is_alive():
            return self._thread.is_alive()
        turned = threading.Event()
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(turned.set)
        return turned.wait(ANSWERS)

    def close(self) -> None:
        """Say good-bye, and wait until that is done."""
        loop, gateway = self._loop, self._gateway
        if loop is not None and gateway is not None:
            with suppress(RuntimeError):  # it has ended by itself just now
                loop.call_soon_threadsafe(gateway.end)
        self._thread.join(ENDS)
        if self._thread.is_alive():
            log.error("a client does not end")

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:  # noqa: BLE001 - told to whoever runs it
            self.failure = error
        self._ended()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._gateway = _Gateway(self._hear)
        await self._gateway.listen(self._token)


def _is_refusal(frame: str) -> bool:
    """Tell whether *frame* says that the session is over, and another one has to begin."""
    try:
        said = fields.parse_object(frame)
    except MalformedMessage:
        return False
    return said.get("op") == INVALID_SESSION and said.get("d") is not True


class _Address:
    """Where all clients of this process talk to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._base = API_BASE

    @contextmanager
    def at(self, base: str, gateway: str = "") -> Iterator[None]:
        """Let clients in the body talk to the API at *base*, and to *gateway* if it is known."""
        with self._lock:
            if self._users and base != self._base:
                raise OtherAddress
            self._base = base
            self._users += 1
            Route.BASE = f"{base}{PATH}"
            if gateway:
                DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1


pointed_at = _Address().at
"""
Let the clients in its body talk to an API and a gateway; all of a process to the same.

Raises:
    OtherAddress: others of this process talk to another one just now.

"""
