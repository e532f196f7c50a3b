"""The process of an external agent, wired: its mailbox and the outbox, and no table."""

from botocore.config import Config

from cococat.adapters.http import RequestsClient
from cococat.aws.mailbox_reader import SqsMailboxReader
from cococat.aws.mailboxes import queue_name
from cococat.aws.queues import SqsOutbox
from cococat.bootstrap.operator import Stack
from cococat.core.external_agent import ExternalAnswers, MailboxReader
from cococat.core.opened_files import Opener
from cococat.core.remote_files import RemoteFiles

CONNECT = 5
MARGIN = 10
"""Seconds that SQS may take longer than it was told to wait."""


def queues(
    stack: Stack, agent: str, *, concurrency: int, wait: int, visibility: int
) -> tuple[MailboxReader, ExternalAnswers]:
    """
    Return the way out of the mailbox of *agent* and the way into the outbox.

    Args:
        stack: the stack.
        agent: whose mailbox.
        concurrency: how many messages are worked on at a time.
        wait: seconds for which one request waits for a message.
        visibility: seconds for which a received message is hidden.

    Raises:
        ConfigError: the agent's name is too long for a queue's.

    """
    name = stack.address.stack_name
    sqs = stack.sqs_client(_config(concurrency, wait))
    mailbox = stack.queue_url(queue_name(name, agent))
    outbox = SqsOutbox(sqs, stack.queue_url(f"{name}-outbox.fifo"))
    return SqsMailboxReader(sqs, mailbox, visibility=visibility), ExternalAnswers(outbox)


def files(base_url: str) -> Opener:
    """Return what opens the files of messages by the doors at *base_url*."""
    return RemoteFiles(base_url, RequestsClient())


def _config(concurrency: int, wait: int) -> Config:
    return Config(
        connect_timeout=CONNECT,
        read_timeout=wait + MARGIN,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=concurrency + 2,
    )
