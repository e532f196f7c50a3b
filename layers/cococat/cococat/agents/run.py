"""Running an agent to its end or to its deadline, whichever comes first."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from cococat.core.agent import Handler, to_reply
from cococat.core.errors import AgentError, AgentTimeout
from cococat.core.mailbox import MailboxMessage
from cococat.core.messages import Reply

REPEAT = 1.0
"""Seconds between two stops, for a handler that catches the first."""


class HandlerAgent:
    """
    An agent that is a function.

    Args:
        handler: the function.

    """

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def answer(self, message: MailboxMessage, seconds: float) -> Reply | None:
        """Return what the handler says; see `cococat.core.agent.Agent`."""
        return to_reply(within(seconds, lambda: call(self._handler, message)))


def call(handler: Handler, message: MailboxMessage) -> object:
    """
    Return what *handler* says to *message*.

    Raises:
        AgentError: it raised; the kind of its error is kept, and not its text.

    """
    try:
        return handler(message)
    except Exception as error:
        raise AgentError(type(error).__name__) from error


def within[T](seconds: float, run: Callable[[], T]) -> T:
    """
    Return what *run* returns, if it does so in time.

    Raises:
        AgentTimeout: it was stopped after *seconds*.

    """
    try:
        with _deadline(seconds):
            return run()
    except _Stopped:
        raise AgentTimeout from None


class _Stopped(BaseException):
    """The deadline has come; not an `Exception`, so that a handler does not catch it."""


@contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """Raise `_Stopped` in the body after *seconds*; Lambda runs handlers in the main thread."""
    running = True

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if running:
            raise _Stopped

    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001), REPEAT)
        try:
            yield
        finally:
            running = False
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
