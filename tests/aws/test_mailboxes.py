import json
from typing import Any

import pytest

from cococat.aws.mailboxes import agent_of, queue_name
from cococat.core.agent_spec import AgentSpec
from cococat.core.errors import ConfigError
from tests.support.cloud import CONCURRENCY, HEARTBEAT_TIMEOUT, STACK, Cloud

pytestmark = pytest.mark.aws

ECHO = AgentSpec(name="support", kind="echo")
EXTERNAL = AgentSpec(name="support", kind="external")
MAILBOX, DEAD = f"{STACK}-mailbox-support.fifo", f"{STACK}-mailbox-support-dlq.fifo"
COMMON = {
    "FifoQueue": "true",
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "messageGroup",
    "FifoThroughputLimit": "perMessageGroupId",
    "SqsManagedSseEnabled": "true",
}


def attributes(cloud: Cloud, name: str) -> dict[str, str]:
    """Return the attributes of the queue called *name* that we set, and its ARN."""
    url = cloud.sqs.get_queue_url(QueueName=name)["QueueUrl"]
    answer = cloud.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    ours = {*COMMON, "VisibilityTimeout", "MessageRetentionPeriod", "RedrivePolicy", "QueueArn"}
    return {str(key): value for key, value in answer["Attributes"].items() if key in ours}


def mappings(cloud: Cloud) -> list[Any]:
    """Return the event source mappings."""
    return cloud.lambda_.list_event_source_mappings()["EventSourceMappings"]


class TestEnsure:
    """An agent gets its mailbox."""

    def test_a_mailbox_is_a_fifo_queue_with_its_dead_letters(self, cloud: Cloud) -> None:
        """Hidden for the heartbeat's timeout and 30 seconds, shown 20 times, kept 4 days."""
        url = cloud.mailboxes().ensure(ECHO)

        assert url.endswith(MAILBOX)
        assert cloud.queues() == [DEAD, MAILBOX]
        dead = attributes(cloud, DEAD)
        found = attributes(cloud, MAILBOX)
        redrive = json.loads(found.pop("RedrivePolicy"))
        assert redrive == {"deadLetterTargetArn": dead["QueueArn"], "maxReceiveCount": 20}
        assert found == COMMON | {
            "VisibilityTimeout": str(HEARTBEAT_TIMEOUT + 30),
            "MessageRetentionPeriod": str(4 * 24 * 3600),
            "QueueArn": found["QueueArn"],
        }

    def test_the_dead_letters_are_kept_longer(self, cloud: Cloud) -> None:
        """Two weeks, as long as SQS keeps anything."""
        cloud.mailboxes().ensure(ECHO)

        found = attributes(cloud, DEAD)
        assert found == COMMON | {
            "VisibilityTimeout": "30",
            "MessageRetentionPeriod": str(14 * 24 * 3600),
            "QueueArn": found["QueueArn"],
        }

    def test_the_heartbeat_empties_it(self, cloud: Cloud) -> None:
        """One message at a time, failed ones reported, so many at once as the template says."""
        asked: list[Any] = []
        cloud.lambda_.meta.events.register(
            "provide-client-params.lambda.CreateEventSourceMapping",
            lambda params, **_: asked.append(params),
            unique_id="asked",
        )
        cloud.mailboxes().ensure(ECHO)

        assert asked == [
            {
                "EventSourceArn": attributes(cloud, MAILBOX)["QueueArn"],
                "FunctionName": cloud.heartbeat,
                "BatchSize": 1,
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
                "ScalingConfig": {"MaximumConcurrency": CONCURRENCY},
            }
        ]
        assert len(mappings(cloud)) == 1

    def test_again_it_changes_nothing(self, cloud: Cloud) -> None:
        """The same queues, one mapping, the same URL."""
        urls = {cloud.mailboxes().ensure(ECHO) for _ in range(3)}

        assert len(urls) == 1
        assert cloud.queues() == [DEAD, MAILBOX]
        assert len(mappings(cloud)) == 1

    def test_what_was_changed_by_hand_is_mended(self, cloud: Cloud) -> None:
        """A deleted dead-letter queue and changed attributes come back."""
        url = cloud.mailboxes().ensure(ECHO)
        before = attributes(cloud, MAILBOX)
        cloud.sqs.set_queue_attributes(
            QueueUrl=url, Attributes={"VisibilityTimeout": "1", "MessageRetentionPeriod": "60"}
        )
        cloud.mailboxes().ensure(ECHO)

        assert attributes(cloud, MAILBOX) == before

    def test_an_external_agent_empties_its_own(self, cloud: Cloud) -> None:
        """It has a queue and no mapping."""
        cloud.mailboxes().ensure(EXTERNAL)

        assert cloud.queues() == [DEAD, MAILBOX]
        assert mappings(cloud) == []

    def test_an_agent_may_change_its_kind(self, cloud: Cloud) -> None:
        """The mapping comes and goes with it; the queue and what is in it stay."""
        counts = []
        for agent in (ECHO, EXTERNAL, ECHO):
            cloud.mailboxes().ensure(agent)
            counts.append(len(mappings(cloud)))

        assert counts == [1, 0, 1]
        assert cloud.queues() == [DEAD, MAILBOX]

    def test_what_is_known_of_the_agent_is_kept(self, cloud: Cloud) -> None:
        """The heartbeat looks its agent up."""
        spec = AgentSpec(name="support", kind="python", options={"handler": "a:b"})
        cloud.mailboxes().ensure(spec)

        assert cloud.channels().agent("support") == spec

    def test_a_name_that_is_too_long_leaves_nothing_behind(self, cloud: Cloud) -> None:
        """SQS takes 80 characters; what can't be made is not noted either."""
        mailboxes = cloud.mailboxes("s" * 60)

        with pytest.raises(ConfigError, match="80 characters"):
            mailboxes.ensure(ECHO)
        assert cloud.items() == []
        assert mailboxes.remove_all() == []


