"""The sidecar beside a local stack, and simulated platforms for bots that have no real token."""

import http.client
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

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
    with TelegramServer(SimulatedTelegram(SystemClock())) as telegram:
        for stored in stack.wishes.all():
            if stored.wish.address.channel == "telegram":
                _simulate(stack, stored, telegram)
        with step("start the sidecar"):
            port = processes.free_port(HOST)
            process = _start(project, aws, stack, port)
            _wait(process, port)
        try:
            yield
        finally:
            processes.end(process)


def _simulate(stack: Stack, stored: StoredWish, telegram: TelegramServer) -> None:
    """Let the bot of *stored* be one of the simulator's, if it has no real token."""
    secrets = stack.wishes.secrets(stored)
    token = str(secrets.get("bot_token", ""))
    if not token.startswith(BOT):
        return
    telegram.telegram.bot(token)
    config = stored.wish.config | {"api_base": telegram.url}
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
