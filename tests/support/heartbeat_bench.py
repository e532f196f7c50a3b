"""A heartbeat in memory."""

from cococat.core import message_record
from cococat.core.errors import AgentError
from cococat.core.heartbeat import ChannelSide, Heartbeat
from cococat.core.ids import ChannelAddress
from cococat.core.mailbox import MailboxMessage
from cococat.core.message_record import MessageRecord
from cococat.core.messages import Reply
from cococat.core.opened_files import NO_FILES
from cococat.core.progress import Say
from cococat.core.retry import Retry
from tests.support import samples
from tests.support.clock import FakeClock
from tests.support.items import MemoryItems
from tests.support.progress import silent
from tests.support.queues import MemoryQueue
from tests.support.wishes import MemoryObservations

MESSAGE = samples.mailbox_message()
BODY = MESSAGE.to_json()
FALLBACK = Reply(text="sorry", fallback=True)


class FakeAgent:
    """
    An agent that does one step a run.

    Attributes:
        asked: what it was asked, and how long it might take.

    """

    def __init__(self, *steps: Reply | AgentError | None) -> None:
        self._steps = list(steps)
        self.asked: list[tuple[str, float]] = []

    def answer(self, message: MailboxMessage, seconds: float, say: Say) -> Reply | None:
        """Answer, or fail, as told."""
        say("…")
        self.asked.append((message.content, seconds))
        step = self._steps.pop(0)
        if isinstance(step, AgentError):
            raise step
        return step


class Bench:
    """A heartbeat with all that it touches in memory."""

    def __init__(self, *steps: Reply | AgentError | None) -> None:
        self.clock = FakeClock()
        self.items = MemoryItems(self.clock)
        self.outbox = MemoryQueue(samples.OUTBOX, self.clock)
        self.agent = FakeAgent(*steps)

    def work(self, body: str = BODY) -> Retry | None:
        """Let the heartbeat work on *body*."""
        return self.heartbeat().work(body, seconds=7)

    def heartbeat(self) -> Heartbeat:
        """Return a new one, as every process has its own."""
        return Heartbeat(
            agent_name="support",
            agent=lambda: self.agent,
            items=self.items,
            outbox=self.outbox,
            clock=self.clock,
            observations=MemoryObservations(),
            channels=ChannelSide(
                fallback_text=self.fallback_text, opener=NO_FILES, progress=silent
            ),
        )

    def fallback_text(self, address: ChannelAddress) -> str:
        """Return what this channel's users are told."""
        assert address == samples.ADDRESS
        return FALLBACK.text

    def record(self) -> MessageRecord:
        """Return the message's record."""
        record = message_record.load(self.items, MESSAGE.id)
        assert record is not None
        return record

    def letters(self) -> list[tuple[str, str, str, str]]:
        """Return id, queue, reason and body of each open dead letter."""
        found = self.items.open_letters(10)
        return [(one.id, one.queue, one.reason, one.body) for one in found]
