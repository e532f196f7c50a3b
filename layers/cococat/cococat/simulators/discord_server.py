"""
The simulated Discord on 127.0.0.1: its API and its gateway behind one port.

Needs aiohttp, which comes with discord.py and is no part of the layer.
"""

import asyncio
import threading
from concurrent.futures import Future
from typing import Self

from aiohttp import web

from cococat.core.http_client import HttpRequest
from cococat.simulators.discord import SimulatedBot, SimulatedDiscord
from cococat.simulators.discord_gateway import HEARTBEAT, Connection
from cococat.simulators.people import WithPeople

STARTS = 10.0
"""Seconds that a server may take to start, or to end."""
GATEWAY = "/gateway"


class DiscordServer:
    """
    A server that runs in the body of a `with`.

    Args:
        discord: what answers.
        port: where to listen at 127.0.0.1; 0 for any that is free.
        heartbeat: milliseconds between two heartbeats of a bot.

    Attributes:
        connections: every one that there was, in order.
        heartbeat: of the next connections.

    """

    def __init__(
        self, discord: SimulatedDiscord, port: int = 0, *, heartbeat: int = HEARTBEAT
    ) -> None:
        self.discord = discord
        self._platform = WithPeople(discord)
        self.connections: list[Connection] = []
        self._port = port
        self.heartbeat = heartbeat
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._started: Future[int] = Future()
        self._thread = threading.Thread(target=self._serve, daemon=True, name="discord-server")

    @property
    def url(self) -> str:
        """Return its address, for `api_base`."""
        return self.discord.base

    def __enter__(self) -> Self:
        self._thread.start()
        self._port = self._started.result(STARTS)
        self.discord.base = f"http://127.0.0.1:{self._port}"
        self.discord.gateway = f"ws://127.0.0.1:{self._port}{GATEWAY}"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(STARTS)

    def connection_of(self, bot: SimulatedBot) -> Connection:
        """Return the newest connection of *bot*."""
        return [each for each in self.connections if each.bot is bot][-1]

    def drop(self, bot: SimulatedBot) -> None:
        """Cut the line of *bot* without a word."""
        connection = self.connection_of(bot)
        self._loop.call_soon_threadsafe(connection.cut)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._run())
        self._loop.close()

    async def _run(self) -> None:
        application = web.Application(client_max_size=64 * 1024 * 1024)
        application.router.add_get(GATEWAY, self._connect)
        application.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self._port)
        await site.start()
        self._started.set_result(runner.addresses[0][1])
        await self._over.wait()
        for connection in self.connections:
            connection.cut()
        await runner.cleanup()

    async def _connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        connection = Connection(self.discord, socket, request.transport, self.heartbeat)
        self.connections.append(connection)
        await connection.run()
        return socket

    async def _answer(self, request: web.Request) -> web.Response:
        asked = HttpRequest(
            method=request.method,
            url=f"{self.discord.base}{request.path_qs}",
            headers=dict(request.headers),
            body=await request.read(),
        )
        answer = self._platform.send(asked, 0)
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)
