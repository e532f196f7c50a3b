"""The sidecar as a process, with an imitation of AWS and a simulated Telegram."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from cococat.aws.items_table import ItemsTable
from cococat.core.clock import SystemClock
from cococat.core.probes import Probe, Probes
from tests.support.sidecar import telegram
from tests.support.sidecar_process import Bench, eventually, log_lines, running
from tests.support.telegram import token
from tests.support.template import ROOT, resources

pytestmark = [pytest.mark.aws, pytest.mark.enable_socket]
GOOD, BAD = token(1), token(2)
DEAD = "http://127.0.0.1:9"
"""Where nobody listens."""


@pytest.fixture(name="bench", scope="module")
def _bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with running(tmp_path_factory.mktemp("sidecar")) as bench:
        yield bench


@pytest.fixture(name="empty", autouse=True)
def _empty(bench: Bench) -> None:
    bench.cloud.disconnect_all()
    bench.received()


class TestBoot:
    """What the process does before it listens."""

    def test_a_refused_token_of_a_file_ends_it(self, bench: Bench) -> None:
        """One line says which and what to do; the token is nowhere."""
        bench.want("shop", GOOD)
        bench.want("bank", BAD, known=False)
        sidecar = bench.start()

        assert sidecar.wait() == 1
        faults = [line for line in sidecar.output.splitlines() if "refuses" in line]
        assert len(faults) == 1
        assert faults[0].startswith("sidecar: scene bank, channel telegram/telegram: Telegram ")
        assert "@BotFather" in faults[0]
        assert BAD not in sidecar.output
        assert GOOD not in sidecar.output

    def test_one_of_the_api_ends_nothing(self, bench: Bench) -> None:
        """It is told in the status."""
        bench.want("bank", BAD, known=False, by_file=False)
        sidecar = bench.start()
        eventually(lambda: sidecar.health("/readyz") == 200)

        assert bench.status("bank")["status"] == "auth_error"
        assert sidecar.stop() < 10
        assert sidecar.wait() == 0

    def test_it_starts_with_the_variables_that_its_task_has(self, bench: Bench) -> None:
        """ECS names the region in AWS_REGION alone."""
        task = resources()["SidecarTask"]["Properties"]
        named = task["ContainerDefinitions"][0]["Environment"]
        bench.want("shop", GOOD)
        sidecar = bench.start(without={"AWS_DEFAULT_REGION"}, AWS_REGION="us-east-1")

        assert {each["Name"] for each in named} == {*bench.cloud.environment, "AWS_REGION"}
        eventually(lambda: bench.status("shop").get("status") == "connected")
        assert sidecar.stop() < 10

    def test_a_platform_that_is_down_keeps_no_other_bot_down(self, bench: Bench) -> None:
        """Nor does it end anything."""
        for number in range(4):
            bench.listen_to("telegram", f"down-{number}", DEAD, token(10 + number))
        bench.want("shop", GOOD)
        sidecar = bench.start()
        eventually(lambda: sidecar.health("/readyz") == 200, seconds=8)
        eventually(lambda: bench.status("shop").get("status") == "connected", seconds=3)

        assert "the platform can't be reached; asked again in" in sidecar.output
        assert sidecar.stop() < 10
        assert sidecar.wait() == 0

    @pytest.mark.parametrize("port", ["99999", "-1", "x"])
    def test_a_port_that_is_none_is_refused(self, port: str) -> None:
        """With what is one."""
        done = _run("--port", port)

        assert done.returncode == 2
        assert "a port is a number from 0 to 65535" in done.stderr

    def test_a_port_in_use_is_named(self, bench: Bench) -> None:
        """And what to do."""
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            sidecar = bench.start(port=port)

            assert sidecar.wait() == 2
        assert f"127.0.0.1:{port}" in sidecar.output
        assert "--port" in sidecar.output

    def test_help_says_what_it_is(self) -> None:
        """Without any settings."""
        done = _run("--help")

        assert "--keep-going" in done.stdout

    def test_without_settings_it_can_not_run(self) -> None:
        """It says which are missing."""
        done = _run("--port", "0")

        assert done.returncode == 2
        assert "CHANNELS_TABLE" in done.stderr


def _run(*options: str) -> "subprocess.CompletedProcess[str]":
    """Run the command, with nothing in its environment."""
    return subprocess.run(
        [sys.executable, "-m", "sidecar", *options],
        cwd=ROOT,
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_probe_is_fed_to_whoever_listens(bench: Bench) -> None:
    """As if Telegram had sent it; the status says when Telegram was heard last."""
    bench.want("shop", GOOD)
    sidecar = bench.start()
    eventually(lambda: bench.status("shop").get("status") == "connected")
    person = {"id": 9, "is_bot": False}
    chat = {"id": 9, "type": "private"}
    message = {"message_id": 5, "date": 1, "chat": chat, "from": person, "text": "probe"}
    items = ItemsTable(bench.cloud.dynamodb, bench.cloud.channels_table, SystemClock())
    probe = Probe(id="a" * 64, address=telegram("shop"), update={"message": message})
    Probes(items, SystemClock()).store(probe)
    eventually(lambda: [each.content for each in bench.received()] == ["probe"])

    assert float(bench.status("shop")["heard_at"]) > time.time() - 30
    assert sidecar.stop() < 10


def test_messages_come_through_until_it_is_stopped(bench: Bench) -> None:
    """--keep-going listens to the good ones; what is wanted later comes within seconds."""
    bench.want("shop", GOOD)
    bench.want("bank", BAD, known=False)
    bench.telegram.write(GOOD, 7, "before")
    sidecar = bench.start("--keep-going")
    eventually(lambda: bench.telegram.bots[GOOD].confirmed == 1)
    bench.telegram.write(GOOD, 7, "你好")
    eventually(lambda: bench.telegram.bots[GOOD].confirmed == 2)
    bench.want("late", token(3), by_file=False)
    bench.telegram.write(token(3), 8, "late")
    eventually(lambda: bench.telegram.bots[token(3)].confirmed == 1, seconds=8)

    assert [each.content for each in bench.received()] == ["before", "你好", "late"]
    assert (sidecar.health("/healthz"), sidecar.health("/elsewhere")) == (200, 404)
    assert bench.status("shop")["status"] == "connected"
    assert sidecar.stop() < 10
    assert sidecar.wait() == 0
    assert [
        line for line in log_lines(sidecar.output) if line.get("message") == "the sidecar stops"
    ]
    assert "你好" not in sidecar.output
    assert GOOD not in sidecar.output
    assert "privacy mode" in sidecar.output
