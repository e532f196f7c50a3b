"""`python -m cococat.dead_letters`: what could not be delivered; exit 0 ok, 1 failed, 2 not run."""

import argparse
import json
from dataclasses import asdict

from botocore.exceptions import BotoCoreError, ClientError

from cococat.bootstrap.command import FAILED, OK, complain, parser, run, stack_of
from cococat.bootstrap.operator import Stack
from cococat.core.clock import iso
from cococat.core.dead_letters import DeadLetter
from cococat.core.errors import ConfigError, MailboxUnavailable, NotReplayable

PROGRAM = "dead_letters"
MOST = 1000


def main() -> int:
    """Carry out one command and return the exit code."""
    options = _options()
    try:
        stack = stack_of(options)
        letters = _chosen(stack, options)
        if options.command in ("list", "show"):
            _print(letters, options)
            return OK
        return _settle(stack, letters, options)
    except (ConfigError, ClientError, BotoCoreError) as error:
        return complain(PROGRAM, str(error), as_json=options.json)


def _options() -> argparse.Namespace:
    made = parser(PROGRAM, "List, show, replay or discard what could not be delivered.")
    made.add_argument("command", choices=("list", "show", "replay", "discard"))
    made.add_argument("ids", nargs="*", metavar="ID", help="as listed (the beginning is enough)")
    made.add_argument("--all", action="store_true", help="every one that is open")
    made.add_argument("--reason", default="", help="only those with this reason")
    made.add_argument("--dry-run", action="store_true", help="only say what would be done")
    options = made.parse_args()
    if options.command != "list" and not options.ids and not options.all:
        made.error(f"{options.command} needs an ID, or --all")
    return options


def _chosen(stack: Stack, options: argparse.Namespace) -> list[DeadLetter]:
    letters = [
        letter
        for letter in stack.messages.open_letters(MOST)
        if not options.reason or letter.reason == options.reason
    ]
    if not options.ids:
        return letters
    chosen = []
    for wanted in options.ids:
        found = [letter for letter in letters if _name(letter).startswith(wanted)]
        if len(found) != 1:
            many = "is not unique" if found else "is not among the open dead letters"
            raise ConfigError(f"'{wanted}' {many}")
        chosen += found
    return chosen


def _settle(stack: Stack, letters: list[DeadLetter], options: argparse.Namespace) -> int:
    """Replay or discard *letters*, each with a line of its own."""
    failed = 0
    if not (letters or options.json):
        print(_none(options))
    for letter in letters:
        outcome = "would be done"
        if not options.dry_run:
            outcome = _settle_one(stack, letter, options.command)
            failed += outcome != "done"
        if options.json:
            line = {"id": _name(letter), "command": options.command, "outcome": outcome}
            print(json.dumps(line, ensure_ascii=False))
        else:
            print(f"{options.command} {_name(letter)}: {outcome}")
    return FAILED if failed else OK


def _settle_one(stack: Stack, letter: DeadLetter, command: str) -> str:
    try:
        if command == "replay":
            stack.dead_letter_desk.replay(letter)
        else:
            stack.dead_letter_desk.discard(letter)
    except NotReplayable as error:
        return f"not possible: {error}"
    except MailboxUnavailable:
        return "not possible now: the queue did not take it"
    return "done"


def _print(letters: list[DeadLetter], options: argparse.Namespace) -> None:
    if options.json:
        print(json.dumps([asdict(letter) for letter in letters], ensure_ascii=False))
        return
    if not letters:
        print(_none(options))
    for letter in letters:
        detail = f" ({letter.detail})" if letter.detail else ""
        where = f"{letter.queue} {letter.agent}".strip()
        print(f"{_name(letter)}  {iso(letter.dead_at)}  {where}: {letter.reason}{detail}")
        if options.command == "show":
            print(letter.body)


def _none(options: argparse.Namespace) -> str:
    return f"There are no open dead letters{' with this reason' if options.reason else ''}."


def _name(letter: DeadLetter) -> str:
    return f"{letter.id}/{letter.part}" if letter.part else letter.id


if __name__ == "__main__":
    run(main)
