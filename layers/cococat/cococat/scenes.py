"""`python -m cococat.scenes`: check and publish scenes; exit 0 ok, 1 faults, 2 cannot run."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cococat.bootstrap.command import FAILED, OK, complain, parser, run, stack_of
from cococat.core import offline_check
from cococat.core.errors import ConfigError
from cococat.core.scene_files import are_scenes, texts
from cococat.local.publishing import publish

PROGRAM = "scenes"
WIDTH = 11


def main() -> int:
    """Carry out one command and return the exit code."""
    options = _options()
    try:
        files = _files(options.scenes)
        told = _check(files, options) if options.command == "check" else _publish(files, options)
    except (ConfigError, ClientError, BotoCoreError) as error:
        return complain(PROGRAM, str(error), as_json=options.json)
    _print(told, options)
    return FAILED if told["faults"] else OK


def _options() -> argparse.Namespace:
    made = parser(PROGRAM, "Check a scenes folder, or publish it without a deploy.")
    made.add_argument("command", choices=("check", "publish"))
    made.add_argument(
        "--scenes", type=Path, default=Path("scenes"), metavar="DIR", help="default: scenes"
    )
    made.add_argument(
        "--default-agent-kind",
        choices=("", "echo"),
        default="",
        help="check: as the stack's parameter DefaultAgentKind (`make run`: echo)",
    )
    return made.parse_args()


def _files(folder: Path) -> Mapping[str, str]:
    if not folder.is_dir():
        raise ConfigError(f"the scenes folder {folder} does not exist")
    files = texts(folder)
    if not are_scenes(files):
        raise ConfigError(f"{folder} holds no agents.json and no scene with an entries.json")
    return files


def _check(files: Mapping[str, str], options: argparse.Namespace) -> dict[str, Any]:
    faults = offline_check.check(files, default_kind=options.default_agent_kind)
    twins = offline_check.twins(files, default_kind=options.default_agent_kind)
    return {"faults": [str(fault) for fault in faults], "warnings": twins}


def _publish(files: Mapping[str, str], options: argparse.Namespace) -> dict[str, Any]:
    stack = stack_of(options)
    if stack.address.aws_endpoint:
        return publish(stack, options.scenes)
    return stack.publish(files)


def _print(told: dict[str, Any], options: argparse.Namespace) -> None:
    if options.json:
        print(json.dumps(told, ensure_ascii=False))
        return
    for each in told.get("channels", []):
        where = "/".join(each[key] for key in ("target_type", "target_id", "channel"))
        name = "" if each["name"] == each["channel"] else f" {each['name']}"
        print(f"{each['outcome']:<{WIDTH}}{where}{name}")
    for name in told.get("made_up", []):
        print(f"{'made up':<{WIDTH}}a value for ${{{name}}}: the environment has none")
    for fault in told["faults"]:
        print(f"{'fault':<{WIDTH}}{fault}")
    for warning in told.get("warnings", []):
        print(f"{'warning':<{WIDTH}}{warning}")
    if options.command == "check" and not (told["faults"] or told["warnings"]):
        print("Nothing is wrong with the scenes, as far as their files can tell.")


if __name__ == "__main__":
    run(main)
