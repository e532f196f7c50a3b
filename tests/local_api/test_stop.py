"""Ctrl-C, after all other tests of this group."""

import signal

import psutil
import pytest

from tests.local_api.served import PROJECT, Served, containers, engine

pytestmark = pytest.mark.local_api
ENGINE = {"dockerd", "containerd", "containerd-shim", "containerd-shim-runc-v2", "docker-proxy"}


def test_ctrl_c_leaves_nothing_behind(served: Served) -> None:
    """No process, no container, no file but its logs, and no engine that was not there before."""
    children = served.children()
    engine("start")  # so that the containers can be counted when it is gone
    try:
        code = served.interrupt()
        left = containers()
    finally:
        engine("stop")

    assert code in (0, -signal.SIGINT)  # make itself ends as the signal asks
    assert served.log.read_text("utf-8").splitlines()[-1] == "stopped."
    assert len(children) > 1
    assert [child for child in children if _is_alive(child)] == []
    assert left == (served.containers_before or set())
    if served.containers_before is None:
        assert [each.name() for each in psutil.process_iter() if each.name() in ENGINE] == []
    assert not (PROJECT / ".cococat" / "local.json").exists()
    assert [each.name for each in (PROJECT / ".cococat" / "local-api").iterdir()] == ["logs"]


def _is_alive(process: psutil.Process) -> bool:
    """Tell whether *process* still runs; a dead one may wait to be collected."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
