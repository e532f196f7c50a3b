"""`python -m sidecar` as a process, with an imitation of AWS and a simulated Telegram."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from moto.server import ThreadedMotoServer

from cococat.bootstrap.operator import LOCAL_KEY
from cococat.core.clock import SystemClock
from cococat.core.ids import ChannelAddress
from cococat.core.mailbox import MailboxMessage, parse
from cococat.core.wishes import Source
from cococat.local.processes import free_port
from cococat.simulators.api_server import ApiServer
from cococat.simulators.telegram import SimulatedTelegram
from tests.support import samples, template
from tests.support.cloud import Cloud
from tests.support.process import fresh
from tests.support.template import ROOT

HOST = "127.0.0.1"


class Sidecar:
    """
    One process.

    Args:
        environment: what it is told.
        log: where it writes to.
        options: of the command.
        port: where it tells how it is; 0 for any that is free.

    """

    def __init__(
        self, environment: dict[str, str], log: Path, *options: str, port: int = 0
    ) -> None:
        self._log = log
        self._port = port or free_port(HOST)
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sidecar", "--port", str(self._port), *options],
                cwd=ROOT,
                env={"PATH": os.defpath, "HOME": str(log.parent)} | environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    @property
    def output(self) -> str:
        """Return all that it has said."""
        return self._log.read_text("utf-8")

    def health(self, path: str) -> int:
        """Return the status of its answer to *path*; 0 for none."""
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self._port}{path}", timeout=2) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def wait(self, seconds: float = 15) -> int:
        """Return its exit code."""
        return self.process.wait(seconds)

    def stop(self) -> float:
        """Tell it to stop; return how many seconds that took."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.wait()
        return time.monotonic() - started


class Bench:
    """
    What the processes work with.

    Attributes:
        cloud: the stack's tables and queues.
        telegram: Telegram.

    """

    def __init__(self, aws: str, folder: Path, server: ApiServer[SimulatedTelegram]) -> None:
        self._aws = aws
        self._folder = folder
        self._server = server
        self._sidecars: list[Sidecar] = []
        self.telegram = server.platform
        self.cloud = Cloud()
        self.mailbox = template.make_queue(
            self.cloud.sqs, "cococat-test-mailbox-a.fifo", visibility=60
        )

    def want(self, scene: str, token: str, *, known: bool = True, by_file: bool = True) -> None:
        """Want the channel of *scene*, whose token Telegram knows or not."""
        if known:
            self.telegram.bot(token)
        self.listen_to("telegram", scene, self._server.url, token, by_file=by_file)

    def listen_to(
        self, channel: str, scene: str, url: str, token: str, *, by_file: bool = True
    ) -> None:
        """Want the channel of *scene* whose platform is at *url*."""
        address = ChannelAddress(
            target_type="scene", target_id=scene, channel=channel, name=channel
        )
        wish = samples.wish(
            address,
            config={"api_base": url},
            secrets={"bot_token": token},
            mailbox=self.mailbox,
            agent="a",
        )
        self.cloud.connect(replace(wish, source=Source.FILE if by_file else Source.API))

    def start(
        self, *options: str, port: int = 0, without: Container[str] = (), **more: str
    ) -> Sidecar:
        """Start a process; its environment is *more* than usual, and *without* some names."""
        log = self._folder / f"sidecar-{len(self._sidecars)}.log"
        usual = aws_environment(self._aws) | self.cloud.environment | more
        environment = {name: value for name, value in usual.items() if name not in without}
        self._sidecars.append(Sidecar(environment, log, *options, port=port))
        return self._sidecars[-1]

    def received(self) -> list[MailboxMessage]:
        """Take what is in the mailbox out of it."""
        found = []
        while messages := self.cloud.sqs.receive_message(
            QueueUrl=self.mailbox, MaxNumberOfMessages=10
        ).get("Messages"):
            for each in messages:
                found.append(parse(each["Body"]))
                self.cloud.sqs.delete_message(
                    QueueUrl=self.mailbox, ReceiptHandle=each["ReceiptHandle"]
                )
        return found

    def waiting(self) -> int:
        """Return how many messages are in the mailbox."""
        asked = self.cloud.sqs.get_queue_attributes(
            QueueUrl=self.mailbox, AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(asked["Attributes"]["ApproximateNumberOfMessages"])

    def status(self, scene: str, channel: str = "telegram") -> dict[str, Any]:
        """Return what is told of the channel of *scene*."""
        key = {"pk": {"S": f"scene#{scene}"}, "sk": {"S": f"status#{channel}#{channel}"}}
        table = self.cloud.channels_table
        item: Any = self.cloud.dynamodb.get_item(TableName=table, Key=key).get("Item", {})
        return {name: next(iter(value.values())) for name, value in item.items()}

    def end(self) -> None:
        """End all processes."""
        for each in self._sidecars:
            if each.process.poll() is None:
                each.process.kill()
            each.wait()


def aws_environment(url: str) -> dict[str, str]:
    """Return the environment of a process that is to find its AWS at *url*."""
    return {
        "AWS_ACCESS_KEY_ID": LOCAL_KEY,
        "AWS_SECRET_ACCESS_KEY": LOCAL_KEY,
        "AWS_ENDPOINT_URL": url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@contextmanager
def running(folder: Path) -> Iterator[Bench]:
    """Have AWS and Telegram on this machine while the body runs."""
    server = ThreadedMotoServer(ip_address=HOST, port=0, verbose=False)
    server.start()
    try:
        url = f"http://{HOST}:{server.get_host_and_port()[1]}"
        urllib.request.urlopen(  # moto keeps what an earlier server had
            urllib.request.Request(f"{url}/moto-api/reset", method="POST")
        ).close()
        telegram = ApiServer(SimulatedTelegram(SystemClock()))
        with fresh(aws_environment(url)), telegram:
            bench = Bench(url, folder, telegram)
            try:
                yield bench
            finally:
                bench.end()
    finally:
        server.stop()


def eventually(holds: Callable[[], object], seconds: float = 15) -> None:
    """Wait until *holds*."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.05)


def log_lines(output: str) -> list[dict[str, Any]]:
    """Return the structured lines of a process's log."""
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]
