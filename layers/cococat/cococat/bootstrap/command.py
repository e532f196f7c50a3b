"""What all commands of an operator share: the options that say which stack, and exit codes."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from typing import NoReturn
from urllib.parse import urlsplit

from cococat.bootstrap.operator import Stack, locate

OK, FAILED, CANNOT_RUN = 0, 1, 2


def parser(program: str, description: str) -> argparse.ArgumentParser:
    """Return a parser with the options that say which stack is meant."""
    made = argparse.ArgumentParser(prog=f"python -m cococat.{program}", description=description)
    add_stack(made).add_argument(
        "--base-url",
        type=web_address,
        default="",
        metavar="URL",
        help="its doors, if not as deployed",
    )
    made.add_argument("--json", action="store_true", help="print one JSON object")
    return made


def add_stack(made: argparse.ArgumentParser) -> "argparse._ArgumentGroup":
    """Add the options to *made* that every command has to say which stack is meant."""
    stack = made.add_argument_group("which stack (default: the one that `make run` runs here)")
    stack.add_argument("--stack-name", default="", metavar="NAME", help="a deployed stack")
    stack.add_argument("--region", default="", help="its region (default: AWS's own settings)")
    return stack


def web_address(text: str) -> str:
    """
    Return where doors are, as *text* names it, for argparse; empty where it names nothing.

    Raises:
        argparse.ArgumentTypeError: it is no address of the web.

    """
    try:
        parts = urlsplit(text)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_one = False
    if text and not is_one:
        message = f"'{text}' is no address like https://api.example.com"
        raise argparse.ArgumentTypeError(message)
    return text.rstrip("/")


def stack_of(options: argparse.Namespace) -> Stack:
    """
    Return the stack that *options* name.

    Raises:
        ConfigError: there is none.

    """
    address = locate(
        stack_name=options.stack_name, base_url=options.base_url, region=options.region
    )
    return Stack(address)


def complain(program: str, sentence: str, *, as_json: bool = False) -> int:
    """
    Print *sentence* where errors go and return the exit code for `cannot run`.

    Args:
        program: the command.
        sentence: why it can't.
        as_json: whether programs get it too, as one JSON object with `error`.

    """
    if as_json:
        print(json.dumps({"error": sentence}, ensure_ascii=False))
    print(f"{program}: {sentence}", file=sys.stderr)
    return CANNOT_RUN


def run(main: Callable[[], int]) -> NoReturn:
    """Run *main* and exit with its code; quietly where nobody reads on, as before a `head`."""
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        code = FAILED
        # What is still to be written is written at the exit: there it would be an error again.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    sys.exit(code)
