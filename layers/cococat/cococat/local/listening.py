"""The sidecar beside a local stack."""

import http.client
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from cococat import settings
from cococat.bootstrap.operator import Stack
from cococat.core.clock import Clock, SystemClock
from cococat.local import processes
from cococat.local.restarts import Restarts, Running, how
from cococat.local.role import credentials
from cococat.local.stack import HOST, LocalAws
from cococat.local.steps import fail, step

READY_SECONDS = 15
LOOK = 0.1
TOLD = "sidecar: "
"""What its lines for people begin with; the others are for programs."""


@contextmanager
def listening(project: Path, aws: LocalAws, stack: Stack) -> Iterator[str]:
    """
    Run the sidecar while the body runs, with the rights of its role; again when it ends.

    Args:
        project: the project's folder.
        aws: where the stack is.
        stack: the stack.

    Yields:
        Why it is not ready, as it goes on after its name; empty where it is.

    """
    log = log_of(aws)
    with step("start the sidecar"):
        log.unlink(missing_ok=True)
        port = processes.free_port(HOST)
        process = _start(project, aws, stack, port)
        try:
            lacks = what_it_lacks(process, log, partial(_is_ready, port), SystemClock())
        except BaseException:
            processes.end(process)
            raise
    with _kept(process, partial(_start, project, aws, stack), log):
        yield lacks


@contextmanager
def _kept(
    process: processes.Process, start: Callable[[int], processes.Process], log: Path
) -> Iterator[None]:
    """Keep *process* running while the body runs; *start* starts it, at a port."""
    stop = threading.Event()
    restarts = Restarts(
        start=lambda: start(processes.free_port(HOST)),
        end=processes.end,
        wait=stop.wait,
        say=lambda words: fail(f"the sidecar {words}; see {log}."),
    )
    keeper = threading.Thread(target=restarts.keep, args=[process], daemon=True, name="sidecar")
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join()


def log_of(aws: LocalAws) -> Path:
    """Return the file that holds all that the sidecar says."""
    return aws.log.parent / "sidecar.log"


def what_it_lacks(process: Running, log: Path, is_ready: Callable[[], bool], clock: Clock) -> str:
    """
    Wait until the sidecar listens.

    Args:
        process: its process.
        log: what it says.
        is_ready: asks it.
        clock: the time.

    Returns:
        What became of it instead, with the last line that it has said to people; empty for nothing.

    """
    deadline = clock.now() + READY_SECONDS
    while (code := process.poll()) is None and clock.now() < deadline:
        if is_ready():
            return ""
        clock.sleep(LOOK)
    what = f"is not ready after {READY_SECONDS} s" if code is None else f"has ended ({how(code)})"
    lines = log.read_text("utf-8", "replace").splitlines() if log.exists() else []
    said = [line.removeprefix(TOLD) for line in lines if line.startswith(TOLD)]
    return f"{what}: {said[-1]}" if said else what


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
        log=log_of(aws),
        again=True,
    )


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=1)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()
