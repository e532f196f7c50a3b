"""Running an agent to its end or to its deadline, whichever comes first."""

import re
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

from cococat.core.agent import Handler, to_reply
from cococat.core.errors import AgentError, AgentTimeout
from cococat.core.mailbox import MailboxMessage
from cococat.core.messages import Reply
from cococat.core.progress import Say
from cococat.core.text import MAX_REPLY

_SURROGATE = re.compile("[\ud800-\udfff]")
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

    def answer(self, message: MailboxMessage, seconds: float, say: Say) -> Reply | None:
        """Return what the handler says; see `cococat.core.agent.Agent`."""
        return to_reply(within(seconds, lambda: call(self._handler, message, say)))


def call(handler: Handler, message: MailboxMessage, say: Say) -> object:
    """
    Return what *handler* says to *message*; pieces that it yields are put together.

    Raises:
        AgentError: it raised; the kind of its error is kept, and not its text.

    """
    try:
        said = handler(message)
        return together(said, say) if isinstance(said, Iterator) else said
    except Exception as error:
        raise AgentError(type(error).__name__) from error


def together(pieces: Iterable[str], say: Say) -> str:
    """Return *pieces* as one text, as much of it as is needed, and *say* how it grows."""
    text = ""
    for piece in _whole(pieces):
        text += piece
        say(text)
        if len(text) > MAX_REPLY:
            break
    return text


def _whole(pieces: Iterable[str]) -> Iterator[str]:
    """
    Yield *pieces* in whole characters: a half of one waits for its other half.

    What cuts texts in UTF-16 and writes them as JSON makes two lone surrogates of one emoji.
    """
    half = ""
    for piece in pieces:
        text = half + piece
        half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        yield _joined(text.removesuffix(half)) if _SURROGATE.search(text) else text


def _joined(text: str) -> str:
    """Return *text* with each pair of surrogates as its character, and without lone ones."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


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
