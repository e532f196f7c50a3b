"""The README followed to the letter: `make run`, agents of one's own, the curl lines, a restart."""

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cococat.local.made_up import made_up
from cococat.simulators.transport import over_http
from cococat.simulators.web_api import WebApiCaller
from cococat.simulators.wechat import CUT_AFTER, Account, WeChatPlatform, made_up_user
from tests.e2e.bundle import until, value
from tests.e2e.conftest import PROJECT, free_port
from tests.e2e.desk import Operator
from tests.e2e.terminal import kept, lines, make_run, run_line, run_script, wait_until_ready
from tests.support import readme

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

KEY = "a-key-of-your-own-choice"
PATH = "/api/channel/lasting"
SCENE = {"target_type": "scene", "target_id": "research", "name": "lasting"}


@dataclass
class Reader:
    """
    Somebody who follows the README.

    Attributes:
        folder: for files of their own.
        port: of the local stack.
        account: the Official Account of each scene.
        admin: the admin key, once there is one.

    """

    folder: Path
    port: int
    account: Account
    admin: str = ""
    base_url: str = field(default="", init=False)

    def write(self, agent_port: int) -> None:
        """Write scenes and agents: those of the README, and one scene for each agent."""
        agents = readme.json('"research"')
        url = f"http://127.0.0.1:{agent_port}/"
        self.put("scenes/agents.json", agents.replace("https://agent.example.com/", url))
        config = {"app_id": self.account.app_id, "token": "${WECHAT_TOKEN}"}
        wechat = {"type": "wechat", "config": config}
        web = {"endpoint": "/api/channel/research", "api_key": "${WEB_API_KEY}"}
        scenes = {"research": [wechat, {"type": "web_api", "config": web}], "partner": [wechat]}
        for scene, channels in scenes.items():
            self.put(f"scenes/{scene}/entries.json", json.dumps({"channels": channels}))
        for name in ("http_agent.py", "partner_agent.py"):
            self.put(name, readme.python(name).replace("8000", str(agent_port)))

    @contextmanager
    def stack(self, run: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Let the stack run, as `make run` runs it, and stop it with Ctrl-C."""
        log = self.folder / f"{run}.log"
        with make_run(log, PORT=str(self.port), SCENES=str(self.folder / "scenes")) as process:
            wait_until_ready(log, process)
            self.base_url = lines(log, "base")[0].split()[-1]
            try:
                yield process
            finally:
                os.killpg(process.pid, signal.SIGINT)
                process.wait(20)

    def lines(self, run: str, title: str) -> list[str]:
        """Return what the banner of a run says behind *title*."""
        return lines(self.folder / f"{run}.log", title)

    def follower(self, path: str) -> WeChatPlatform:
        """Return the platform's side of the account at *path*."""
        transport = over_http(self.base_url, patience=CUT_AFTER)
        return WeChatPlatform(account=self.account, transport=transport, path=path)

    def ask(self, text: str, path: str = PATH) -> str:
        """Ask at the channel that was connected by API, or at another one."""
        transport = over_http(self.base_url, patience=40)
        caller = WebApiCaller(transport=transport, endpoint=path, api_key=KEY)
        return str(value(caller.ask("ann", text, wait=25))["reply"])

    def put(self, name: str, text: str) -> None:
        """Write one file."""
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text, "utf-8")


@pytest.fixture(name="reader")
def _reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    account = Account(app_id=made_up("app_id"), token=made_up("token"))
    monkeypatch.setenv("WECHAT_TOKEN", account.token)
    monkeypatch.setenv("AGENT_SECRET", secrets.token_hex(24))
    reader = Reader(tmp_path, free_port(), account)
    with kept(reader.port):
        yield reader


