"""The sidecar beside a local stack, and simulated platforms for bots that have no real token."""

import http.client
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cococat import settings
from cococat.bootstrap.operator import Stack
from cococat.core.clock import SystemClock
from cococat.core.wishes import StoredWish
from cococat.local import processes
from cococat.local.made_up import BOT
from cococat.local.role import credentials
from cococat.local.stack import HOST, LocalAws
from cococat.local.steps import step
from cococat.simulators.telegram import SimulatedTelegram
from cococat.simulators.telegram_server import TelegramServer

if TYPE_CHECKING:
    from cococat.simulators.discord_server import DiscordServer

READY_SECONDS = 15
LOOK = 0.1


@contextmanager
def listening(project: Path, aws: LocalAws, stack: Stack) -> Iterator[None]:
    """
    Run the sidecar while the body runs, with the rights of its role.

    Args:
        project: the project's folder.
        aws: where the stack is.
        stack: the stack; its bots with made-up tokens are those of a simulated platform.

    """
    with ExitStack() as opened:
        platforms = _Platforms(opened)
        for stored in stack.wishes.all():
            _simulate(stack, stored, platforms)
        with step("start the sidecar"):
            port = processes.free_port(HOST)
            process = _start(project, aws, stack, port)
            _wait(process, port)
        try:
            yield
        finally:
            processes.end(process)


class _Platforms:
    """The simulated platforms, each started when a bot needs it."""

    def __init__(self, opened: ExitStack) -> None:
        self._opened = opened

    def api_for(self, channel: str, token: str) -> str:
        """Return the address of the API of a bot with *token*; empty where none is simulated."""
        if channel == "telegram":
            self._telegram.telegram.bot(token)
            return self._telegram.url
        if channel == "discord":
            self._discord.discord.bot(token)
            return self._discord.url
        return ""

    @cached_property
    def _telegram(self) -> TelegramServer:
        return self._opened.enter_context(TelegramServer(SimulatedTelegram(SystemClock())))

    @cached_property
    def _discord(self) -> "DiscordServer":
        from cococat.simulators.discord import SimulatedDiscord
        from cococat.simulators.discord_server import DiscordServer

        return self._opened.enter_context(DiscordServer(SimulatedDiscord()))


def _simulate(stack: Stack, stored: StoredWish, platforms: _Platforms) -> None:
    """Let the bot of *stored* be one of a simulator's, if it has no real token."""
    secrets = stack.wishes.secrets(stored)
    token = str(secrets.get("bot_token", ""))
    api_base = (
        platforms.api_for(stored.wish.address.channel, token) if token.startswith(BOT) else ""
    )
    if api_base:
        config = stored.wish.config | {"api_base": api_base}
        stack.wishes.write(replace(stored.wish, config=config, secrets=secrets), replacing=stored)


def _start(project: Path, aws: LocalAws, stack: Stack, port: int) -> processes.Process:
    outputs = stack.outputs
    environment = {
        "STACK_NAME": stack.address.stack_name,
        "CHANNELS_TABLE": outputs["ChannelsTable"],
        "MESSAGES_TABLE": outputs["MessagesTable"],
        "OUTBOX_URL": outputs["OutboxUrl"],
    }
    own = {name: value for name, value in settings.of_process().items() if name[:4] != "AWS_"}
    rights = aws.environment | credentials(aws, outputs["SidecarRole"], "sidecar")
    return processes.start(
        [sys.executable, "-m", "sidecar", "--keep-going", "--port", str(port)],
        folder=project,
        environment=own | rights | environment,
        log=aws.log.parent / "sidecar.log",
    )


def _wait(process: processes.Process, port: int) -> None:
    """Wait until it listens; its log says why it does not."""
    deadline = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline and not _is_ready(port):
        time.sleep(LOOK)


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=1)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()
