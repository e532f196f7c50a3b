"""The dead-letter queues behind mailboxes and outbox: what lands there goes into the table."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

BATCH = 10
MOST = 200
"""Messages that are moved from one queue in one go; the next minute takes the rest."""


class Backstop:
    """
    Empties dead-letter queues.

    Args:
        sqs: the client.
        bury: keeps one message: queue (mailbox or outbox), agent, body.

    """

    def __init__(self, sqs: "SQSClient", bury: Callable[[str, str, str], None]) -> None:
        self._sqs = sqs
        self._bury = bury

    def empty(self, url: str, kind: str, agent: str) -> int:
        """
        Keep and delete what is in the queue at *url* and return how many messages that were.

        Args:
            url: of the dead-letter queue.
            kind: what it stands behind: mailbox or outbox.
            agent: whose mailbox that is, empty for the outbox.

        """
        moved = 0
        while moved < MOST:
            answer = self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=BATCH)
            messages = answer.get("Messages", [])
            if not messages:
                break
            for message in messages:
                self._bury(kind, agent, message["Body"])
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            moved += len(messages)
        return moved

    def left(self, url: str) -> int:
        """Return about how many messages the queue at *url* holds, those just tried too."""
        answer = self._sqs.get_queue_attributes(
            QueueUrl=url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )
        return sum(map(int, answer["Attributes"].values()))
