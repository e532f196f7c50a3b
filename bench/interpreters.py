"""Starting the interpreters that are measured: once, or as workers that stay warm."""

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from bench.errors import MeasurementFailed
from bench.subject import NOISE, Subject

PATIENCE = 300
"""Seconds after which an interpreter is given up."""

Requests = list[dict[str, Any]]
Work = Callable[[Requests], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """
    An interpreter that has ended well.

    Attributes:
        said: what the subject said; `noise` in it is what was written to stderr.
        cpu: seconds of processor time, the kernel's on its behalf too.

    """

    said: dict[str, Any]
    cpu: float


def run_once(
    subject: Subject,
    request: dict[str, Any],
    *,
    before: Sequence[str] = (),
    options: Sequence[str] = (),
) -> Finished:
    """
    Run *subject* in a new interpreter for one request.

    Args:
        subject: what to run.
        request: what it is to answer.
        before: words in front of the interpreter.
        options: more of the interpreter's own.

    Raises:
        MeasurementFailed: it did not end well.

    """
    python, *words = subject.command("once")
    command = [*before, python, *options, *words]
    with contextlib.ExitStack() as stack:
        given, out, noise = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(3))
        given.write(json.dumps(request).encode("utf-8"))
        given.seek(0)
        process = subprocess.Popen(
            command, env=subject.environment, stdin=given, stdout=out, stderr=noise
        )
        cpu = _cpu_until_end(process)
        told, noises = _text(out), _text(noise)
    if process.returncode:
        message = f"{subject.title} ended with {process.returncode}:\n{noises[-NOISE:]}"
        raise MeasurementFailed(message)
    return Finished(said=json.loads(told) | {"noise": noises}, cpu=cpu)


@contextlib.contextmanager
def worker(subject: Subject) -> Iterator[Work]:
    """Start *subject* and yield what hands it requests and returns what it says."""
    with tempfile.TemporaryFile() as noise:
        process = subprocess.Popen(
            subject.command("serve"),
            env=subject.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=noise,
        )

        def work(requests: Requests) -> dict[str, Any]:
            line = _ask(process, requests)
            said: dict[str, Any] = json.loads(line or b"{}") | {"noise": _text(noise)}
            if not line:
                raise MeasurementFailed(f"{subject.title} has ended:\n{said['noise'][-NOISE:]}")
            return said

        try:
            yield work
        finally:
            process.kill()
            process.communicate()


def _ask(process: "subprocess.Popen[bytes]", requests: Requests) -> bytes:
    """Return the line that *process* says to *requests*; empty where it has ended."""
    line = b""
    with _alarm(process), contextlib.suppress(BrokenPipeError):
        if process.stdin and process.stdout:
            process.stdin.write(json.dumps(requests).encode("utf-8") + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
    return line


def _cpu_until_end(process: "subprocess.Popen[bytes]") -> float:
    """Wait for the end of *process* and return the seconds of processor time of it alone."""
    with _alarm(process):
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


@contextlib.contextmanager
def _alarm(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Kill *process* where the body takes too long."""
    alarm = threading.Timer(PATIENCE, os.kill, (process.pid, signal.SIGKILL))
    alarm.start()
    try:
        yield
    finally:
        alarm.cancel()


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")
