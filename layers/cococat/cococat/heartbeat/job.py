"""The messages that are being worked on, each in a thread of its own."""

import threading
import time
from collections.abc import Callable
from enum import Enum, auto

from cococat.agents.run import call
from cococat.core.agent import Handler, to_reply
from cococat.core.errors import AgentError
from cococat.core.external_agent import Received
from cococat.core.mailbox import MailboxMessage
from cococat.core.messages import Reply

Outcome = Reply | AgentError | None


class State(Enum):
    """Who decides what becomes of the message: its own thread, or the one that watches."""

    RUNNING = auto()
    ENDED = auto()
    OVERRUN = auto()


class Job:
    """
    A message and the handler's run on it.

    A thread can't be stopped from outside. So a run that takes too long goes on, but what it
    says in the end counts no more, and its conversation waits until it has ended.

    Attributes:
        received: the message, with its newest receipt.
        message: what is in it.
        hidden_at: when it was last hidden from other consumers, by `time.monotonic`.
        told: whether the outbox has what there is to say about it.

    """

    def __init__(self, received: Received, message: MailboxMessage) -> None:
        self.received = received
        self.message = message
        self.started = self.hidden_at = time.monotonic()
        self.told = False
        self._state = State.RUNNING
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self, handler: Handler, conclude: Callable[["Job", Outcome], None]) -> None:
        """Run *handler*, and *conclude* with what came of it if that was in time."""

        def run() -> None:
            outcome = _outcome(handler, self.message)
            if self._leave(State.ENDED):
                conclude(self, outcome)

        self._thread = threading.Thread(target=run, daemon=True, name="handler")
        self._thread.start()

    @property
    def age(self) -> float:
        """Return the seconds since the run began."""
        return time.monotonic() - self.started

    @property
    def has_overrun(self) -> bool:
        """Tell whether it was given up."""
        return self._state is State.OVERRUN

    @property
    def is_alive(self) -> bool:
        """Tell whether its thread still runs."""
        return self._thread is not None and self._thread.is_alive()

    def give_up(self) -> bool:
        """Let the run's outcome count no more; return False where it has ended before."""
        return self._leave(State.OVERRUN)

    def _leave(self, state: State) -> bool:
        with self._lock:
            if self._state is not State.RUNNING:
                return False
            self._state = state
            return True


def _unheard(_text: str) -> None:
    """Show nothing: an agent without a table has no place to say how it is getting on."""


def _outcome(handler: Handler, message: MailboxMessage) -> Outcome:
    try:
        return to_reply(call(handler, message, _unheard))
    except AgentError as error:
        return error
    except BaseException as error:  # noqa: BLE001 - also one that would end the thread
        return AgentError(type(error).__name__)


class Jobs:
    """
    The messages that are being worked on, one of each conversation at most.

    Args:
        concurrency: how many there may be at a time.

    """

    def __init__(self, concurrency: int) -> None:
        self._slots = threading.Semaphore(concurrency)
        self._by_group: dict[str, Job] = {}

    def __len__(self) -> int:
        return len(self._by_group)

    def all(self) -> list[Job]:
        """Return them as they are now."""
        return list(self._by_group.values())

    def of(self, group: str) -> Job | None:
        """Return the one of conversation *group*, if there is one."""
        return self._by_group.get(group)

    def take_slot(self, seconds: float) -> bool:
        """Reserve room for one more within *seconds*; return whether there was any."""
        return self._slots.acquire(timeout=seconds)

    def return_slot(self) -> None:
        """Give back room that was reserved and is not needed."""
        self._slots.release()

    def add(self, job: Job) -> None:
        """Put *job* into the room that was reserved for it."""
        self._by_group[job.received.group] = job

    def remove(self, job: Job) -> None:
        """Take *job* out, and give its room back."""
        del self._by_group[job.received.group]
        self._slots.release()
