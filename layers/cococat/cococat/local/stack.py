"""The local AWS: ministack as a child process, bound to one address of this machine alone."""

import os
import shutil
import time
import urllib.request
from pathlib import Path
from typing import Any

import boto3.session

from cococat.bootstrap.operator import LOCAL_KEY
from cococat.local import processes
from cococat.local.steps import StepFailed

HOST = "127.0.0.1"
START_SECONDS = 30
STOP_SECONDS = 30
"""On a slow disk it takes a while to write down its state, and a part of that is of no use."""
REGION = "us-east-1"


class LocalAws:
    """
    A local AWS that runs between `start` and `stop`, and leaves nothing but its log behind.

    Args:
        project: the project's folder, where `make setup` has put its tools.
        folder: where its log and temporary files go.
        port: where it listens.
        host: the address to listen at; nobody but this machine may reach it.
        state: a folder that it begins with what is in, and leaves all that it has in; None for
            one that begins and ends with nothing.

    """

    def __init__(
        self,
        project: Path,
        folder: Path,
        port: int,
        *,
        host: str = HOST,
        state: Path | None = None,
    ) -> None:
        self.folder = folder
        self._state = state
        self._program = project / ".tools" / "ministack" / "bin" / "ministack"
        self._host = host
        self._port = port
        self._process: processes.Process | None = None

    @property
    def endpoint(self) -> str:
        """Return the address of all of its services."""
        return f"http://{self._host}:{self._port}"

    @property
    def log(self) -> Path:
        """Return the file that it logs into."""
        return self.folder / "logs" / "aws.log"

    @property
    def temporary(self) -> Path:
        """Return the folder that is there while it runs, and no longer."""
        return self.folder / f"tmp-{self._port}"

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
        for needed in (self.temporary, self.log.parent):
            needed.mkdir(parents=True, exist_ok=True)
        self._process = processes.start(
            [str(self._program)],
            folder=self.folder,
            environment=_clean_environment(self._host, self._port, self.temporary)
            | _persistence(self._state),
            log=self.log,
        )
        self._wait()

    def stop(self) -> None:
        """Stop it with all the functions that it runs, and remove what they left."""
        process, self._process = self._process, None
        if process is None:
            return
        processes.end(process, seconds=STOP_SECONDS)
        shutil.rmtree(self.temporary, ignore_errors=True)

    @property
    def running(self) -> bool:
        """Tell whether it still runs."""
        return self._process is not None and self._process.poll() is None

    def _check(self) -> None:
        if not self._program.exists():
            message = f"{self._program} is missing; run `make setup` first."
            raise StepFailed(message)
        processes.check_free(self._host, self._port)

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.running:
                message = f"the local AWS did not start; see {self.log}."
                raise StepFailed(message)
            if answers(self.endpoint):
                return
            time.sleep(0.05)
        message = f"the local AWS did not answer within {START_SECONDS} s; see {self.log}."
        raise StepFailed(message)


def answers(endpoint: str) -> bool:
    """Tell whether a local AWS answers at *endpoint*."""
    try:
        urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=1).close()  # noqa: S310 - http on this machine
    except OSError:
        return False
    return True


def _persistence(state: Path | None) -> dict[str, str]:
    if state is None:
        return {}
    objects = state / "s3"
    return {
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(objects),
    }


def _clean_environment(host: str, port: int, temporary: Path) -> dict[str, str]:
    """Return the program's environment: nothing of ours may reach the functions through it."""
    return {
        "PATH": os.defpath,
        "HOME": str(temporary),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "BIND_HOST": host,
        "MINISTACK_HOST": host,
        "GATEWAY_PORT": str(port),
        # else its functions look for it at 127.0.0.1
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AUTH": "true",
        "DOCKER_HOST": f"unix://{temporary}/no-engine.sock",
    }
