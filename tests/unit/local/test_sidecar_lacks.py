"""What `make run` says of a sidecar that is not ready."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cococat.local.banner import banner
from cococat.local.listening import READY_SECONDS, what_it_lacks
from cococat.local.serving import Deployed
from tests.support.clock import START, FakeClock


class Process:
    """A process that runs, or has ended with *code*."""

    def __init__(self, code: int | None) -> None:
        self._code = code

    def poll(self) -> int | None:
        """Return the code."""
        return self._code


@pytest.fixture(name="clock")
def _clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(name="log")
def _log(tmp_path: Path) -> Path:
    log = tmp_path / "sidecar.log"
    log.write_text(
        '{"level": "INFO"}\nsidecar: one\nsidecar: no table\n{"level": "INFO"}\n', "utf-8"
    )
    return log


def test_one_that_gets_ready_lacks_nothing(clock: FakeClock, log: Path) -> None:
    """It is asked until then."""
    lacks = what_it_lacks(Process(None), log, lambda: clock.now() >= START + 3, clock)

    assert lacks == ""
    assert clock.now() < START + 4


def test_one_that_is_slow_is_told_with_the_last_that_it_said(clock: FakeClock, log: Path) -> None:
    """After some seconds; what it says to programs is left out."""
    lacks = what_it_lacks(Process(None), log, lambda: False, clock)

    assert lacks == f"is not ready after {READY_SECONDS} s: no table"
    assert clock.now() >= START + READY_SECONDS


def test_one_that_has_ended_is_told_at_once(clock: FakeClock, log: Path) -> None:
    """With its exit code, though it has said nothing."""
    lacks = what_it_lacks(Process(2), log.with_name("none.log"), lambda: False, clock)

    assert lacks == "has ended (exit 2)"
    assert clock.now() == START


@pytest.mark.parametrize("lacks", ["", "has ended (exit 2): no table"])
def test_the_banner_has_a_line_of_it(tmp_path: Path, lacks: str) -> None:
    """What it is, and where to look; none where it listens."""
    channels = SimpleNamespace(channels=list)
    stack: Any = SimpleNamespace(base_url="http://127.0.0.1:1", channels=channels)
    made = Deployed(
        stack=stack,
        built=tmp_path,
        simulated={},
        received_url="",
        faults=(),
        sidecar_lacks=lacks,
    )
    aws: Any = SimpleNamespace(log=tmp_path / "ministack.log")
    said = banner(made, aws, 1.0, ending="").splitlines()

    line = f"  sidecar    {lacks}; see {tmp_path / 'sidecar.log'}"
    assert [each for each in said if each.startswith("  sidecar ")] == ([line] if lacks else [])
