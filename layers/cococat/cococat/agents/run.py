"""Running a handler to its end or to its deadline, whichever comes first."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from cococat.core import text
from cococat.core.agent import Handler
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
        try:
            with _deadline(seconds):
                said = self._handler(message)
        except _Stopped:
            raise AgentTimeout from None
        except Exception as error:
            raise AgentError(type(error).__name__) from error
        return _to_reply(said)


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


def _to_reply(said: object) -> Reply | None:
    match said:
        case None:
            return None
        case str():
            return _fit(Reply(text=said))
        case Reply():
            return _fit(said)
        case _:
            detail = f"returned {type(said).__name__}, not str, Reply or None"
            raise AgentError(detail)


def _fit(reply: Reply) -> Reply:
    """Return *reply* as queues and tables take it; a text with nothing in it is no answer."""
    cleaned = text.cut(text.clean(reply.text), text.MAX_REPLY)
    if not cleaned:
        detail = "returned an empty text; None means that there is no answer"
        raise AgentError(detail)
    return Reply(text=cleaned, fallback=reply.fallback)