@contextmanager
def python(reader: Reader, *words: str) -> Iterator[None]:
    """Let a Python of the reader's run beside the stack."""
    environment = os.environ | {"PYTHONPATH": str(reader.folder)}
    process = subprocess.Popen(
        [sys.executable, *words], cwd=PROJECT, env=environment, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def test_it_works_as_it_is_printed(reader: Reader) -> None:
    """Two agents, all lines of the banner, the management API; and all of it after a restart."""
    reader.write(free_port())
    with python(reader, str(reader.folder / "http_agent.py")):
        with reader.stack("first"), python(reader, *_heartbeat()):
            _talk(reader, "first")
            _manage(reader)
            _publish(reader)
            assert _lasting(reader) == ["You said: 你好"] * 2
        with reader.stack("second"), python(reader, *_heartbeat()):
            _talk(reader, "second")
            assert _lasting(reader) == ["You said: 你好"] * 2
            _check_what_came_back(reader)

    assert "Not everything" not in (reader.folder / "second.log").read_text("utf-8")


def _heartbeat() -> list[str]:
    """Return the words of the external agent's command, for the stack that runs here."""
    (line,) = [each for each in readme.shell("cococat.heartbeat").splitlines() if "--agent" in each]
    command = line.removesuffix(" --stack-name cococat").split()
    assert command[0] == "python"
    return command[1:]


def _talk(reader: Reader, run: str) -> None:
    """Try all lines of the banner, and let followers of both scenes write."""
    (line,) = [line for line in reader.lines(run, "talk") if PATH not in line]
    assert '"reply": "You said: 你好"' in run_line(line).stdout
    verify = reader.lines(run, "verify")
    assert len([line for line in verify if "lasting" not in line]) == 3
    for line in verify:
        done = run_line(line)
        assert done.returncode == 0, line + done.stdout + done.stderr
    user = made_up_user()
    assert reader.follower("/api/channel/wechat/research").write(user, "你好") == "You said: 你好"
    said = reader.follower("/api/channel/wechat/partner").write(user, "你好")
    assert said == "That was message 1 of yours: 你好"


def _manage(reader: Reader) -> None:
    """Run the lines of the section about the management API, and connect what is to last."""
    script = readme.shell("cococat.admin_keys create")
    script = re.sub(r"BASE=….*", f"BASE={reader.base_url}", script)
    target = '"target_id": "customer-service"'
    assert script.count(target) == 2
    script = script.replace("customer-service", "research")
    said = run_script(script + 'printf "\n%s" "$KEY"')
    answers = re.findall(r'"status": "(\w+)"', said)
    assert answers[-3:] == ["connected", "connected", "disconnected"]
    reader.admin = said.splitlines()[-1]
    operator = Operator(base_url=reader.base_url, key=reader.admin)
    operator.connect("web_api", {"endpoint": PATH, "api_key": KEY}, **SCENE)
    operator.connect(
        "wechat", {"app_id": reader.account.app_id, "token": reader.account.token}, **SCENE
    )


def _publish(reader: Reader) -> None:
    """Let a scene come and go without a deploy."""
    (check, publish) = [
        line.partition("#")[0].strip()
        for line in readme.shell("cococat.scenes publish").splitlines()
    ]
    folder = f" --scenes {reader.folder / 'scenes'}"
    config = {"endpoint": "/api/channel/late", "api_key": KEY}
    entries = {"agent": "support", "channels": [{"type": "web_api", "config": config}]}
    reader.put("scenes/late/entries.json", json.dumps(entries))
    assert "Nothing is wrong" in run_script(check + folder)
    said = run_script(publish + folder)
    assert sorted(line.split()[0] for line in said.splitlines()) == [
        "added",
        *["unchanged"] * 3,
    ]
    assert reader.ask("你好", "/api/channel/late") == "你好"
    shutil.rmtree(reader.folder / "scenes" / "late")
    assert "withdrawn  scene/late/web_api\n" in run_script(publish + folder)


def _lasting(reader: Reader) -> list[str | None]:
    """Return what the two channels answer that were connected by API."""
    follower = reader.follower("/api/channel/wechat/research/lasting")
    return [reader.ask("你好"), follower.write(made_up_user(), "你好")]


def _check_what_came_back(reader: Reader) -> None:
    operator = Operator(base_url=reader.base_url, key=reader.admin)

    def all_connected() -> list[str]:
        shown = value(operator.ask("GET", "/api/channels"))["channels"]
        assert [each["source"] for each in shown].count("api") == 2
        statuses = {each["status"] for each in shown}
        return [each["name"] for each in shown] if statuses == {"connected"} else []

    assert sorted(until(all_connected, 30)) == ["lasting", "lasting", "web_api", "wechat", "wechat"]
