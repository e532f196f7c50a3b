"""Starts `make local-api` once for all tests of this group; it must start, or they fail."""

import time
from collections.abc import Iterator

import pytest
import pytest_socket

from cococat.local.processes import free_port
from tests.local_api.served import Served, containers, make_local_api

START_SECONDS = 600
"""A bare machine installs its container engine first."""


@pytest.fixture(autouse=True)
def _network() -> None:
    pytest_socket.enable_socket()


@pytest.fixture(name="served", scope="session")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    pytest_socket.enable_socket()
    log, port = tmp_path_factory.mktemp("local-api") / "run.log", free_port("127.0.0.1")
    before = containers()
    with make_local_api(log, PORT=str(port)) as process:
        deadline = time.monotonic() + START_SECONDS
        while "  logs " not in log.read_text("utf-8"):
            assert process.poll() is None, log.read_text("utf-8")
            assert time.monotonic() < deadline, log.read_text("utf-8")
            time.sleep(0.2)
        yield Served(port=port, process=process, log=log, containers_before=before)
