"""
`python -m cococat.heartbeat`: empties the mailbox of an external agent.

Exit 0 stopped by a signal, 1 stopped because a handler does not end, 2 cannot run.
"""

import argparse
import signal
from collections.abc import Callable
from dataclasses import replace

from botocore.exceptions import BotoCoreError, ClientError

from cococat.agents.python import find
from cococat.aws import logs
from cococat.bootstrap import external
from cococat.bootstrap.command import FAILED, OK, add_stack, complain, run, web_address
from cococat.bootstrap.operator import Stack, locate
from cococat.core.agent import Handler
from cococat.core.errors import AgentUnavailable, ConfigError
from cococat.heartbeat.loop import Loop
from cococat.heartbeat.pace import Pace

PROGRAM = "heartbeat"
CONCURRENCY = 10
MOST = 1000
TIMEOUT = 110
LONGEST = 6 * 3600
DESCRIPTION = """
Empty the mailbox of an external agent: run its handler on each message, and answer through the
outbox. It needs the rights to receive, hide and delete in that mailbox, and to send into the
outbox; no table. The handler gets one argument, a message, and returns a text, a Reply, or None
for no answer. It is called in several threads, but never twice at a time for one conversation.
"""


def main() -> int:
    """Run until SIGTERM or Ctrl-C and return the exit code."""
    options = _options()
    try:
        loop = _loop(options, _handler(options.handler))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: loop.stop())
        return OK if loop.run(once=options.once) else FAILED
    except (ConfigError, ClientError, BotoCoreError) as error:
        return complain(PROGRAM, str(error))


def _options() -> argparse.Namespace:
    made = argparse.ArgumentParser(prog=f"python -m cococat.{PROGRAM}", description=DESCRIPTION)
    made.add_argument("--agent", required=True, metavar="NAME", help="as agents.json has it")
    made.add_argument("--handler", required=True, metavar="MODULE:FUNCTION", help="who answers")
    made.add_argument(
        "--concurrency",
        type=_whole_number(MOST),
        default=CONCURRENCY,
        metavar="N",
        help=f"how many conversations at a time (default: {CONCURRENCY})",
    )
    made.add_argument(
        "--timeout",
        type=_whole_number(LONGEST),
        default=TIMEOUT,
        metavar="SECONDS",
        help=f"for one message (default: {TIMEOUT})",
    )
    made.add_argument(
        "--base-url",
        type=web_address,
        default="",
        metavar="URL",
        help="where its doors are, for message.open",
    )
    made.add_argument("--once", action="store_true", help="stop when the mailbox is empty")
    add_stack(made)
    return made.parse_args()


def _whole_number(most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        number = int(text)
        if not 1 <= number <= most:
            raise argparse.ArgumentTypeError(f"must be 1 to {most}")
        return number

    return parse


def _handler(name: str) -> Handler:
    """
    Return the function that *name* means.

    Raises:
        ConfigError: it is not to be had.

    """
    module, _, function = name.partition(":")
    if not (module and function):
        form = "is not of the form MODULE:FUNCTION, like partner_agent:answer"
        raise ConfigError(f"the handler '{name}' {form}")
    try:
        found = find(name)
    except AgentUnavailable as error:
        why = f"{error.detail}: {error.__cause__}"
        raise ConfigError(f"the handler {name} can't be loaded: {why}") from error
    if not callable(found):
        raise ConfigError(f"the handler {name} is no function")
    return found


def _opening(handler: Handler, base_url: str) -> Handler:
    """Return *handler*, whose messages can open their files by the doors at *base_url*."""
    if not base_url:
        return handler
    opener = external.files(base_url)
    return lambda message: handler(replace(message, opener=opener))


def _loop(options: argparse.Namespace, handler: Handler) -> Loop:
    stack = Stack(locate(stack_name=options.stack_name, base_url="", region=options.region))
    pace = Pace(timeout=options.timeout)
    reader, answers = external.queues(
        stack,
        options.agent,
        concurrency=options.concurrency,
        wait=pace.wait,
        visibility=pace.visibility,
    )
    logs.start()
    return Loop(
        agent=options.agent,
        reader=reader,
        answers=answers,
        handler=_opening(handler, options.base_url),
        concurrency=options.concurrency,
        pace=pace,
    )


if __name__ == "__main__":
    run(main)
