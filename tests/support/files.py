"""A scenes folder, as text."""

import json
from typing import Any

from cococat.core.references import Reference
from tests.support import samples

AGENTS = "agents.json"
ECHO: dict[str, Any] = {"support": {"kind": "echo"}}


def web_api(endpoint: str = samples.ENDPOINT, **members: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return a web_api entry with further *members*."""
    return {
        "type": "web_api",
        "config": {"endpoint": endpoint, "api_key": samples.API_KEY},
    } | members


def folder(agents: object = ECHO, **scenes: object) -> dict[str, str]:
    """Return the files of a scenes folder; a list is short for a scene's channels."""
    files = {AGENTS: json.dumps(agents)} if agents is not None else {}
    for name, scene in scenes.items():
        source = {"agent": "support", "channels": scene} if isinstance(scene, list) else scene
        files[f"{name}/entries.json"] = source if isinstance(source, str) else json.dumps(source)
    return files


class Values:
    """`cococat.core.references.Resolver` over what it is given."""

    def __init__(self, **values: str) -> None:
        self._values = values
        self.asked: list[Reference] = []

    def resolve(self, reference: Reference) -> str | None:
        """Return the value, or None where there is none."""
        self.asked.append(reference)
        return self._values.get(reference.name)
