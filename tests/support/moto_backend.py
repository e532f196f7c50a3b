"""The same in moto's imitation of AWS, through the package's own adapters."""

from functools import cached_property

from cococat.adapters.http import RequestsClient
from cococat.aws.channels_table import CACHE_SECONDS
from cococat.aws.queues import SqsMailbox, SqsOutbox
from cococat.aws.shelf import BucketShelf
from cococat.bootstrap.common import aws
from cococat.core.directory import ChannelBinding
from cococat.core.wishes import Wish
from tests.support import template
from tests.support.backends import VISIBILITY
from tests.support.cloud import STACK, Cloud
from tests.support.queues import Received

LONG = 900
"""Seconds for which moto hides a message; the virtual clock says when it is shown again."""


class MotoBackend:
    """`Backend` in moto; to be used inside `mock_aws()`."""

    def __init__(self) -> None:
        cloud = self._cloud = Cloud(visibility=LONG)
        self.clock = cloud.clock
        self._sqs = cloud.sqs
        self._cloud = cloud
        self.outbox_url = cloud.outbox_url
        self.items = cloud.messages()
        self.letters = self.items
        self.mailbox = SqsMailbox(cloud.sqs)
        self.outbox = SqsOutbox(cloud.sqs, cloud.outbox_url)
        self.directory = cloud.channels()
        self.bucket = RequestsClient()
        self._hidden: dict[str, tuple[Received, float]] = {}

    @cached_property
    def shelf(self) -> BucketShelf:
        """Return where files lie for agents outside: a bucket, made when it is first asked for."""
        return BucketShelf(aws().client("s3"), self._cloud.bucket, self.clock)

    def make_mailbox(self, agent: str) -> str:
        """Make the mailbox of *agent* and return its URL."""
        return template.make_queue(self._sqs, f"{STACK}-mailbox-{agent}.fifo", visibility=LONG)

    def connect(self, wish: Wish) -> ChannelBinding:
        """Let there be the channel of *wish*."""
        self._cloud.connect(wish)
        binding = self.directory.by_address(wish.address)
        assert binding is not None
        return binding

    def disconnect_all(self) -> None:
        """Let there be no channel any more, once the cached ones have grown old."""
        self._cloud.disconnect_all()
        self.clock.advance(CACHE_SECONDS)

    def receive(self, url: str) -> Received | None:
        """Return the first message of a queue that may be worked on now, and hide it."""
        self._show_due()
        answer = self._sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=1, MessageSystemAttributeNames=["All"]
        )
        if not answer.get("Messages"):
            return None
        message = answer["Messages"][0]
        received = Received(
            queue=url,
            id=message["MessageId"],
            receipt=message["ReceiptHandle"],
            body=message["Body"],
            receives=int(message["Attributes"]["ApproximateReceiveCount"]),
        )
        self.hide(received, VISIBILITY)
        return received

    def delete(self, received: Received) -> None:
        """Forget a message."""
        self._sqs.delete_message(QueueUrl=received.queue, ReceiptHandle=received.receipt)
        del self._hidden[received.id]

    def hide(self, received: Received, seconds: float) -> None:
        """Show a message again after *seconds*."""
        self._hidden[received.id] = (received, self.clock.now() + seconds)

    def next_due(self, url: str) -> float | None:
        """Return when a queue's next message is to be had, or None where it is empty."""
        waiting = self._sqs.get_queue_attributes(
            QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
        )["Attributes"]["ApproximateNumberOfMessages"]
        due = [at for received, at in self._hidden.values() if received.queue == url]
        return min(due, default=None if waiting == "0" else self.clock.now())

    def _show_due(self) -> None:
        for received, due in list(self._hidden.values()):
            if due <= self.clock.now():
                self._sqs.change_message_visibility(
                    QueueUrl=received.queue,
                    ReceiptHandle=received.receipt,
                    VisibilityTimeout=0,
                )
                del self._hidden[received.id]
