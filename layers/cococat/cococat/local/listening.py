"""The sidecar beside a local stack."""

import http.client
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cococat import settings
from cococat.bootstrap.operator import Stack
from cococat.local import processes
from cococat.local.role import credentials
from cococat.local.stack import HOST, LocalAws
from cococat.local.steps import step

READY_SECONDS = 15
LOOK = 0.1


@contextmanager
def listening(project: Path, aws: LocalAws, stack: Stack) -> Iterator[None]:
    """
    Run the sidecar while the body runs, with the rights of its role.

    Args:
        project: the project's folder.
        aws: where the stack is.
        stack: the stack.

    """
    with step("start the sidecar"):
        port = processes.free_port(HOST)
        process = _start(project, aws, stack, port)
        _wait(process, port)
    try:
        yield
    finally:
        processes.end(process)


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