class TestMend:
    """The keeper looks after a mailbox each minute."""

    @pytest.mark.parametrize("agent", [ECHO, EXTERNAL], ids=lambda agent: agent.kind)
    def test_what_is_whole_is_left_alone(self, cloud: Cloud, agent: AgentSpec) -> None:
        """Nothing is written, so that nothing set by hand is lost."""
        url = cloud.mailboxes().ensure(agent)
        cloud.sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1"})
        cloud.calls.take()

        assert cloud.mailboxes().mend(agent) == 0
        assert set(cloud.calls.take()) == {
            "GetQueueUrl",
            "GetQueueAttributes",
            "ListEventSourceMappings",
        }
        assert attributes(cloud, MAILBOX)["VisibilityTimeout"] == "1"

    @pytest.mark.parametrize("missing", [[MAILBOX], [DEAD], [MAILBOX, DEAD]])
    def test_a_queue_that_is_gone_is_made(self, cloud: Cloud, missing: list[str]) -> None:
        """With its dead letters, and once."""
        cloud.mailboxes().ensure(ECHO)
        for name in missing:
            url = cloud.sqs.get_queue_url(QueueName=name)["QueueUrl"]
            cloud.sqs.delete_queue(QueueUrl=url)

        assert [cloud.mailboxes().mend(ECHO) for _ in range(2)] == [1, 0]
        assert cloud.queues() == [DEAD, MAILBOX]
        redrive = json.loads(attributes(cloud, MAILBOX)["RedrivePolicy"])
        assert redrive["deadLetterTargetArn"] == attributes(cloud, DEAD)["QueueArn"]
        assert len(mappings(cloud)) == 1

    def test_a_mapping_that_is_gone_is_made(self, cloud: Cloud) -> None:
        """The heartbeat empties the mailbox again."""
        cloud.mailboxes().ensure(ECHO)
        cloud.lambda_.delete_event_source_mapping(UUID=mappings(cloud)[0]["UUID"])

        assert [cloud.mailboxes().mend(ECHO) for _ in range(2)] == [1, 0]
        assert len(mappings(cloud)) == 1

    def test_a_mapping_that_is_off_is_switched_on(self, cloud: Cloud) -> None:
        """Whoever switched it off: nobody would answer any more."""
        cloud.mailboxes().ensure(ECHO)
        (mapping,) = mappings(cloud)
        cloud.lambda_.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)

        assert [cloud.mailboxes().mend(ECHO) for _ in range(2)] == [1, 0]
        assert [each["State"] for each in mappings(cloud)] == ["Enabled"]

    def test_a_mapping_of_an_external_agent_goes(self, cloud: Cloud) -> None:
        """Two would empty one mailbox."""
        cloud.mailboxes().ensure(ECHO)

        assert [cloud.mailboxes().mend(EXTERNAL) for _ in range(2)] == [1, 0]
        assert mappings(cloud) == []

    def test_a_mapping_that_another_one_has_just_made_is_no_error(
        self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Two connects, or a connect and the keeper, at once."""
        mailboxes = cloud.mailboxes()
        mailboxes.ensure(ECHO)
        errors = cloud.lambda_.exceptions

        def refuse(**_: object) -> None:
            error: Any = {"Error": {"Code": "ResourceConflictException"}}
            raise errors.ResourceConflictException(error, "CreateEventSourceMapping")

        monkeypatch.setattr(mailboxes, "_mappings", lambda _: [])
        monkeypatch.setattr(cloud.lambda_, "create_event_source_mapping", refuse)

        assert mailboxes.make(ECHO).endswith(MAILBOX)

    def test_a_mapping_that_is_as_it_should_be_is_not_touched(
        self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """One that was just made refuses every change for a while."""
        mailboxes = cloud.mailboxes()
        mailboxes.ensure(ECHO)
        as_it_is = [mappings(cloud)[0] | {"ScalingConfig": {"MaximumConcurrency": CONCURRENCY}}]
        monkeypatch.setattr(mailboxes, "_mappings", lambda _: as_it_is)
        cloud.calls.take()
        mailboxes.make(ECHO)

        assert [call for call in cloud.calls.take() if call.endswith("EventSourceMapping")] == []


class TestRemoveAll:
    """The stack is deleted."""

    def test_everything_is_removed(self, cloud: Cloud) -> None:
        """Queues, dead-letter queues, mappings and what was noted of them."""
        for name in ("one", "two"):
            cloud.mailboxes().ensure(AgentSpec(name=name, kind="echo"))

        assert sorted(cloud.mailboxes().remove_all()) == ["one", "two"]
        assert (cloud.queues(), mappings(cloud), cloud.items()) == ([], [], [])

    def test_again_it_does_nothing(self, cloud: Cloud) -> None:
        """A second try after a first one is no error."""
        cloud.mailboxes().ensure(ECHO)
        cloud.mailboxes().remove_all()

        assert cloud.mailboxes().remove_all() == []

    def test_a_try_that_was_interrupted_is_finished(self, cloud: Cloud) -> None:
        """Whatever is gone already is no obstacle."""
        url = cloud.mailboxes().ensure(ECHO)
        cloud.sqs.delete_queue(QueueUrl=url)
        cloud.mailboxes().remove_all()

        assert (cloud.queues(), cloud.items()) == ([], [])

    def test_other_stacks_are_left_alone(self, cloud: Cloud) -> None:
        """Neither their queues nor others of ours."""
        other = cloud.sqs.create_queue(
            QueueName="other-mailbox-support.fifo", Attributes={"FifoQueue": "true"}
        )
        cloud.mailboxes().ensure(ECHO)
        cloud.mailboxes().remove_all()

        assert cloud.queues() == ["other-mailbox-support.fifo"]
        assert cloud.sqs.get_queue_attributes(QueueUrl=cloud.outbox_url)
        assert other["QueueUrl"]


@pytest.mark.parametrize("agent", ["support", "a-b_C", "a" * 30])
def test_a_queue_names_its_agent(agent: str) -> None:
    """The heartbeat knows from the queue whose mailbox it empties."""
    arn = f"arn:aws-cn:sqs:cn-north-1:123456789012:{queue_name(STACK, agent)}"

    assert agent_of(STACK, arn) == agent
