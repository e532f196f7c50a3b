"""The container engine behind `make local-api`, and the image of Lambda's that it runs."""

import ipaddress
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from cococat import settings
from cococat.local import processes
from cococat.local.steps import StepFailed

if TYPE_CHECKING:
    import subprocess


class Engine:
    """
    The container engine; one that had to be started for it ends with it.

    Args:
        project: the project's folder.

    """

    def __init__(self, project: Path) -> None:
        self._project = project

    def start(self) -> None:
        """
        Make sure that one runs, until `stop`.

        Raises:
            StepFailed: none runs and none can be started.

        """
        self._script("engine.sh", "start", str(os.getpid()))

    def stop(self) -> None:
        """Stop it, if it was started here and nobody else uses it."""
        self._script("engine.sh", "stop", str(os.getpid()))

    def lambda_image(self) -> str:
        """
        Return the name of an image with Lambda's Python, pulled or made where it is missing.

        Raises:
            StepFailed: it can be neither.

        """
        return self._script("lambda-image.sh").strip().splitlines()[-1]

    def host_address(self) -> str:
        """
        Return the address at which containers reach this machine, and nobody outside does.

        Raises:
            StepFailed: the engine does not run on this machine itself.

        """
        found = json.loads(self._docker("network", "inspect", "bridge"))[0]["IPAM"]["Config"][0]
        address = found.get("Gateway") or str(next(ipaddress.ip_network(found["Subnet"]).hosts()))
        try:
            processes.free_port(address)
        except OSError:
            message = (
                f"the containers' network ({address}) is not on this machine: "
                "the engine must run on it directly, not in a virtual machine or elsewhere."
            )
            raise StepFailed(message) from None
        return str(address)

    def remove(self, containers: set[str]) -> None:
        """Remove those of *containers* that are there."""
        there = set(self._docker("ps", "--all", "--quiet", "--no-trunc").split())
        if left := sorted(containers & there):
            self._docker("rm", "--force", "--volumes", *left)

    def _script(self, name: str, *arguments: str) -> str:
        answer = self._run("/bin/sh", str(self._project / "scripts" / name), *arguments)
        if answer.returncode:
            said = answer.stderr.strip().splitlines() or [f"scripts/{name} failed"]
            raise StepFailed(said[-1].removeprefix(f"{name.removesuffix('.sh')}: "))
        return answer.stdout

    def _docker(self, *arguments: str) -> str:
        answer = self._run("docker", *arguments)
        if answer.returncode:
            raise StepFailed(processes.sentence(f"docker {arguments[0]} failed", answer))
        return answer.stdout

    def _run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        environment = settings.of_process()
        return processes.run(list(command), folder=self._project, environment=environment)
