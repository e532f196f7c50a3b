"""The two queues of an external agent, for a loop that goes on whatever they do."""

import logging
import threading
from collections.abc import Callable

from cococat.core.errors import MailboxUnavailable
from cococat.core.external_agent import ExternalAnswers, MailboxReader, Received
from cococat.core.mailbox import MailboxMessage
from cococat.core.messages import Reply

log = logging.getLogger(__name__)

PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds between two tries: the first pause, doubled up to the longest."""
DELETES = 3


class Desk:
    """
    Answers, deletes and hides messages; a queue that fails is logged, never raised.

    Args:
        agent: whose they are.
        reader: the way out of the mailbox.
        answers: the way into the outbox.
        stop: set when the loop is to stop.

    """

    def __init__(
        self,
        agent: str,
        reader: MailboxReader,
        answers: ExternalAnswers,
        stop: threading.Event,
    ) -> None:
        self._agent = agent
        self._reader = reader
        self._answers = answers
        self._stop = stop

    def answer(self, message: MailboxMessage, reply: Reply | None) -> bool:
        """Answer *message*, however long the outbox is down; False where the loop stops first."""
        return self._insist(lambda: self._answers.answer(message, reply))

    def fail(self, message: MailboxMessage, reason: str, detail: str) -> bool:
        """Say why *message* gets no answer, as insistently as an answer."""
        return self._insist(lambda: self._answers.fail(message, reason, detail))

    def try_to_fail(self, message: MailboxMessage, reason: str, detail: str = "") -> bool:
        """Say why *message* gets no answer; return whether the outbox took it."""
        send = lambda: self._answers.fail(message, reason, detail)  # noqa: E731 - one line is enough
        return self._try(send, "the outbox takes nothing")

    def forget(self, received: Received) -> None:
        """Delete a message that is dealt with; one that stays is answered once all the same."""
        for _ in range(DELETES):
            if self._try(lambda: self._reader.delete(received), "a message was not deleted"):
                return

    def hide(self, received: Received, seconds: int) -> None:
        """Show a message again after *seconds*, or when the queue itself does so."""
        self._try(lambda: self._reader.hide(received, seconds), "a message was not hidden")

    def note(
        self, received: Received, message: MailboxMessage, reason: str, detail: str = ""
    ) -> None:
        """Log that a run brought no answer; nothing that anybody said is in it."""
        facts = {
            "agent": self._agent,
            "message_id": message.id,
            "attempt": received.receives,
            "reason": reason,
            "detail": detail,
        }
        log.error("the agent gave no answer", extra=facts)

    def _insist(self, send: Callable[[], None]) -> bool:
        pause = PAUSE
        while not self._try(send, "the outbox takes nothing"):
            if self._stop.wait(pause):
                return False
            pause = min(2 * pause, LONGEST_PAUSE)
        return True

    def _try(self, do: Callable[[], None], failure: str) -> bool:
        try:
            do()
        except MailboxUnavailable as error:
            log.error(failure, extra={"reason": str(error)})  # noqa: TRY400 - may quote the body
            return False
        return True
