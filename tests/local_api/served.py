"""`make local-api` as the tests see it: a terminal, its banner, and the stack behind it."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3.session
import psutil

from cococat.bootstrap.operator import LOCAL_FILE, LOCAL_KEY, Stack, StackAddress
from cococat.core.directory import ChannelBinding
from cococat.core.ids import ChannelAddress
from cococat.local.stack import REGION
from cococat.simulators.transport import Transport, over_http
from cococat.simulators.web_api import WebApiCaller

PROJECT = Path(__file__).resolve().parents[2]
ENVIRONMENT = dict(os.environ)
"""As it was before any test changed it: `DOCKER_HOST` is the machine's own."""
SCENE = "customer-service"
PATIENCE = 40


@dataclass(frozen=True, kw_only=True)
class Served:
    """
    A `make local-api` that is ready.

    Attributes:
        port: where its doors are.
        process: make itself.
        log: all that it has printed.
        containers_before: those that there were before; None where no engine ran.

    """

    port: int
    process: "subprocess.Popen[bytes]"
    log: Path
    containers_before: set[str] | None

    @property
    def base_url(self) -> str:
        """Return where the doors are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def stack(self) -> Stack:
        """Return the stack behind the doors, as an operator sees it."""
        kept = json.loads((PROJECT / LOCAL_FILE).read_text("utf-8"))
        return Stack(StackAddress(**kept | {"base_url": self.base_url}))

    def said(self, title: str) -> list[str]:
        """Return what the banner says behind each *title*."""
        lines = self.log.read_text("utf-8").splitlines()
        return [line.split(maxsplit=1)[1] for line in lines if line.startswith(f"  {title} ")]

    def posts(self) -> int:
        """Return how many POST requests the containers have had."""
        log = PROJECT / ".cococat" / "local-api" / "logs" / "doors.log"
        return log.read_text("utf-8", errors="replace").count("POST /api/channel/")

    def transport(self) -> Transport:
        """Return the way to the doors."""
        return over_http(self.base_url, patience=PATIENCE)

    def binding(self, channel: str) -> ChannelBinding:
        """Return the scene's channel of type *channel*, with its secrets."""
        address = ChannelAddress(
            target_type="scene", target_id=SCENE, channel=channel, name=channel
        )
        found = self.stack.channels.by_address(address)
        assert found is not None
        return found

    def caller(self) -> WebApiCaller:
        """Return a caller of the Web API with the right key."""
        config = self.binding("web_api").config
        return WebApiCaller(
            transport=self.transport(), endpoint=config["endpoint"], api_key=config["api_key"]
        )

    def client(self, service: str, **credentials: str) -> Any:  # noqa: ANN401 - any of botocore's
        """Return a client of the local AWS, its root's or with *credentials*."""
        root = {"aws_access_key_id": LOCAL_KEY, "aws_secret_access_key": LOCAL_KEY}
        session: Any = boto3.session.Session(region_name=REGION)
        endpoint = self.stack.address.aws_endpoint
        return session.client(service, endpoint_url=endpoint, **(credentials or root))

    def children(self) -> list[psutil.Process]:
        """Return all processes that it has started and that are still its own."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def interrupt(self) -> int:
        """Press Ctrl-C and return make's exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(90)


@contextmanager
def make_local_api(
    log: Path, *, environment: dict[str, str] | None = None, **settings: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """
    Run `make local-api` as from a terminal, in a process group of its own.

    Args:
        log: the file that it prints into.
        environment: what differs from this machine's own.
        settings: `PORT` and `SCENES`.

    """
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["make", "local-api", *(f"{name}={value}" for name, value in settings.items())],
            cwd=PROJECT,
            env=ENVIRONMENT | (environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
            try:
                process.wait(90)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def engine(action: str) -> None:
    """Use the container engine from now on (start), or no longer (stop)."""
    subprocess.run(
        ["sh", "scripts/engine.sh", action, str(os.getpid())],
        cwd=PROJECT,
        env=ENVIRONMENT,
        check=True,
    )


def containers() -> set[str] | None:
    """Return the containers that there are, running or not; None where no engine runs."""
    try:
        found = subprocess.run(
            ["docker", "ps", "--all", "--quiet", "--no-trunc"],
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (FileNotFoundError, subprocess.CalledProcessError):
        return None
    return set(found.stdout.split())


def complaints(log: Path) -> list[str]:
    """Return the sentences about what keeps it from running."""
    lines = log.read_text("utf-8").splitlines()
    return [line for line in lines if line.startswith("cococat: ")]
