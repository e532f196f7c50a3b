"""Somebody who publishes scenes with `python -m cococat.scenes`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cococat import scenes as command
from cococat.aws.secrets import Secrets
from cococat.aws.wishes import WishTable
from cococat.bootstrap.operator import StackAddress
from cococat.simulators.web_api import WebApiCaller
from tests.support.deployed import Deployed, publish, publish_now
from tests.support.files import folder, web_api

PATH, KEY, NEW_KEY = "/api/channel/shop", "key-of-the-file-0123", "key-of-the-api-0123456"


@dataclass
class Operator:
    """Somebody with a scenes folder, in front of a stack."""

    stack: Deployed
    folder: Path
    patch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]
    address: StackAddress = field(default_factory=lambda: StackAddress(stack_name="shop"))

    def write(self, **scenes: object) -> None:
        """Write the folder."""
        for name, text in folder(**scenes).items():
            (self.folder / name).parent.mkdir(exist_ok=True)
            (self.folder / name).write_text(text, "utf-8")

    def run(self, *words: str) -> tuple[int, str]:
        """Run the command and return its exit code and what it said."""
        self.patch.setattr("sys.argv", ["scenes", *words, "--scenes", str(self.folder)])
        code = command.main()
        said = self.capture.readouterr()
        lines = [line for line in said.out.splitlines() if '"timestamp"' not in line]
        return code, "\n".join(lines) + said.err

    def publish(self, files: Mapping[str, str]) -> dict[str, Any]:
        """Publish as the stack's function does; see `operator.Stack.publish`."""
        told: dict[str, Any] = json.loads(json.dumps(publish_now(self.stack, dict(files))))
        return told

    @property
    def secrets(self) -> Secrets:
        """Return the stack's secrets."""
        return self.stack.cloud.secrets()

    @property
    def wishes(self) -> WishTable:
        """Return what is wanted."""
        return self.stack.cloud.wishes()

    def deploy(self) -> None:
        """Deploy the folder."""
        publish(self.stack, self.folder)

    def ask(self, key: str) -> int:
        """Return the status that a caller with *key* gets."""
        caller = WebApiCaller(transport=self.stack.door, endpoint=PATH, api_key=key)
        return caller.ask("ann", "hello").status


def entry(**members: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return the entry of the tests."""
    made = web_api(PATH, **members)
    made["config"]["api_key"] = KEY
    return made
