"""Verifying a channel whose agent is an external one that does not answer."""

import time
from dataclasses import replace

import pytest

from cococat.bootstrap.operator import Stack, StackAddress
from cococat.core.agent_spec import AgentSpec
from cococat.verify_channel.outside import outside_agent
from cococat.verify_channel.report import StepFailed
from cococat.verify_channel.watch import Watch
from tests.support import samples
from tests.support.cloud import STACK, Cloud

pytestmark = pytest.mark.aws

PARTNER = AgentSpec(name="partner", kind="external")
QUEUE = f"{STACK}-mailbox-partner.fifo"
START = (
    "start its process (python -m cococat.heartbeat --agent partner --handler MODULE:FUNCTION "
    f"--stack-name {STACK})"
)


class Partner:
    """An external agent with a mailbox, and an operator who verifies its channel."""

    def __init__(self, cloud: Cloud) -> None:
        self._sqs = cloud.sqs
        self.url = cloud.mailboxes().ensure(PARTNER)
        self.stack = Stack(StackAddress(stack_name=STACK, region="us-east-1"))
        vars(self.stack)["outputs"] = {
            "ChannelsTable": cloud.channels_table,
            "MessagesTable": cloud.messages_table,
        }
        self.binding = replace(samples.binding(), agent="partner", mailbox=self.url)

    def write(self, *texts: str) -> None:
        """Put messages of different conversations into the mailbox."""
        for text in texts:
            self._sqs.send_message(
                QueueUrl=self.url,
                MessageBody=text,
                MessageGroupId=text,
                MessageDeduplicationId=text,
            )

    def take(self) -> None:
        """Work on one of them."""
        self._sqs.receive_message(QueueUrl=self.url, VisibilityTimeout=60)

    def verify(self, timeout: float = 60) -> str:
        """Return what the step says that fails; no second of *timeout* really passes."""
        watch = Watch(
            stack=self.stack,
            agent="partner",
            deadline=time.monotonic(),
            timeout=timeout,
            outside=outside_agent(self.stack, self.binding),
        )
        with pytest.raises(StepFailed) as failed:
            watch.received(samples.identity())
        return str(failed.value)


@pytest.fixture(name="partner")
def _partner(cloud: Cloud) -> Partner:
    return Partner(cloud)


def test_a_process_that_is_down_is_to_be_started(partner: Partner) -> None:
    """The mailbox is named with what waits there; no mapping is, as it has none."""
    partner.write("one", "two")

    assert partner.verify() == (
        "external agent 'partner' did not answer within 60 s; "
        f"in its mailbox {QUEUE} 2 wait and 0 are being worked on: {START}"
    )


def test_a_process_that_works_has_a_log(partner: Partner) -> None:
    """It has a message, and is slow or stuck."""
    partner.write("one", "two")
    partner.take()

    assert partner.verify().endswith("1 wait and 1 are being worked on: look at its log")


def test_for_the_local_stack_no_name_is_needed(partner: Partner) -> None:
    """The command finds it by itself."""
    here = StackAddress(stack_name=STACK, region="us-east-1", aws_endpoint="http://127.0.0.1:1")
    outputs = partner.stack.outputs
    sqs, channels, messages = (
        getattr(partner.stack, each) for each in ("sqs", "channels", "messages")
    )
    partner.stack = Stack(here)
    vars(partner.stack).update(outputs=outputs, sqs=sqs, channels=channels, messages=messages)

    assert "--handler MODULE:FUNCTION)" in partner.verify()


def test_a_mailbox_that_can_not_be_read_is_still_named(partner: Partner, cloud: Cloud) -> None:
    """The verification fails at its step, and not as a command that can't run."""
    cloud.sqs.delete_queue(QueueUrl=partner.url)

    assert partner.verify().endswith(
        f"{START}; how many messages wait in its mailbox {QUEUE}, SQS does not tell"
    )


def test_a_short_time_hides_no_process_that_is_down(partner: Partner) -> None:
    """How the mailbox stands is told after any time; one who works may take longer."""
    said = partner.verify(timeout=1)
    assert "did not answer within 1 s; " in said
    assert said.endswith(f"0 wait and 0 are being worked on: {START}, or try a longer --timeout")
    partner.write("one", "two")
    assert partner.verify(timeout=1).endswith(f"2 wait and 0 are being worked on: {START}")
    partner.take()

    assert partner.verify(timeout=1).endswith("1 are being worked on: try a longer --timeout")


def test_an_agent_of_ours_is_none(partner: Partner, cloud: Cloud) -> None:
    """Nor is one that is not published."""
    cloud.mailboxes().ensure(AgentSpec(name="support", kind="echo"))

    for name in ("support", "nobody"):
        assert outside_agent(partner.stack, replace(partner.binding, agent=name)) is None
