"""What an agent is: whoever answers the messages of a mailbox."""

from collections.abc import Callable, Iterator
from typing import Protocol

from cococat.core import reply_form
from cococat.core.errors import AgentError, MalformedMessage
from cococat.core.mailbox import MailboxMessage
from cococat.core.messages import Reply
from cococat.core.progress import Say

Handler = Callable[[MailboxMessage], str | Reply | Iterator[str] | None]
"""An agent as its author writes it; it may yield its text piece by piece. None: no answer."""


class Agent(Protocol):
    """An agent as the heartbeat runs it."""

    def answer(self, message: MailboxMessage, seconds: float, say: Say) -> Reply | None:
        """
        Return the answer to *message*, or None where there is to be none.

        Args:
            message: what to answer.
            seconds: after which the agent is stopped.
            say: may be given what there is of the answer so far, again and again.

        Raises:
            AgentError: it raised, overran or returned something else.

        """
        ...


def to_reply(said: object) -> Reply | None:
    """
    Return what an agent *said* as queues and tables take it.

    Raises:
        AgentError: it is nothing that an agent may say.

    """
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
    try:
        return reply_form.fit(reply)
    except MalformedMessage as error:
        raise AgentError(str(error)) from error
