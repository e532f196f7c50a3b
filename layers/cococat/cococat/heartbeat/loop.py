"""
The loop of an external agent: receive, run, answer, delete; many conversations at a time.

One thread receives, each message has a thread of its own, and the main thread watches: it keeps
the messages hidden from other consumers, and gives up runs that take too long.
"""

import logging
import threading
import time

from cococat.core.agent import Handler
from cococat.core.claims import MAX_ATTEMPTS
from cococat.core.errors import AgentError, AgentTimeout, ConfigError
from cococat.core.external_agent import ExternalAnswers, MailboxReader
from cococat.core.failures import log_failure
from cococat.core.retry import backoff
from cococat.heartbeat.desk import Desk
from cococat.heartbeat.job import Job, Jobs, Outcome
from cococat.heartbeat.pace import Pace
from cococat.heartbeat.receiver import Receiver

log = logging.getLogger(__name__)


class Loop:
    """
    Works on one mailbox until it is told to stop.

    Args:
        agent: whose mailbox it is.
        reader: the way out of it.
        answers: the way into the outbox.
        handler: who answers; it is called in several threads at a time.
        concurrency: how many conversations are worked on at a time.
        pace: how long everything may take.

    """

    def __init__(
        self,
        *,
        agent: str,
        reader: MailboxReader,
        answers: ExternalAnswers,
        handler: Handler,
        concurrency: int,
        pace: Pace,
    ) -> None:
        self._agent = agent
        self._handler = handler
        self._pace = pace
        self._stop = threading.Event()
        self._hurry = threading.Event()
        self._failure: Exception | None = None
        self._jobs = Jobs(concurrency)
        self._desk = Desk(agent, reader, answers, self._stop)
        self._receiver = Receiver(
            reader, self._desk, self._jobs, begin=self._begin, stop=self._stop, pace=pace
        )

    def run(self, *, once: bool = False) -> bool:
        """
        Work until told to stop; return False where the loop had to stop by itself.

        Args:
            once: whether to stop as soon as the mailbox is empty.

        Raises:
            ConfigError: the mailbox is not there, or not for us.

        """
        log.info("the heartbeat starts", extra={"agent": self._agent})
        receiver = threading.Thread(target=self._receive, args=(once,), daemon=True)
        receiver.start()
        while not self._stop.wait(self._pace.tick):
            self._watch()
        self._drain(receiver)
        log.info("the heartbeat stops", extra={"agent": self._agent, "left": len(self._jobs)})
        if isinstance(self._failure, ConfigError):
            raise self._failure
        return self._failure is None

    def stop(self) -> None:
        """Stop when the runs have ended; told twice, stop now."""
        if self._stop.is_set():
            self._hurry.set()
        self._stop.set()

    def _receive(self, once: bool) -> None:  # noqa: FBT001 - a thread's argument
        try:
            self._receiver.run(once=once)
        except Exception as error:  # noqa: BLE001 - `run` tells of it
            if not isinstance(error, ConfigError):
                log_failure("the receiver failed", error)
            self._failure = error
        self._stop.set()

    def _begin(self, job: Job) -> None:
        job.start(self._handler, self._conclude)

    def _conclude(self, job: Job, outcome: Outcome) -> None:
        """Do what is left to do when a run has ended in time; still in its own thread."""
        try:
            if self._tell(job, outcome):
                self._desk.forget(job.received)
            else:
                self._desk.hide(job.received, backoff(job.received.receives).delay)
        except Exception as error:  # noqa: BLE001 - nobody else would hear of it
            log_failure("a message was not worked off", error)
        finally:
            self._jobs.remove(job)

    def _tell(self, job: Job, outcome: Outcome) -> bool:
        """Tell the outbox what came of a run; return False where the message is to come again."""
        if not isinstance(outcome, AgentError):
            return self._desk.answer(job.message, outcome)
        self._desk.note(job.received, job.message, outcome.code, outcome.detail)
        is_last = job.received.receives >= MAX_ATTEMPTS
        return is_last and self._desk.fail(job.message, outcome.code, outcome.detail)

    def _watch(self) -> None:
        for job in self._jobs.all():
            if time.monotonic() - job.hidden_at >= self._pace.visibility / 3:
                job.hidden_at = time.monotonic()
                self._desk.hide(job.received, self._pace.visibility)
            if job.age > self._pace.timeout and job.give_up():
                self._desk.note(job.received, job.message, AgentTimeout.code)
            if job.has_overrun:
                self._see_to(job)

    def _see_to(self, job: Job) -> None:
        """Deal with a run that took too long: its conversation waits until it has ended."""
        never_ends = job.age > 2 * self._pace.timeout
        is_last = job.received.receives >= MAX_ATTEMPTS or never_ends
        if is_last and not job.told:
            job.told = self._desk.try_to_fail(job.message, AgentTimeout.code)
        if not job.is_alive:
            self._put_away(job, backoff(job.received.receives).delay)
            self._jobs.remove(job)
        elif never_ends and not self._stop.is_set():
            log.error("a handler does not end; the process does", extra={"agent": self._agent})
            self._failure = AgentTimeout()
            self._stop.set()

    def _drain(self, receiver: threading.Thread) -> None:
        """Let the runs end, for a while; then hand their messages back."""
        deadline = time.monotonic() + self._pace.drain
        while time.monotonic() < deadline and not self._hurry.wait(self._pace.tick):
            self._watch()
            is_busy = any(not job.has_overrun for job in self._jobs.all())
            if not is_busy and not receiver.is_alive():
                break
        for job in self._jobs.all():
            if job.give_up() or job.has_overrun:
                self._put_away(job, 0)

    def _put_away(self, job: Job, seconds: int) -> None:
        if job.told:
            self._desk.forget(job.received)
        else:
            self._desk.hide(job.received, seconds)
