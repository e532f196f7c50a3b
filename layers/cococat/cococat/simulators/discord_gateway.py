"""
Discord's gateway, as one connection meets it.

Source: Discord API documentation, "Gateway" (connections, heartbeats, identifying, resuming),
"Gateway events", "Opcodes and status codes" (gateway opcodes and close event codes).
"""

import asyncio
import json
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

from cococat.simulators import discord_rest
from cococat.simulators.discord import SimulatedBot, SimulatedDiscord
from cococat.simulators.discord_session import Session

HEARTBEAT = 41_250
MESSAGE_CONTENT = 1 << 15
ALL_INTENTS = (1 << 26) - 1
COMMANDS = 120
"""Frames that a connection may send in a minute."""

Json = dict[str, Any]


class Connection:
    """
    One connection of a bot.

    Args:
        discord: the platform.
        socket: the WebSocket.
        line: what is under it.
        heartbeat: milliseconds between two heartbeats of the bot.

    Attributes:
        bot: whose it is, once it has said so.
        is_deaf: whether it answers no heartbeat, as one whose line is dead.
        received: the operations that came, in order.

    """

    def __init__(
        self,
        discord: SimulatedDiscord,
        socket: web.WebSocketResponse,
        line: asyncio.BaseTransport | None,
        heartbeat: int,
    ) -> None:
        self.bot: SimulatedBot | None = None
        self.is_deaf = False
        self.received: list[int] = []
        self._discord = discord
        self._socket = socket
        self._line = line
        self._heartbeat = heartbeat
        self._session: Session | None = None
        self._is_closing = False
        self._loop = asyncio.get_running_loop()
        self._frames: asyncio.Queue[Json | int] = asyncio.Queue()

    def post(self, frame: Json | int) -> None:
        """Send a frame, or close with a code; from any thread."""
        self._loop.call_soon_threadsafe(self._frames.put_nowait, frame)

    def cut(self) -> None:
        """End it without a word; from the loop's own thread."""
        if isinstance(self._line, asyncio.Transport):
            self._line.abort()

    async def run(self) -> None:
        """Serve it to its end."""
        self.post({"op": 10, "d": {"heartbeat_interval": self._heartbeat}})
        writing = asyncio.create_task(self._write())
        try:
            async for message in self._socket:
                if message.type is not WSMsgType.TEXT:
                    break
                self._take(json.loads(message.data))
        finally:
            writing.cancel()
            self._leave()

    async def _write(self) -> None:
        with suppress(ConnectionError, asyncio.CancelledError):
            while True:
                frame = await self._frames.get()
                if isinstance(frame, int):
                    self._is_closing = True
                    await self._socket.close(code=frame)
                    return
                await self._socket.send_str(json.dumps(frame, separators=(",", ":")))

    def _take(self, frame: Json) -> None:
        self.received.append(frame["op"])
        if len(self.received) > COMMANDS:
            self.post(4008)
            return
        match frame["op"]:
            case 1 if not self.is_deaf:
                self.post({"op": 11})
            case 1 | 3 | 4 | 8:
                pass
            case 2:
                self._identify(frame["d"])
            case 6:
                self._resume(frame["d"])
            case _:
                self.post(4001)

    def _identify(self, asked: Json) -> None:
        with self._discord.lock:
            bot = self._discord.find(asked["token"])
            code = _refusal(bot, asked["intents"])
            if bot is None or code:
                self.post(code)
                return
            self.bot = bot
            bot.identified += 1
            bot.remaining -= 1
            if bot.invalid_starts:
                bot.invalid_starts -= 1
                self.post({"op": 9, "d": False})
                return
            session = Session(may_read=bool(asked["intents"] & MESSAGE_CONTENT), wire=self.post)
            bot.sessions[session.id] = session
            self._session = session
            self._welcome(bot, session)

    def _welcome(self, bot: SimulatedBot, session: Session) -> None:
        guilds: dict[str, list[Json]] = {}
        for place in bot.places.values():
            if place.guild_id:
                shown = {"id": place.id, "type": 0, "name": "room", "position": 0}
                guilds.setdefault(place.guild_id, []).append(shown)
        session.emit(
            "READY",
            {
                "v": 10,
                "user": bot.user,
                "guilds": [{"id": each, "unavailable": True} for each in guilds],
                "session_id": session.id,
                "resume_gateway_url": self._discord.gateway,
                "application": {"id": bot.id, "flags": 0},
            },
        )
        for identity, channels in guilds.items():
            session.emit("GUILD_CREATE", _guild(identity, bot, channels))

    def _resume(self, asked: Json) -> None:
        with self._discord.lock:
            bot = self._discord.find(asked["token"])
            session = bot.sessions.get(asked["session_id"]) if bot else None
            if bot is None or session is None:
                self.bot = bot
                self.post({"op": 9, "d": False})
                return
            self.bot, self._session = bot, session
            session.resume(self.post, asked["seq"])

    def _leave(self) -> None:
        """End the session where the bot said good-bye; else it may be resumed."""
        with self._discord.lock:
            if self._session is None or self._session.wire != self.post:
                return
            self._session.wire = None
            said_good_bye = not self._is_closing and self._socket.close_code in (1000, 1001)
            if self.bot is not None and said_good_bye:
                self.bot.sessions.pop(self._session.id, None)


def _refusal(bot: SimulatedBot | None, intents: int) -> int:
    """Return the code with which a session is refused, 0 for none."""
    if bot is None:
        return 4004
    if bot.refusal:
        return bot.refusal
    if intents > ALL_INTENTS:
        return 4013
    return 4014 if intents & MESSAGE_CONTENT and not bot.may_read else 0


def _guild(identity: str, bot: SimulatedBot, channels: list[Json]) -> Json:
    me = {"user": bot.user, "roles": [bot.role_id], "joined_at": "2026-01-01T00:00:00+00:00"}
    return {
        "id": identity,
        "name": "guild",
        "owner_id": bot.id,
        "roles": discord_rest.roles(identity, bot),
        "channels": channels,
        "threads": [],
        "members": [me | {"deaf": False, "mute": False, "flags": 0}],
        "emojis": [],
        "stickers": [],
        "features": [],
        "member_count": 1,
        "large": False,
        "unavailable": False,
    }
