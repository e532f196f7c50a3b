"""What an agent is: whoever answers the messages of a mailbox."""

from collections.abc import Callable
from typing import Protocol

from cococat.core.mailbox import MailboxMessage
from cococat.core.messages import Reply

Handler = Callable[[MailboxMessage], str | Reply | None]
"""An agent as its author writes it; None means that there is no answer."""


class Agent(Protocol):
    """An agent as the heartbeat runs it."""

    def answer(self, message: MailboxMessage, seconds: float) -> Reply | None:
        """
        Return the answer to *message*, or None where there is to be none.

        Args:
            message: what to answer.
            seconds: after which the agent is stopped.

        Raises:
            AgentError: it raised, overran or returned something else.

        """
        ...
