"""A second local stack is refused in one sentence, and harms the first in no way."""

from pathlib import Path

import pytest

from cococat.local.processes import free_port
from tests.e2e.bundle import value
from tests.local_api.served import Served, complaints, make_local_api

pytestmark = pytest.mark.local_api


def test_a_busy_port(served: Served, tmp_path: Path) -> None:
    """It names the port and the way on."""
    log = tmp_path / "run.log"
    with make_local_api(log, PORT=str(served.port)) as process:
        code = process.wait(60)

    assert code != 0
    assert complaints(log) == [
        f"cococat: port {served.port} is in use; stop what uses it, or choose PORT=…"
    ]


def test_one_that_runs_already(served: Served, tmp_path: Path) -> None:
    """They would share a folder."""
    log = tmp_path / "run.log"
    with make_local_api(log, PORT=str(free_port("127.0.0.1"))) as process:
        code = process.wait(60)

    assert code != 0
    assert complaints(log) == ["cococat: a stack runs from this folder already; stop it first."]
    assert value(served.caller().ask("ann", "still here", wait=25))["reply"] == "still here"
