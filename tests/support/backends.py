"""What the whole way through the system stands on: tables and queues, here in memory."""

from typing import Protocol

from cococat.core.dead_letters import DeadLetterIndex
from cococat.core.directory import ChannelBinding, ChannelDirectory
from cococat.core.http_client import HttpClient
from cococat.core.items import Items
from cococat.core.mailbox import Mailbox
from cococat.core.outbox_message import Outbox
from cococat.core.shelf import Shelf
from cococat.core.wishes import Wish
from tests.support import samples
from tests.support.clock import FakeClock
from tests.support.directory import MemoryDirectory
from tests.support.items import MemoryItems
from tests.support.queues import MemoryQueue, MemoryQueues, Received
from tests.support.shelf import MemoryShelf

VISIBILITY = 150.0
"""Seconds for which a received message is hidden: the heartbeat's timeout and 30 more."""


class Backend(Protocol):
    """Tables and queues, and the consumer's side of the queues in virtual time."""

    clock: FakeClock
    outbox_url: str

    @property
    def items(self) -> Items:
        """Return the messages table."""
        ...

    @property
    def letters(self) -> DeadLetterIndex:
        """Return the dead letters."""
        ...

    @property
    def mailbox(self) -> Mailbox:
        """Return the way into the mailboxes."""
        ...

    @property
    def outbox(self) -> Outbox:
        """Return the way into the outbox."""
        ...

    @property
    def shelf(self) -> Shelf:
        """Return where files lie for agents outside."""
        ...

    @property
    def bucket(self) -> HttpClient:
        """Return what fetches them by their URLs."""
        ...

    @property
    def directory(self) -> ChannelDirectory:
        """Return the channels that there are."""
        ...

    def make_mailbox(self, agent: str) -> str:
        """Make the mailbox of *agent* and return its URL."""
        ...

    def connect(self, wish: Wish) -> ChannelBinding:
        """Let there be the channel of *wish*."""
        ...

    def disconnect_all(self) -> None:
        """Let there be no channel any more."""
        ...

    def receive(self, url: str) -> Received | None:
        """Return the first message of a queue that may be worked on now, and hide it."""
        ...

    def delete(self, received: Received) -> None:
        """Forget a message."""
        ...

    def hide(self, received: Received, seconds: float) -> None:
        """Show a message again after *seconds*."""
        ...

    def next_due(self, url: str) -> float | None:
        """Return when a queue's next message is to be had, or None where it is empty."""
        ...


class MemoryBackend:
    """`Backend` in memory."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.items = MemoryItems(self.clock)
        self.letters = self.items
        self.queues = MemoryQueues(self.clock)
        self.mailbox = self.queues
        self.outbox_url = samples.OUTBOX
        self.outbox: MemoryQueue = self.queues.make(samples.OUTBOX, VISIBILITY)
        self.directory = MemoryDirectory()
        self.shelf = self.bucket = MemoryShelf(self.clock)

    def make_mailbox(self, agent: str) -> str:
        """Make the mailbox of *agent* and return its URL."""
        url = f"queue://mailbox-{agent}"
        self.queues.make(url, VISIBILITY)
        return url

    def connect(self, wish: Wish) -> ChannelBinding:
        """Let there be the channel of *wish*."""
        binding = ChannelBinding(
            address=wish.address,
            scene_id=wish.scene_id,
            config=wish.config | wish.secrets,
            agent=wish.agent,
            mailbox=wish.mailbox,
            reply_key=samples.REPLY_KEY,
            generation=1,
        )
        self.directory.bindings.append(binding)
        return binding

    def disconnect_all(self) -> None:
        """Let there be no channel any more."""
        self.directory.bindings.clear()

    def receive(self, url: str) -> Received | None:
        """Return the first message of a queue that may be worked on now, and hide it."""
        return self.queues.at(url).receive()

    def delete(self, received: Received) -> None:
        """Forget a message."""
        self.queues.at(received.queue).delete(received.receipt)

    def hide(self, received: Received, seconds: float) -> None:
        """Show a message again after *seconds*."""
        self.queues.at(received.queue).hide(received.receipt, seconds)

    def next_due(self, url: str) -> float | None:
        """Return when a queue's next message is to be had, or None where it is empty."""
        return self.queues.at(url).next_due()
