import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from cococat.local import processes, serving
from cococat.local.steps import StepFailed
from tests.support import mother
from tests.support.processes import Child

LIVES = 60
"""Seconds that a child lives which nobody ends."""
ALIVE = "exec 9>life; "
"""Begins a command that is seen to live, with all of its children: by who has `life` open."""


@pytest.fixture(name="life")
def _life(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "life")
    return tmp_path / "life"


def start(life: Path, command: str) -> processes.Process:
    """Start *command* beside *life*."""
    return processes.start(
        ["/bin/sh", "-c", command], folder=life.parent, environment={}, log=life.parent / "log"
    )


class TestTheKilled:
    """A process that is killed with SIGKILL can't end its children."""

    @pytest.mark.parametrize(
        "command",
        [
            f"{ALIVE} exec sleep {LIVES}",
            f"{ALIVE} sleep {LIVES} & sleep {LIVES}",
            f"{ALIVE} sleep {LIVES} &",
            f"trap '' TERM; {ALIVE} sleep {LIVES} & sleep {LIVES}",
        ],
        ids=["one", "with a child", "that has ended, its child not", "not politely"],
    )
    def test_leaves_no_child_behind(self, life: Path, command: str) -> None:
        """Nor a child's child; each of them has the pipe open for as long as it lives."""
        killed = Child(
            "tests.support.mother", {mother.COMMAND: command, mother.FOLDER: str(life.parent)}
        )
        assert killed.hear() == "started"
        with life.open("rb") as alive:
            began = time.monotonic()
            killed.kill()
            assert alive.read() == b""

        assert time.monotonic() - began < LIVES / 2


class TestAChild:
    """Its guard is not to be noticed."""

    def test_that_has_ended_leaves_nothing_once_it_is_ended(self, life: Path) -> None:
        """It may be ended twice."""
        process = start(life, f"{ALIVE} sleep {LIVES} &")
        with life.open("rb") as alive:
            assert process.wait(LIVES) == 0
            processes.end(process)
            assert alive.read() == b""
        processes.end(process)

        assert process.is_over

    def test_ends_as_it_ends(self, life: Path) -> None:
        """By its own code, or by the signal that it got."""
        own = start(life, "exit 7")
        killed = start(life, f"{ALIVE} exec sleep {LIVES}")
        with life.open("rb"):
            processes.end(killed, politely=signal.SIGINT)

        assert own.wait(LIVES) == 7
        assert killed.returncode == -signal.SIGINT
        processes.end(own)

    def test_reads_nothing_and_has_no_other_file_open(self, tmp_path: Path) -> None:
        """Its standard input is empty, and the guard's pipe is the guard's."""
        command = ["/bin/sh", "-c", "cat; echo said; (: <&3) 2>/dev/null || echo closed"]
        done = processes.run(command, folder=tmp_path, environment={"LANG": "C"})

        assert (done.returncode, done.stdout) == (0, "said\nclosed\n")

    def test_that_can_not_be_found_is_a_sentence(self, tmp_path: Path) -> None:
        """As any other that fails."""
        done = processes.run(["no-such-command"], folder=tmp_path, environment={})

        assert done.returncode == 127
        assert "no-such-command" in processes.sentence("it failed", done)


class TestStopping:
    """What ends a local run."""

    @pytest.fixture(autouse=True)
    def _handlers(self) -> Iterator[None]:
        # As in a terminal, whatever runs the tests: nohup would leave SIGHUP ignored.
        before = {number: signal.signal(number, signal.SIG_DFL) for number in serving.STOPS}
        yield
        for number, handler in before.items():
            signal.signal(number, handler)

    @pytest.mark.parametrize("number", serving.STOPS)
    def test_a_signal_stops_it_once(self, number: int, capsys: pytest.CaptureFixture[str]) -> None:
        """It cleans up, and nothing interrupts that."""
        cleaned: list[str] = []

        def body() -> None:
            try:
                os.kill(os.getpid(), number)
                _wait()
            finally:
                os.kill(os.getpid(), number)
                cleaned.append("all")

        assert serving.until_stopped(body) == 0
        assert cleaned == ["all"]
        assert capsys.readouterr().out == "\nstopped.\n"

    def test_it_ends_with_the_process_that_has_started_it(self) -> None:
        """Such as `make`, which a SIGKILL ends alone."""
        assert serving.until_stopped(_wait, parent=os.getpid()) == 0

    def test_nohup_keeps_it(self) -> None:
        """Its terminal may go."""
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

        def body() -> None:
            os.kill(os.getpid(), signal.SIGHUP)
            raise StepFailed("the end")

        assert serving.until_stopped(body) == 1


def _wait() -> None:
    Event().wait(LIVES)
