"""The thread that receives: each message that may be worked on gets a run of its own."""

import logging
import threading
from collections.abc import Callable

from cococat.core import external_agent
from cococat.core.claims import MAX_ATTEMPTS
from cococat.core.errors import ConfigError, MailboxUnavailable, MalformedMessage
from cococat.core.external_agent import MailboxReader, Received
from cococat.core.failures import log_failure
from cococat.core.heartbeat import KILLED
from cococat.core.mailbox import MailboxMessage
from cococat.core.retry import backoff
from cococat.heartbeat.desk import LONGEST_PAUSE, Desk
from cococat.heartbeat.job import Job, Jobs
from cococat.heartbeat.pace import Pace

log = logging.getLogger(__name__)


class Receiver:
    """
    Receives until it is told to stop, or can't.

    Args:
        reader: the way out of the mailbox.
        desk: for what is not worked on.
        jobs: what is being worked on.
        begin: starts the run of a job.
        stop: set when it is to stop.
        pace: how long everything may take.

    """

    def __init__(
        self,
        reader: MailboxReader,
        desk: Desk,
        jobs: Jobs,
        *,
        begin: Callable[[Job], None],
        stop: threading.Event,
        pace: Pace,
    ) -> None:
        self._reader = reader
        self._desk = desk
        self._jobs = jobs
        self._begin = begin
        self._stop = stop
        self._pace = pace
        self._is_open = False
        self._troubles = 0

    def run(self, *, once: bool) -> None:
        """
        Receive until told to stop.

        Args:
            once: whether to return as soon as the mailbox is empty and all is worked off.

        Raises:
            ConfigError: the mailbox is not there, or not for us.

        """
        while not self._stop.is_set():
            if not self._jobs.take_slot(self._pace.tick):
                continue
            try:
                received = self._receive()
            except MailboxUnavailable as error:
                self._jobs.return_slot()
                self._wait_out(error)
                continue
            if received is None or not self._take(received):
                self._jobs.return_slot()
            if received is None and once and not self._jobs:
                return

    def _receive(self) -> Received | None:
        try:
            received = self._reader.receive(self._pace.wait)
        except ConfigError as error:
            if not self._is_open:
                raise
            raise MailboxUnavailable(str(error)) from error
        self._is_open, self._troubles = True, 0
        return received

    def _wait_out(self, error: MailboxUnavailable) -> None:
        self._troubles += 1
        if self._troubles == 1:
            log.error("the mailbox can't be read", extra={"reason": str(error)})
        self._stop.wait(min(backoff(self._troubles).delay, LONGEST_PAUSE))

    def _take(self, received: Received) -> bool:
        """Deal with a message; return whether a run has begun, which keeps its slot."""
        running = self._jobs.of(received.group)
        if self._stop.is_set():
            self._desk.hide(received, 0)
        elif running is None:
            return self._work_on(received)
        elif running.received.id == received.id:
            # It was not hidden in time; from now on only the new receipt is good.
            running.received = received
        else:
            self._desk.hide(received, self._pace.later)
        return False

    def _work_on(self, received: Received) -> bool:
        try:
            message = external_agent.read(received)
        except MalformedMessage as error:
            # The queue itself puts it aside in the end.
            log_failure("a message is not of our form", error)
            self._desk.hide(received, self._pace.later)
            return False
        if received.receives > MAX_ATTEMPTS:
            self._give_up(received, message)
            return False
        job = Job(received, message)
        self._jobs.add(job)
        self._begin(job)
        return True

    def _give_up(self, received: Received, message: MailboxMessage) -> None:
        """Deal with a message whose runs were all killed."""
        self._desk.note(received, message, KILLED)
        if self._desk.try_to_fail(message, KILLED):
            self._desk.forget(received)
        else:
            self._desk.hide(received, self._pace.later)
