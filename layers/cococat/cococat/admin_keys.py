"""`python -m cococat.admin_keys`: keys of the management API; exit 0 ok, 2 cannot run."""

import argparse
import json
import sys
import time

from botocore.exceptions import BotoCoreError, ClientError

from cococat.bootstrap.command import OK, complain, parser, run, stack_of
from cococat.bootstrap.operator import Stack
from cococat.core.admin_keys import SCOPES, AdminKey, make
from cococat.core.clock import iso
from cococat.core.errors import ConfigError

PROGRAM = "admin_keys"
DAY = 24 * 3600
LONGEST = 3650
OUT_OF_RANGE = f"must be a whole number from 1 to {LONGEST}"


def main() -> int:
    """Carry out one command and return the exit code."""
    options = _options()
    try:
        stack = stack_of(options)
        if options.command == "create":
            _create(stack, options)
        elif options.command == "revoke":
            _revoke(stack, options)
        else:
            _list(stack, options)
    except (ConfigError, ClientError, BotoCoreError) as error:
        return complain(PROGRAM, str(error), as_json=options.json)
    return OK


def _options() -> argparse.Namespace:
    made = parser(PROGRAM, "Make, list and revoke the keys of the management API.")
    made.add_argument("command", choices=("create", "list", "revoke"))
    made.add_argument("id", nargs="?", default="", metavar="ID", help="of the key to revoke")
    made.add_argument("--scope", choices=SCOPES, default="manage", help="default: manage")
    made.add_argument("--note", default="", help="whose it is")
    made.add_argument(
        "--days", type=_days, metavar="N", help=f"good for 1 to {LONGEST} days (default: forever)"
    )
    options = made.parse_args()
    if options.command == "revoke" and not options.id:
        made.error("revoke needs an ID, as `list` shows it")
    if options.command != "revoke" and options.id:
        hint = "; a scope is named with --scope" if options.command == "create" else ""
        made.error(f"{options.command} takes no '{options.id}'{hint}")
    return options


def _days(text: str) -> int:
    """Return the days that *text* names; for argparse."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(LONGEST))):
        raise argparse.ArgumentTypeError(OUT_OF_RANGE)
    if not 1 <= int(text) <= LONGEST:
        raise argparse.ArgumentTypeError(OUT_OF_RANGE)
    return int(text)


def _create(stack: Stack, options: argparse.Namespace) -> None:
    expires_at = None if options.days is None else int(time.time()) + options.days * DAY
    key, kept = make(options.scope, note=options.note, expires_at=expires_at)
    stack.admin_keys.change(lambda keys: [*keys, kept])
    if options.json:
        print(json.dumps({"id": kept.id, "key": key, "scope": kept.scope}))
    else:
        print(key)
        print("Keep it: it can't be shown again. It is good within 30 seconds.", file=sys.stderr)


def _revoke(stack: Stack, options: argparse.Namespace) -> None:
    identity = options.id

    def without(keys: list[AdminKey]) -> list[AdminKey]:
        rest = [key for key in keys if key.id != identity]
        if len(rest) == len(keys):
            raise ConfigError(f"there is no admin key '{identity}'")
        return rest

    stack.admin_keys.change(without)
    if options.json:
        print(json.dumps({"id": identity, "outcome": "revoked"}))
    else:
        print(f"revoked {identity}; it is refused within 30 seconds.")


def _list(stack: Stack, options: argparse.Namespace) -> None:
    keys = stack.admin_keys.read()
    if options.json:
        shown = [
            {name: value for name, value in key.to_dict().items() if name != "digest"}
            for key in keys
        ]
        print(json.dumps(shown, ensure_ascii=False))
        return
    if not keys:
        print("There are no admin keys: the management API answers 503.")
    for key in keys:
        print(f"{key.id}  {key.scope:<7} {_until(key):<30} {key.note}")


def _until(key: AdminKey) -> str:
    if key.expires_at is None:
        return "forever"
    try:
        return f"until {iso(key.expires_at)}"
    except (ValueError, OverflowError, OSError):
        # No calendar has such a day; the key must be shown all the same, to be revoked.
        return f"until second {key.expires_at}"


if __name__ == "__main__":
    run(main)
