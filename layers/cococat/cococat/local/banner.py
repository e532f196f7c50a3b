"""What `make run` prints when all is ready."""

import json
import shlex
from pathlib import Path

from cococat.aws.channels_table import address_of
from cococat.bootstrap.operator import Stack
from cococat.core.directory import ChannelBinding
from cococat.local.stack import LocalAws

COLUMN = 11


def banner(stack: Stack, aws: LocalAws, seconds: float) -> str:
    """Return how to use the stack: each line works as it is printed."""
    lines = [f"\nReady after {seconds:.1f} s. Ctrl-C stops it and leaves nothing behind.\n"]
    lines.append(_line("base URL", stack.base_url))
    for binding in _web_api(stack):
        lines.append(_line("talk", _curl(stack.base_url, binding)))
        verify = (
            ".venv/bin/python -m cococat.verify_channel "
            f"--channel web_api --scene {binding.scene_id}"
        )
        named = binding.address.name != binding.address.channel
        lines.append(_line("verify", verify + (f" --name {binding.address.name}" if named else "")))
    lines.append(_line("logs", f"{_shown(aws.log.parent)}/function-*.log"))
    faults = stack.outputs["SceneFaults"]
    if faults != "none":
        lines.append("\nNot everything in the scenes is right:")
        lines += [f"  {fault}" for fault in faults.splitlines()]
    return "\n".join(lines)


def _line(title: str, text: str) -> str:
    return f"  {title:<{COLUMN}}{text}"


def _curl(base_url: str, binding: ChannelBinding) -> str:
    keys = binding.config["api_key"]
    key = keys if isinstance(keys, str) else keys[0]
    question = json.dumps({"user_id": "me", "content": "你好", "wait": 20}, ensure_ascii=False)
    words = [
        *("curl", "-sS", f"{base_url}{binding.config['endpoint']}"),
        *("-H", f"Authorization: Bearer {key}"),
        *("-H", "Content-Type: application/json"),
        *("-d", question),
    ]
    return shlex.join(words)


def _web_api(stack: Stack) -> list[ChannelBinding]:
    items = [item for item in stack.channels.channels() if item["channel"] == "web_api"]
    found = [stack.channels.by_address(address_of(item)) for item in items]
    return [binding for binding in found if binding is not None]


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
