"""
Child processes and ports, for all that the local runs start.

No child outlives this process, not even where it is killed: each has a guard in its group, which
reads from a pipe that ends with this process, and then ends the group. That needs no more than a
POSIX shell.
"""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import IO

from cococat.local.steps import StepFailed

STOP_SECONDS = 10
GRACE = 2
"""Seconds that a group has to end politely once this process is gone."""

GUARDED = """
exec 3<&0 </dev/null
/bin/sh -c 'trap "" TERM; read -r end <&3; kill -s TERM 0; sleep "$0"; kill -s KILL 0' "$0" \
    >/dev/null 2>&1 &
exec "$@" 3<&-
"""
"""Starts the guard, which waits at what is its standard input here, and becomes the command."""


class Process(subprocess.Popen[bytes]):
    """
    A process that leads a group of its own.

    Attributes:
        is_over: whether all of its group has ended; the group's number may be another's then.

    """

    is_over = False


def run(
    command: list[str], *, folder: Path, environment: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Run *command* to its end and return how it went; Ctrl-C ends all that it has started."""
    with _started(command, folder, environment, subprocess.PIPE, subprocess.PIPE) as process:
        try:
            out, err = process.communicate()
        finally:
            end(process)
    texts = (each.decode("utf-8", "replace") for each in (out, err))
    return subprocess.CompletedProcess(command, process.returncode, *texts)


def sentence(what: str, answer: "subprocess.CompletedProcess[str]") -> str:
    """Return *what* with the last that the command said."""
    lines = [line.strip() for line in (answer.stderr or answer.stdout).splitlines()]
    said = [line for line in lines if line]
    return f"{what}: {said[-1]}" if said else f"{what}."


def start(
    command: list[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    log: Path,
    again: bool = False,
) -> Process:
    """
    Start *command* in a process group of its own, with all that it says in *log*.

    Args:
        command: the command.
        folder: where it works.
        environment: its environment, and no other variable.
        log: the file; it is made, with nothing of an earlier process in it.
        again: whether what is in the file stays.

    """
    with log.open("ab" if again else "wb") as out:
        return _started(command, folder, environment, out, subprocess.STDOUT)


def _started(
    command: list[str], folder: Path, environment: Mapping[str, str], out: int | IO[bytes], err: int
) -> Process:
    return Process(
        ["/bin/sh", "-c", GUARDED, str(GRACE), *command],
        cwd=folder,
        env=environment,
        stdin=_life(),
        stdout=out,
        stderr=err,
        start_new_session=True,
    )


@cache
def _life() -> int:
    """Return where a pipe is read that ends with this process: nobody else has its other end."""
    end, _ = os.pipe()
    return end


def end(
    process: Process,
    *,
    politely: signal.Signals = signal.SIGTERM,
    seconds: float = STOP_SECONDS,
) -> None:
    """
    End the process and all its children: with the signal *politely*, then by force.

    It may have ended by itself, or have been ended before.
    """
    if process.is_over:
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, politely)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.is_over = True


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """
    Have *folder* alone while the body runs, however this process ends; it is made where missing.

    Raises:
        StepFailed: another process has it.

    """
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        if not _locked(handle):
            message = "a stack runs from this folder already; stop it first."
            raise StepFailed(message)
        yield
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def check_free(host: str, port: int) -> None:
    """
    Make sure that nobody listens there.

    Raises:
        StepFailed: the port is taken.

    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            message = f"port {port} is in use; stop what uses it, or choose PORT=…"
            raise StepFailed(message) from None


def free_port(host: str) -> int:
    """
    Return a port of *host* that nobody uses.

    Raises:
        OSError: *host* is no address of this machine.

    """
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
