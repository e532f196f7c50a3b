"""`make run` as from a terminal."""

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.bundle import until
from tests.e2e.conftest import PROJECT


@contextmanager
def make_run(log: Path, **settings: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `make run` as from a terminal, in a process group of its own."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["make", "run", *(f"{name}={value}" for name, value in settings.items())],
            cwd=PROJECT,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def lines(log: Path, title: str) -> list[str]:
    """Return what the banner says behind each *title*."""
    said = log.read_text("utf-8").splitlines()
    return [line.split(maxsplit=1)[1] for line in said if line.startswith(f"  {title} ")]


@contextmanager
def kept(port: int) -> Iterator[None]:
    """Remove what the runs at *port* have kept, once the body is over."""
    try:
        yield
    finally:
        shutil.rmtree(PROJECT / ".cococat" / f"state-{port}", ignore_errors=True)


def wait_until_ready(log: Path, process: "subprocess.Popen[bytes]") -> None:
    """Wait until it has printed its whole banner."""
    until(lambda: "Ready after" in log.read_text("utf-8") or process.poll() is not None, 60)
    said = log.read_text("utf-8")
    assert "Ready after" in said, said
    until(lambda: "  logs " in log.read_text("utf-8"), 5)


def run_script(script: str) -> str:
    """Run the lines of *script* as somebody does who copied them, and return what they print."""
    done = subprocess.run(
        ["sh", "-eu", "-c", script], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, script + done.stdout + done.stderr
    return done.stdout


def run_line(line: str) -> "subprocess.CompletedProcess[str]":
    """Run *line* as somebody does who copied it."""
    return subprocess.run(
        shlex.split(line), cwd=PROJECT, capture_output=True, text=True, check=False
    )
