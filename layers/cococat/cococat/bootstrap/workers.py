"""The workers behind the queues, wired: heartbeat and outbox."""

from dataclasses import replace
from functools import cache

from cococat import agents
from cococat.aws.mailboxes import agent_of
from cococat.aws.observations import ObservationTable
from cococat.aws.queues import SqsOutbox
from cococat.bootstrap.common import (
    CLOCK,
    channels,
    directory,
    dynamodb,
    environment,
    messages,
    sqs,
)
from cococat.core.agent import Agent
from cococat.core.attachments import ChannelOpener
from cococat.core.errors import AgentUnavailable
from cococat.core.heartbeat import ChannelSide, Heartbeat
from cococat.core.ids import ChannelAddress
from cococat.core.message_record import MessageRecord
from cococat.core.messages import FALLBACK_TEXT
from cococat.core.outbox import OutboxWorker
from cococat.core.progress import LiveProgress, Progress, ShowsProgress, Silent
from cococat.core.reply_address import ReplyAddress


@cache
def heartbeat(queue_arn: str) -> Heartbeat:
    """Return the heartbeat of the mailbox with *queue_arn*."""
    name = agent_of(environment().stack, queue_arn)
    return Heartbeat(
        agent_name=name,
        agent=lambda: _agent(name),
        items=messages(),
        outbox=SqsOutbox(sqs(), environment().outbox_url),
        clock=CLOCK,
        observations=_observations(),
        channels=ChannelSide(
            fallback_text=_fallback_text,
            opener=ChannelOpener(directory(), channels(), CLOCK),
            progress=_progress,
        ),
    )


def _progress(to: ReplyAddress, record: MessageRecord) -> Progress:
    """Begin to show how an answer grows, where its channel can, and somebody is to see it."""
    binding = directory().by_address(to.address)
    if record.probe or binding is None:
        return Silent()
    channel = channels().bind(binding)
    if isinstance(channel, ShowsProgress):
        return LiveProgress(channel, to, record, messages()).start()
    return Silent()


@cache
def outbox() -> OutboxWorker:
    """Return the outbox's worker."""
    return OutboxWorker(
        items=messages(),
        directory=directory(),
        channels=channels(),
        observations=_observations(),
        clock=CLOCK,
    )


def _observations() -> ObservationTable:
    return ObservationTable(dynamodb(), environment().channels_table)


def _agent(name: str) -> Agent:
    spec = directory().agent(name)
    if spec is None:
        detail = "not published"
        raise AgentUnavailable(detail)
    return agents.load(replace(spec, secrets=directory().agent_secrets(name)))


def _fallback_text(address: ChannelAddress) -> str:
    return str(directory().options(address).get("fallback_text", FALLBACK_TEXT))
