"""How scenes are published into a local stack, by `make run` and while it runs."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cococat.aws.secrets import prefix
from cococat.bootstrap.operator import Stack
from cococat.core.errors import MalformedMessage
from cococat.core.fields import parse_object
from cococat.core.scene_files import AGENTS_FILE, texts
from cococat.local.deploy import named_secret, put_secrets
from cococat.local.made_up import account, is_made_up


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalScenes:
    """
    Scenes, with all that a local stack needs for them.

    Attributes:
        files: path below the folder -> text; a channel whose account is made up finds its platform
            at `api_base`, which is a reference, so that its entry is the same at every address.
        made_up: the names whose values were made up just now.
        simulated: channel type -> the names of the accounts that are made up, where it has some.

    """

    files: Mapping[str, str]
    made_up: list[str]
    simulated: Mapping[str, list[str]]

    def write(self, folder: Path) -> Path:
        """Write the files, and no others, into *folder* and return it."""
        shutil.rmtree(folder, ignore_errors=True)  # a folder that is left empty would be a fault
        folder.mkdir(parents=True)
        for path, text in self.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, "utf-8")
        return folder


def prepare(stack: Stack, scenes: Path) -> LocalScenes:
    """
    Return *scenes* as they are to be published, once their secrets are put.

    Args:
        stack: the stack; its address says where platforms are simulated.
        scenes: the folder.

    Raises:
        ConfigError: the folder can't be read.

    """
    made_up = put_secrets(stack, scenes)
    for channel, address in stack.address.simulators.items():
        name = prefix(stack.address.stack_name) + _variable(channel)
        if stack.secrets.text(name) != address:
            stack.secrets.write_text(name, address)
    simulated: dict[str, list[str]] = {}
    files = {
        path: text if path == AGENTS_FILE else _simulate(stack, text, simulated)
        for path, text in texts(scenes).items()
    }
    return LocalScenes(files=files, made_up=made_up, simulated=simulated)


def publish(stack: Stack, scenes: Path) -> dict[str, Any]:
    """
    Publish *scenes* with all that a local stack needs for them, secrets and simulated platforms.

    Args:
        stack: the stack; its address says where platforms are simulated.
        scenes: the folder.

    Returns:
        What `Stack.publish` tells, and in `made_up` the names whose values were made up.

    Raises:
        ConfigError: it could not.

    """
    prepared = prepare(stack, scenes)
    return stack.publish(prepared.files) | {"made_up": prepared.made_up}


def _simulate(stack: Stack, text: str, simulated: dict[str, list[str]]) -> str:
    """Return the entries in *text*, those with made-up accounts at the simulated platforms."""
    try:
        source = parse_object(text)
    except MalformedMessage:
        return text  # the publisher tells what is wrong
    entries = source.get("channels")
    made_up = [
        entry
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict) and _is_simulated(stack, entry.get("type"), entry.get("config"))
    ]
    for entry in made_up:
        simulated.setdefault(entry["type"], []).append(account(entry["config"]))
        entry["config"]["api_base"] = f"${{{_variable(entry['type'])}}}"
    return json.dumps(source, ensure_ascii=False, indent=2) if made_up else text


def _is_simulated(stack: Stack, kind: Any, config: Any) -> bool:  # noqa: ANN401 - JSON
    if not isinstance(kind, str) or kind not in stack.address.simulators:
        return False
    if not isinstance(config, dict) or "api_base" in config:
        return False
    named = account(config)
    secret = named_secret(stack.address.stack_name, named)
    return is_made_up(stack.secrets.text(secret) or "" if secret else named)


def _variable(channel: str) -> str:
    return f"SIMULATED_{channel.upper()}"
