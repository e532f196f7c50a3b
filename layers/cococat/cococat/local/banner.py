"""What `make run` and `make local-api` print when all is ready."""

import json
import shlex
from dataclasses import astuple
from pathlib import Path

from cococat.aws.channels_table import address_of
from cococat.bootstrap.operator import Stack
from cococat.core.directory import ChannelBinding
from cococat.core.web_api_keys import read_keys
from cococat.local.listening import log_of
from cococat.local.pages import pages_url
from cococat.local.serving import Deployed
from cococat.local.stack import LocalAws

COLUMN = 11


def banner(
    made: Deployed, aws: LocalAws, seconds: float, *, ending: str, base_url: str = ""
) -> str:
    """
    Return how to use the stack: each line works as it is printed.

    Args:
        made: the stack.
        aws: where it was deployed.
        seconds: how long all took.
        ending: what ends it, and what stays.
        base_url: where its doors are, if not as deployed.

    """
    stack = made.stack
    doors = base_url or stack.base_url
    lines = [f"\nReady after {seconds:.1f} s. {ending}\n"]
    lines.append(_line("base URL", doors))
    bindings = _bindings(stack)
    lines += [
        _line("talk", _curl(doors, each)) for each in bindings if each.address.channel == "web_api"
    ]
    if any("cors_origins" in each.config for each in bindings):
        pages = pages_url(aws, stack.address.stack_name)
        lines.append(_line("pages", f"{pages} (instead of the base URL, where a web page calls)"))
    lines += [_line("verify", _verify(each, base_url)) for each in bindings]
    lines += _simulated(made)
    if made.sidecar_lacks:
        lines.append(_line("sidecar", f"{made.sidecar_lacks}; see {_shown(log_of(aws))}"))
    lines.append(_line("logs", f"{_shown(aws.log.parent)}/*.log"))
    if made.faults:
        lines.append("\nNot everything in the scenes is right:")
        lines += [f"  {fault}" for fault in made.faults]
    return "\n".join(lines)


def _simulated(made: Deployed) -> list[str]:
    """Return what is simulated, how to have the real thing instead, and how to see what it got."""
    if not made.simulated:
        return []
    names = {name.strip("${}") for each in made.simulated.values() for name in each}
    real = f"for real ones set {', '.join(sorted(names))} and what goes with them"
    return [
        _line("simulated", f"{', '.join(sorted(made.simulated))} (made-up accounts; {real})"),
        _line("received", f"curl -sS {made.received_url}"),
    ]


def _line(title: str, text: str) -> str:
    return f"  {title:<{COLUMN}}{text}"


def _curl(base_url: str, binding: ChannelBinding) -> str:
    key = read_keys(binding.config["api_key"])[0].key
    question = json.dumps({"user_id": "me", "content": "你好", "wait": 20}, ensure_ascii=False)
    words = [
        *("curl", "-sS", f"{base_url}{binding.config['endpoint']}"),
        *("-H", f"Authorization: Bearer {key}"),
        *("-H", "Content-Type: application/json"),
        *("-d", question),
    ]
    return shlex.join(words)


def _verify(binding: ChannelBinding, base_url: str) -> str:
    address = binding.address
    options = f"--channel {address.channel} --scene {binding.scene_id}"
    named = "" if address.name == address.channel else f" --name {address.name}"
    elsewhere = f"--base-url {base_url} " if base_url else ""
    return f".venv/bin/python -m cococat.verify_channel {elsewhere}{options}{named}"


def _bindings(stack: Stack) -> list[ChannelBinding]:
    addresses = sorted(map(address_of, stack.channels.channels()), key=astuple)
    found = [stack.channels.by_address(address) for address in addresses]
    return [binding for binding in found if binding is not None]


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
