"""`sam local start-api` as a child process: the doors in Lambda's containers."""

import re
import signal
import time
from pathlib import Path

import requests

from cococat.local import processes
from cococat.local.deploy import architecture, sam_environment
from cococat.local.doors import Doors
from cococat.local.engine import Engine
from cococat.local.stack import HOST, LocalAws
from cococat.local.steps import StepFailed

START_SECONDS = 180
"""A door's image is made first, and a machine may be busy."""
STOP_SECONDS = 30
DOOR_SECONDS = 30
BROKEN = (500, 502, 504)
_CONTAINER = re.compile(r"SAM_CONTAINER_ID: ([0-9a-f]{64})")


class SamApi:
    """
    The doors in containers, between `start` and `stop`.

    Args:
        project: the project's folder.
        engine: what runs the containers.
        aws: the local AWS that they work with.
        port: where it listens, on this machine alone.

    """

    def __init__(self, project: Path, engine: Engine, aws: LocalAws, port: int) -> None:
        self.base_url = f"http://{HOST}:{port}"
        self.log = aws.log.parent / "doors.log"
        self._project = project
        self._engine = engine
        self._aws = aws
        self._port = port
        self._process: processes.Process | None = None

    def start(self, doors: Doors, image: str) -> None:
        """
        Start a container for each door and wait until they serve.

        Args:
            doors: what to serve.
            image: Lambda's image.

        Raises:
            StepFailed: they don't; the sentence says where to read why.

        """
        template, variables = doors.write(self._aws.temporary)
        command = [
            *("/bin/sh", str(self._project / "scripts" / "sam.sh"), "local", "start-api"),
            *("--template-file", str(template)),
            *("--env-vars", str(variables)),
            *("--parameter-overrides", f"Architecture={architecture()}"),
            *("--invoke-image", image, "--skip-pull-image"),
            *("--layer-cache-basedir", str(self._aws.temporary)),
            *("--warm-containers", "EAGER", "--no-watch"),
            *("--host", HOST, "--port", str(self._port)),
        ]
        self._process = processes.start(
            command, folder=self._aws.temporary, environment=self._environment(), log=self.log
        )
        self._wait()

    def warm_up(self, paths: list[str]) -> None:
        """
        Make a request that is nobody's at each door: it must run, and reach the local AWS.

        Raises:
            StepFailed: one does not.

        """
        for path in paths:
            answer = self._get(path, DOOR_SECONDS)
            if answer is None or _is_broken(answer):
                said = "nothing" if answer is None else answer.text[:80]
                message = f"the door at {path} does not work: it says {said!r}; see {self.log}."
                raise StepFailed(message)

    def stop(self) -> None:
        """Stop it and remove the containers."""
        process, self._process = self._process, None
        if process is None:
            return
        processes.end(process, politely=signal.SIGINT, seconds=STOP_SECONDS)
        said = self.log.read_text("utf-8", errors="replace")
        self._engine.remove(set(_CONTAINER.findall(said)))

    @property
    def running(self) -> bool:
        """Tell whether it still runs."""
        return self._process is not None and self._process.poll() is None

    def _environment(self) -> dict[str, str]:
        """Return SAM's environment; the doors' credentials are not in it, nor are root's."""
        nobody = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nobody"}
        return sam_environment(self._aws) | nobody | {"TMPDIR": str(self._aws.temporary)}

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.running:
                message = f"`sam local start-api` has ended: {self._last_words()}; see {self.log}."
                raise StepFailed(message)
            if self._get("/", 5) is not None:
                return
            time.sleep(0.1)
        message = f"the doors did not answer within {START_SECONDS} s; see {self.log}."
        raise StepFailed(message)

    def _last_words(self) -> str:
        said = self.log.read_text("utf-8", errors="replace").split("\n")
        return next((line.strip() for line in reversed(said) if line.strip()), "nothing was said")

    def _get(self, path: str, seconds: float) -> requests.Response | None:
        try:
            return requests.get(f"{self.base_url}{path}", timeout=seconds)
        except requests.RequestException:
            return None


def _is_broken(answer: requests.Response) -> bool:
    """Tell whether the door has failed; SAM says 200 of a crash."""
    try:
        value = answer.json()
    except ValueError:
        value = {}
    unavailable = value.get("error", {}).get("code") == "unavailable"
    return unavailable or "errorMessage" in value or answer.status_code in BROKEN
