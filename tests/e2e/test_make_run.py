"""`make run` as a newcomer meets it: ready, talking, verified, and gone on Ctrl-C."""

import os
import signal
import socket
from pathlib import Path

import psutil
import pytest

from tests.e2e.conftest import PROJECT, free_port
from tests.e2e.terminal import kept, lines, make_run, run_line, wait_until_ready

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
CHANNELS = ["feishu", "telegram", "web_api", "wechat", "weixin"]
"""Those of the scenes that come with the project."""


def test_is_ready_works_as_printed_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """Each line of the banner works as it stands; Ctrl-C ends every process and frees the port."""
    log, port = tmp_path / "run.log", free_port()
    with kept(port), make_run(log, PORT=str(port)) as process:
        wait_until_ready(log, process)
        talked = run_line(lines(log, "talk")[0])
        second = tmp_path / "second.log"
        with make_run(second, PORT=str(free_port())) as another:
            another.wait(30)
        assert "a stack runs from this folder already" in second.read_text("utf-8")
        verified = {line: run_line(line) for line in lines(log, "verify")}
        children = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGINT)
        code = process.wait(20)

    assert '"reply": "你好"' in talked.stdout
    assert [channel for line in verified for channel in CHANNELS if channel in line] == CHANNELS
    for line, done in verified.items():
        assert done.returncode == 0, line + done.stdout + done.stderr
    assert code in (0, -signal.SIGINT)  # make itself ends as the signal asks
    assert log.read_text("utf-8").splitlines()[-1] == "stopped."
    assert len(children) > 1
    assert [child for child in children if _is_alive(child)] == []
    assert not (PROJECT / ".cococat" / "local.json").exists()
    assert list((PROJECT / ".cococat").glob("tmp*")) == []


def _is_alive(process: psutil.Process) -> bool:
    """Tell whether *process* still runs; a dead one may wait to be collected."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_busy_port_is_one_sentence(tmp_path: Path) -> None:
    """It names the port and the way on."""
    log = tmp_path / "run.log"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with make_run(log, PORT=str(port)) as process:
            process.wait(30)

    said = [line for line in log.read_text("utf-8").splitlines() if line.startswith("cococat: ")]
    assert [f"cococat: port {port} is in use; stop what uses it, or choose PORT=…"] == said


def test_a_missing_scenes_folder_is_one_sentence(tmp_path: Path) -> None:
    """It names the folder, before anything is started."""
    log = tmp_path / "run.log"
    with make_run(log, PORT=str(free_port()), SCENES=str(tmp_path / "nowhere")) as process:
        code = process.wait(30)

    said = [line for line in log.read_text("utf-8").splitlines() if line.startswith("cococat: ")]
    assert code != 0
    assert [f"cococat: the scenes folder {tmp_path / 'nowhere'} does not exist."] == said
