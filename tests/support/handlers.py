"""Agents as their authors write them, and what can go wrong with one."""

import time
from collections.abc import Callable, Iterator
from typing import NoReturn

from cococat.core.agent import Handler
from cococat.core.mailbox import MailboxMessage
from cococat.core.messages import Reply
from tests.support.fuse import Killed


class Script:
    """
    A handler that does one step a message, and says what it is told once they are used up.

    Attributes:
        seen: what it was asked, in order.

    """

    def __init__(self, *steps: Handler) -> None:
        self._steps = list(steps)
        self.seen: list[str] = []

    def __call__(self, message: MailboxMessage) -> str | Reply | Iterator[str] | None:
        """Answer *message*."""
        self.seen.append(message.content)
        step = self._steps.pop(0) if self._steps else echo
        return step(message)


def echo(message: MailboxMessage) -> str:
    """Say the same."""
    return message.content


def silent(_message: MailboxMessage) -> None:
    """Have no answer."""


def raises(_message: MailboxMessage) -> NoReturn:
    """Fail, with a text that nobody must see."""
    message = "secret-of-the-agent"
    raise LookupError(message)


def killed(_message: MailboxMessage) -> NoReturn:
    """Take the whole process along."""
    raise Killed


def overruns(_message: MailboxMessage) -> str:
    """Take more time than there is."""
    time.sleep(5)
    return "too late"


def says(text: str) -> Callable[[MailboxMessage], str]:
    """Return a handler that always says *text*."""
    return lambda _message: text
