"""The local AWS: ministack as a child process, bound to this machine alone."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

import boto3.session

from cococat.bootstrap.operator import LOCAL_KEY
from cococat.local.steps import StepFailed

HOST = "127.0.0.1"
START_SECONDS = 30
STOP_SECONDS = 10
REGION = "us-east-1"


class LocalAws:
    """
    A local AWS that runs between `start` and `stop`, and leaves nothing but its log behind.

    Args:
        project: the project's folder, where `make setup` has put its tools.
        folder: where its log and temporary files go.
        port: where it listens.

    """

    def __init__(self, project: Path, folder: Path, port: int) -> None:
        self.folder = folder
        self._program = project / ".tools" / "ministack" / "bin" / "ministack"
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        """Return the address of all of its services."""
        return f"http://{HOST}:{self._port}"

    @property
    def log(self) -> Path:
        """Return the file that it logs into."""
        return self.folder / "logs" / "aws.log"

    @property
    def environment(self) -> dict[str, str]:
        """Return what a client needs in its environment to use it, and only it."""
        return {
            "AWS_ACCESS_KEY_ID": LOCAL_KEY,
            "AWS_SECRET_ACCESS_KEY": LOCAL_KEY,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service: str) -> Any:  # noqa: ANN401 - any of botocore's clients
        """Return a client of the local AWS's root for *service*."""
        session: Any = boto3.session.Session(
            aws_access_key_id=LOCAL_KEY, aws_secret_access_key=LOCAL_KEY, region_name=REGION
        )
        return session.client(service, endpoint_url=self.endpoint)

    def start(self) -> None:
        """
        Start it and wait until it answers.

        Raises:
            StepFailed: the port is taken, the program is missing, or it did not start.

        """
        self._check()
        temporary = self.folder / "tmp"
        for needed in (temporary, self.log.parent):
            needed.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [self._program],
                env=_clean_environment(self._port, temporary),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait()

    def stop(self) -> None:
        """Stop it with all the functions that it runs, and remove what they left."""
        process, self._process = self._process, None
        if process is not None:
            _end_group(process)
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)

    @property
    def running(self) -> bool:
        """Tell whether it still runs."""
        return self._process is not None and self._process.poll() is None

    def _check(self) -> None:
        if not self._program.exists():
            message = f"{self._program} is missing; run `make setup` first."
            raise StepFailed(message)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, self._port))
            except OSError:
                message = f"port {self._port} is in use; stop what uses it, or choose PORT=…"
                raise StepFailed(message) from None

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.running:
                message = f"the local AWS did not start; see {self.log}."
                raise StepFailed(message)
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=1).close()  # noqa: S310 - http on this machine
                return
            time.sleep(0.05)
        message = f"the local AWS did not answer within {START_SECONDS} s; see {self.log}."
        raise StepFailed(message)


def _clean_environment(port: int, temporary: Path) -> dict[str, str]:
    """Return the program's environment: nothing of ours may reach the functions through it."""
    return {
        "PATH": os.defpath,
        "HOME": str(temporary),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "AUTH": "true",
        "DOCKER_HOST": f"unix://{temporary}/no-engine.sock",
    }


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End the process and all its children, politely first."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
