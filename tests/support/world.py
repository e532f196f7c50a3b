"""The whole way: door, mailbox, heartbeat, agent, outbox, channel, one step at a time."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from cococat.agents.run import HandlerAgent
from cococat.aws.records import Record, work_through
from cococat.core.attachments import ChannelOpener
from cococat.core.channels import Channels
from cococat.core.clock import Clock
from cococat.core.dead_letters import DeadLetter
from cococat.core.directory import ChannelBinding
from cococat.core.door import Door
from cococat.core.errors import MailboxUnavailable
from cococat.core.heartbeat import ChannelSide, Heartbeat
from cococat.core.http import Request
from cococat.core.ids import ChannelAddress
from cococat.core.mailbox import Mailbox
from cococat.core.message_record import MessageRecord
from cococat.core.messages import FALLBACK_TEXT
from cococat.core.outbox import OutboxWorker
from cococat.core.progress import Progress, ShowsProgress, Silent
from cococat.core.reply_address import ReplyAddress
from cococat.core.retry import Retry
from cococat.core.scene_router import SceneRouter
from cococat.core.wishes import Wish
from tests.support.backends import Backend
from tests.support.channels import RealChannels
from tests.support.fuse import Fuse, FusedChannels, FusedItems, FusedOutbox, Killed
from tests.support.handlers import Script
from tests.support.libraries import RealLibraries
from tests.support.progress import ProgressAtOnce
from tests.support.queues import Received
from tests.support.wishes import MemoryObservations

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

Work = Callable[[str], Retry | None]

MANY = 1000
STUCK = "the queues do not empty"


class World:
    """
    One stack with the agents that a test gives it.

    Attributes:
        mailbox: the way into the mailboxes; it can be told to fail.
        scripts: agent -> what it does.
        seconds: how long an agent may take.
        heartbeat_fuse: interrupts the heartbeat.
        outbox_fuse: interrupts the outbox's worker.
        libraries: what the channels work with.
        observations: how the channels are.
        channels: makes them, as the outbox has them.
        shows_progress: whether channels show how answers grow.

    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.clock = backend.clock
        self.mailbox = FlakyMailbox(backend.mailbox)
        self.scripts: dict[str, Script] = {}
        self.seconds = 10.0
        self.heartbeat_fuse = Fuse()
        self.outbox_fuse = Fuse()
        self.shows_progress = False
        self.libraries = RealLibraries()
        self.observations = MemoryObservations()
        self.channels = self._channels(self.clock)
        self._workers: dict[str, Work] = {backend.outbox_url: self._outbox().work}

    def connect(self, wish: Wish) -> ChannelBinding:
        """Let there be the channel of *wish*, whose mailbox is filled in here."""
        return self.backend.connect(wish)

    def hire(self, agent: str, script: Script) -> str:
        """Let *script* answer the messages of *agent*; return the mailbox's URL."""
        url = self.backend.make_mailbox(agent)
        self.scripts[agent] = script
        heartbeat = self._heartbeat(agent, script)
        self._workers[url] = lambda body: heartbeat.work(body, seconds=self.seconds)
        return url

    def door(self, find: Callable[[Request], ChannelBinding | None]) -> Door:
        """Return the door to the channels that *find* finds."""
        return Door(find, self._channels(self.clock))

    def pump(self) -> None:
        """Work on all that may be worked on now."""
        for _ in range(MANY):
            if sum(self._step(url) for url in self._workers) == 0:
                return
        raise AssertionError(STUCK)

    def settle(self) -> None:
        """Work until every queue is empty, letting time pass where nothing is due."""
        for _ in range(MANY):
            self.pump()
            due = self._next_due()
            if due is None:
                return
            self.clock.advance(max(due - self.clock.now(), 0))
        raise AssertionError(STUCK)

    def in_queues(self) -> int:
        """Return how many queues hold something."""
        return sum(self.backend.next_due(url) is not None for url in self._workers)

    def letters(self) -> list[DeadLetter]:
        """Return the open dead letters."""
        return self.backend.letters.open_letters(100)

    def _step(self, url: str) -> bool:
        received = self.backend.receive(url)
        if received is None:
            return False
        worker = self._workers[url]
        visibility = cast("SQSClient", _Visibility(self.backend, received))
        try:
            report = work_through(
                _event(received), lambda record: worker(record["body"]), visibility
            )
        except Killed:
            return True
        if not report["batchItemFailures"]:
            self.backend.delete(received)
        return True

    def _next_due(self) -> float | None:
        found = [self.backend.next_due(url) for url in self._workers]
        return min((due for due in found if due is not None), default=self.clock.next_due())

    def _heartbeat(self, agent: str, script: Script) -> Heartbeat:
        return Heartbeat(
            agent_name=agent,
            agent=lambda: HandlerAgent(script),
            items=FusedItems(self.backend.items, self.heartbeat_fuse),
            outbox=FusedOutbox(self.backend.outbox, self.heartbeat_fuse),
            clock=self.clock,
            observations=self.observations,
            channels=ChannelSide(
                fallback_text=_fallback_text,
                opener=ChannelOpener(
                    self.backend.directory, self._channels(self.clock), self.clock
                ),
                progress=self._progress,
            ),
        )

    def _progress(self, to: ReplyAddress, record: MessageRecord) -> Progress:
        binding = self.backend.directory.by_address(to.address)
        if binding is None or not self.shows_progress:
            return Silent()
        channel = self.channels.bind(binding)
        if isinstance(channel, ShowsProgress):
            return ProgressAtOnce(channel, to, record, self.backend.items)
        return Silent()

    def _outbox(self) -> OutboxWorker:
        return OutboxWorker(
            items=FusedItems(self.backend.items, self.outbox_fuse),
            directory=self.backend.directory,
            channels=FusedChannels(self.channels, self.outbox_fuse),
            observations=self.observations,
            clock=self.clock,
        )

    def _channels(self, clock: Clock) -> Channels:
        router = SceneRouter(mailbox=self.mailbox, clock=clock)
        return RealChannels(router, self.backend.items, clock, self.libraries, self.observations)


class FlakyMailbox:
    """
    The way into the mailboxes, which can be told to fail.

    Attributes:
        failures: how the next sends fail, in order: `refused` (nothing was taken) or `lost`
            (it was taken, but the answer did not come).

    """

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self.failures: list[str] = []

    def send(self, mailbox: str, body: str, *, group: str, deduplication: str) -> None:
        """Put *body* into *mailbox*, or fail as told; see `Mailbox.send`."""
        failure = self.failures.pop(0) if self.failures else ""
        if failure == "refused":
            raise MailboxUnavailable(failure)
        self._mailbox.send(mailbox, body, group=group, deduplication=deduplication)
        if failure:
            raise MailboxUnavailable(failure)


class _Visibility:
    """The two calls of an SQS client with which a worker sets a delay."""

    def __init__(self, backend: Backend, received: Received) -> None:
        self._backend = backend
        self._received = received

    def get_queue_url(self, **names: str) -> dict[str, str]:
        return {"QueueUrl": names["QueueName"]}

    def change_message_visibility(self, **change: Any) -> None:  # noqa: ANN401 - as boto3
        self._backend.hide(self._received, change["VisibilityTimeout"])


def _event(received: Received) -> dict[str, list[Record]]:
    record = {
        "messageId": received.id,
        "receiptHandle": received.receipt,
        "body": received.body,
        "attributes": {"ApproximateReceiveCount": str(received.receives)},
        "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{received.queue}",
    }
    return {"Records": [record]}


def _fallback_text(_address: ChannelAddress) -> str:
    return FALLBACK_TEXT
