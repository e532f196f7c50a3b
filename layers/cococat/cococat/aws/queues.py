"""Mailboxes and outbox, as SQS FIFO queues."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from cococat.core.errors import MailboxUnavailable

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class SqsMailbox:
    """The way into every mailbox."""

    def __init__(self, sqs: "SQSClient") -> None:
        self._sqs = sqs

    def send(self, mailbox: str, body: str, *, group: str, deduplication: str) -> None:
        """Put *body* into *mailbox*; see `cococat.core.mailbox.Mailbox`."""
        try:
            self._sqs.send_message(
                QueueUrl=mailbox,
                MessageBody=body,
                MessageGroupId=group,
                MessageDeduplicationId=deduplication,
            )
        except (ClientError, BotoCoreError) as error:
            raise MailboxUnavailable(type(error).__name__) from error


class SqsOutbox:
    """The way into the outbox."""

    def __init__(self, sqs: "SQSClient", url: str) -> None:
        self._mailbox = SqsMailbox(sqs)
        self._url = url

    def send(self, body: str, *, group: str, deduplication: str) -> None:
        """Put *body* into the outbox; see `cococat.core.outbox_message.Outbox`."""
        self._mailbox.send(self._url, body, group=group, deduplication=deduplication)
