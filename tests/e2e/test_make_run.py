"""`make run` as a newcomer meets it: ready, talking, verified, and gone on Ctrl-C."""

import json
import os
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from cococat.core.http import Response
from tests.e2e.bundle import until, value
from tests.e2e.conftest import PROJECT, free_port
from tests.e2e.desk import Operator
from tests.e2e.terminal import kept, lines, make_run, run_line, wait_until_ready

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
CHANNELS = ["feishu", "telegram", "web_api", "wechat", "weixin"]
"""Those of the scenes that come with the project."""
SIMULATED = ["feishu", "telegram", "weixin"]
"""Those whose platform is written to by itself, even where the answer is quick."""
MAKE_KEY = ".venv/bin/python -m cococat.admin_keys create --json"
PUBLISH = ".venv/bin/python -m cococat.scenes publish"


Done = subprocess.CompletedProcess[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What came of the lines of a banner, and of the management API."""

    talked: Done
    verified: dict[str, Done]
    received: dict[str, list[dict[str, str]]]
    channels: list[dict[str, Any]]
    health: Response
    published: Done


def use(log: Path) -> Used:
    """Do all that the banner in *log* says, and look at the channels."""
    base_url = lines(log, "base URL")[0].split()[-1]
    key = str(json.loads(run_line(MAKE_KEY).stdout)["key"])
    operator = Operator(base_url=base_url, key=key)
    return Used(
        talked=run_line(lines(log, "talk")[0]),
        verified={line: run_line(line) for line in lines(log, "verify")},
        received=json.loads(run_line(lines(log, "received")[0]).stdout),
        published=run_line(PUBLISH),
        health=operator.ask("GET", "/healthz"),
        channels=until(lambda: connected(operator)),
    )


def connected(operator: Operator) -> list[dict[str, Any]]:
    """Return the channels as soon as all of them are connected."""
    channels: list[dict[str, Any]] = value(operator.ask("GET", "/api/channels"))["channels"]
    return channels if {each["status"] for each in channels} == {"connected"} else []


def test_is_ready_works_as_printed_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """Each line of the banner works as it stands; Ctrl-C ends every process and frees the port."""
    log, port = tmp_path / "run.log", free_port()
    with kept(port), make_run(log, PORT=str(port)) as process:
        wait_until_ready(log, process)
        second = tmp_path / "second.log"
        with make_run(second, PORT=str(free_port())) as another:
            another.wait(30)
        assert "a stack runs from this folder already" in second.read_text("utf-8")
        used = use(log)
        kill_sidecar(process, log)
        children = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGINT)
        code = process.wait(60)

    check(used)
    assert lines(log, "simulated")[0].startswith("feishu, telegram, wechat, weixin (")
    assert code in (0, -signal.SIGINT)  # make itself ends as the signal asks
    assert log.read_text("utf-8").splitlines()[-1] == "stopped."
    assert len(children) > 1
    assert [child for child in children if _is_alive(child)] == []
    assert not (PROJECT / ".cococat" / "local.json").exists()
    assert list((PROJECT / ".cococat").glob("tmp*")) == []


def sidecars(process: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    """Return the sidecar's processes below *process*."""
    children = psutil.Process(process.pid).children(recursive=True)
    return [each for each in children if "sidecar" in (each.as_dict(["cmdline"])["cmdline"] or [])]


def kill_sidecar(process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Kill the sidecar, and see one line of it in *log* and another one running."""
    (killed,) = sidecars(process)
    killed.kill()
    until(lambda: [each for each in sidecars(process) if each.pid != killed.pid], 20)
    told = [line for line in log.read_text("utf-8").splitlines() if "cococat: " in line]
    assert len(told) == 1
    assert told[0].startswith("cococat: the sidecar has ended (signal 9); it starts again in 1 s")


def check(used: Used) -> None:
    """Let everything be healthy, and each answer be where it belongs."""
    assert '"reply": "你好"' in used.talked.stdout
    verified = {line: done for line, done in used.verified.items() if done.returncode == 0}
    assert verified == used.verified
    assert [kind for line in verified for kind in CHANNELS if f" {kind} " in line] == CHANNELS
    for kind in SIMULATED:
        (told,) = (done.stdout for line, done in verified.items() if f" {kind} " in line)
        assert "on the platform's side" in told
        assert used.received[kind][0]["text"].startswith("CocoCat verification")
    assert used.health.status == 200
    assert len(used.channels) == len(CHANNELS)
    said = [line.split()[0] for line in used.published.stdout.splitlines()]
    assert said == ["unchanged"] * len(CHANNELS)


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
