"""Making and removing the agents' mailboxes: a FIFO queue, its dead-letter queue, its mapping."""

import json
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from cococat.aws.agents_table import AgentsTable
from cococat.core.agent_spec import AgentSpec
from cococat.core.errors import ConfigError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import (
        EventSourceMappingConfigurationTypeDef,
        ScalingConfigTypeDef,
    )
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType

log = logging.getLogger(__name__)

MAX_QUEUE_NAME = 80
MAX_RECEIVES = 20
MARGIN = 30
"""Seconds that a message stays hidden past the heartbeat's own timeout."""
KEEP_MESSAGES = 4 * 24 * 3600
KEEP_DEAD = 14 * 24 * 3600


def queue_name(stack: str, agent: str, *, dead: bool = False) -> str:
    """
    Return the name of the mailbox of *agent*, or of its dead-letter queue.

    Raises:
        ConfigError: it would be longer than SQS takes.

    """
    name = f"{stack}-mailbox-{agent}{'-dlq' if dead else ''}.fifo"
    if len(name) > MAX_QUEUE_NAME:
        message = f"the stack's or the agent's name is too long: {name} has over 80 characters"
        raise ConfigError(message)
    return name


def agent_of(stack: str, queue_arn: str) -> str:
    """Return the agent whose mailbox has *queue_arn*."""
    name = queue_arn.rpartition(":")[2]
    return name.removeprefix(f"{stack}-mailbox-").removesuffix(".fifo")


class SqsMailboxes:
    """
    Makes, mends and removes mailboxes.

    Args:
        sqs: the client.
        lambda_: the client.
        agents: what is known of the agents.
        stack: the stack's name, the prefix of every queue.
        heartbeat: ARN of the function that empties them.
        heartbeat_timeout: that function's timeout, in seconds.
        concurrency: how many messages of one mailbox are worked on at a time.

    """

    def __init__(
        self,
        *,
        sqs: "SQSClient",
        lambda_: "LambdaClient",
        agents: AgentsTable,
        stack: str,
        heartbeat: str,
        heartbeat_timeout: int,
        concurrency: int,
    ) -> None:
        self._sqs = sqs
        self._lambda = lambda_
        self._agents = agents
        self._stack = stack
        self._heartbeat = heartbeat
        self._heartbeat_timeout = heartbeat_timeout
        self._concurrency = concurrency

    def ensure(self, agent: AgentSpec) -> str:
        """Keep *agent*, and make or mend its mailbox; see `publisher.Mailboxes`."""
        queue_name(self._stack, agent.name, dead=True)  # refuses a name that is too long
        self._agents.keep(agent)  # before there is a mailbox: so none is ever forgotten
        return self.make(agent)

    def make(self, agent: AgentSpec) -> str:
        """Make or mend the mailbox of *agent*, which is kept already, and return its URL."""
        name = queue_name(self._stack, agent.name)
        dead_name = queue_name(self._stack, agent.name, dead=True)
        dead = self._queue(dead_name, _dead_attributes())
        mailbox = self._queue(name, self._attributes(dead))
        self._map(agent, self._arn(mailbox))
        return mailbox

    def mend(self, agent: AgentSpec) -> int:
        """Make what is missing of the mailbox of *agent* and return whether anything was."""
        mailbox = self.url(queue_name(self._stack, agent.name))
        dead = self.url(queue_name(self._stack, agent.name, dead=True))
        wanted = 0 if agent.is_external else 1
        mappings = [] if mailbox is None else self._mappings(self._arn(mailbox))
        is_whole = mailbox and dead and len(mappings) == wanted
        if is_whole and not any(map(_is_off, mappings)):
            return 0
        log.warning("a mailbox is mended", extra={"agent": agent.name})
        self.make(agent)
        return 1

    def remove_all(self) -> list[str]:
        """Remove every mailbox with its mapping and dead-letter queue; return their agents."""
        names = self._agents.names()
        for name in names:
            self._remove(name)
        return names

    def _remove(self, agent: str) -> None:
        mailbox = self.url(queue_name(self._stack, agent))
        if mailbox is not None:
            for mapping in self._mappings(self._arn(mailbox)):
                self._lambda.delete_event_source_mapping(UUID=mapping["UUID"])
        for url in (mailbox, self.url(queue_name(self._stack, agent, dead=True))):
            if url is not None:
                self._sqs.delete_queue(QueueUrl=url)
        self._agents.forget(agent)

    def _queue(self, name: str, attributes: "dict[QueueAttributeNameType, str]") -> str:
        url = self.url(name)
        if url is None:
            fixed: dict[QueueAttributeNameType, str] = {"FifoQueue": "true"}
            return self._sqs.create_queue(QueueName=name, Attributes=fixed | attributes)["QueueUrl"]
        self._sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
        return url

    def _attributes(self, dead: str) -> "dict[QueueAttributeNameType, str]":
        redrive = {"deadLetterTargetArn": self._arn(dead), "maxReceiveCount": MAX_RECEIVES}
        return _throughput() | {
            "VisibilityTimeout": str(self._heartbeat_timeout + MARGIN),
            "MessageRetentionPeriod": str(KEEP_MESSAGES),
            "RedrivePolicy": json.dumps(redrive),
        }

    def _map(self, agent: AgentSpec, mailbox_arn: str) -> None:
        """Let the heartbeat empty the mailbox, unless the agent does so itself."""
        mappings = self._mappings(mailbox_arn)
        scaling: ScalingConfigTypeDef = {"MaximumConcurrency": self._concurrency}
        for mapping in mappings:
            if agent.is_external:
                self._lambda.delete_event_source_mapping(UUID=mapping["UUID"])
            # A new one takes no change for a while, so that only a needed one is asked for.
            elif mapping.get("ScalingConfig") != scaling or _is_off(mapping):
                self._lambda.update_event_source_mapping(
                    UUID=mapping["UUID"], ScalingConfig=scaling, Enabled=True
                )
        if not mappings and not agent.is_external:
            with suppress(self._lambda.exceptions.ResourceConflictException):  # just made
                self._lambda.create_event_source_mapping(
                    EventSourceArn=mailbox_arn,
                    FunctionName=self._heartbeat,
                    BatchSize=1,
                    FunctionResponseTypes=["ReportBatchItemFailures"],
                    ScalingConfig=scaling,
                )

    def _mappings(self, mailbox_arn: str) -> "list[EventSourceMappingConfigurationTypeDef]":
        found = self._lambda.list_event_source_mappings(
            EventSourceArn=mailbox_arn, FunctionName=self._heartbeat
        )
        return found["EventSourceMappings"]

    def url(self, name: str) -> str | None:
        """Return the URL of the queue called *name*, or None where there is none."""
        try:
            return self._sqs.get_queue_url(QueueName=name)["QueueUrl"]
        except self._sqs.exceptions.QueueDoesNotExist:
            return None

    def _arn(self, url: str) -> str:
        answer = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return answer["Attributes"]["QueueArn"]


def _is_off(mapping: "EventSourceMappingConfigurationTypeDef") -> bool:
    return mapping.get("State") in {"Disabled", "Disabling"}


def _throughput() -> "dict[QueueAttributeNameType, str]":
    return {
        "ContentBasedDeduplication": "false",
        "DeduplicationScope": "messageGroup",
        "FifoThroughputLimit": "perMessageGroupId",
        "SqsManagedSseEnabled": "true",
    }


def _dead_attributes() -> "dict[QueueAttributeNameType, str]":
    return _throughput() | {"MessageRetentionPeriod": str(KEEP_DEAD)}
