"""The alarms of the template, and the figures that they watch."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cococat.bootstrap import common, listening
from cococat.core import dead_letters
from cococat.core.listener import Hold
from tests.support.cloud import STACK
from tests.support.deployed import Deployed
from tests.support.lifecycle import WEB
from tests.support.network import Network
from tests.support.telegram import token
from tests.support.template import resources

pytestmark = pytest.mark.aws

Metric = tuple[str, str, tuple[tuple[str, Any], ...]]
"""Namespace, name, and the dimensions' names and values."""
ALARMS = {
    name: each["Properties"]
    for name, each in resources().items()
    if each["Type"] == "AWS::CloudWatch::Alarm"
}
OURS = [name for name, each in ALARMS.items() if each["Namespace"] == "CocoCat"]
OUTBOX = f"{STACK}-outbox-dlq.fifo"


def emitted(said: str) -> dict[Metric, float]:
    """Return each figure in the log *said*, and its last value."""
    return {key: value for line in said.splitlines() for key, value in _figures(line)}


def _figures(line: str) -> Iterator[tuple[Metric, float]]:
    told = json.loads(line)
    for directive in told.get("_aws", {}).get("CloudWatchMetrics", []):
        (names,) = directive["Dimensions"]
        dimensions = tuple((name, told[name]) for name in names)
        for metric in directive["Metrics"]:
            (value,) = told[metric["Name"]]
            yield (directive["Namespace"], metric["Name"], dimensions), value


def watched(alarm: dict[str, Any]) -> Metric:
    """Return the figure that *alarm* watches, in the stack of the tests."""
    known = {("Ref", "AWS::StackName"): STACK}
    dimensions = tuple(
        (each["Name"], known.get(each["Value"], each["Value"])) for each in alarm["Dimensions"]
    )
    return alarm["Namespace"], alarm["MetricName"], dimensions


def figure(capsys: pytest.CaptureFixture[str], name: str) -> float:
    """Return the figure *name*, as it was shown since the last time."""
    return emitted(capsys.readouterr().out)["CocoCat", name, (("stack", STACK),)]


class Quiet:
    """A listener that hears nothing."""

    silence = 60.0

    def run(self, hold: Hold) -> None:
        """Wait for the end."""
        while hold.wait(5):
            pass

    def stop(self) -> None:
        """Do nothing."""

    def probe(self) -> bool:
        """Live."""
        return True


def listen() -> None:
    """Let a sidecar have a bot, and show so."""
    keeper = listening.keeper({"telegram"}, lambda _binding: Quiet())
    keeper.tick()
    keeper.hand_over()


def test_each_alarm_watches_what_is_shown(
    stack: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the keeper or by a sidecar, under the same name and with the same dimensions."""
    vars(common.libraries())["http"] = Network()
    stack.connect("telegram", {"bot_token": token()})
    stack.keep()
    stack.run("sidecar", lambda _event, _context: listen(), {})
    shown = emitted(capsys.readouterr().out)

    assert len(OURS) == 5
    assert [name for name in OURS if watched(ALARMS[name]) not in shown] == []


def test_the_outbox_is_watched_by_its_queue() -> None:
    """Which a dead-letter queue of the template is, by a figure that redriving moves."""
    assert watched(ALARMS["OutboxDeadLettersAlarm"]) == (
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        (("QueueName", ("GetAtt", "OutboxDeadLetters.QueueName")),),
    )
    redrive = resources()["Outbox"]["Properties"]["RedrivePolicy"]
    assert redrive["deadLetterTargetArn"] == ("GetAtt", "OutboxDeadLetters.Arn")


@pytest.mark.parametrize("name", ALARMS)
def test_each_alarm_tells_the_topic(name: str) -> None:
    """Also when all is well again, and nobody where there is no topic."""
    told = ("If", ["HasAlarmTopic", [("Ref", "AlarmTopicArn")], ("Ref", "AWS::NoValue")])

    assert ALARMS[name]["AlarmActions"] == ALARMS[name]["OKActions"] == told


class TestOpenDeadLetters:
    """What waits for a person."""

    def test_are_counted_until_a_person_has_seen_to_them(
        self, stack: Deployed, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Those that the keeper has just moved there, too."""
        stack.connect("web_api", WEB)
        dead = stack.cloud.sqs.get_queue_url(QueueName=f"{STACK}-mailbox-shop-dlq.fifo")
        fill(stack, dead["QueueUrl"], "killed")
        table = stack.cloud.messages()
        dead_letters.bury(table, dead_letters.letter("m", "outbox", "unknown", "b", 1))
        stack.keep()
        assert figure(capsys, "OpenDeadLetters") == 2
        for letter in table.open_letters(10):
            table.put(letter.to_item() | {"dead_state": "done"}, replacing=letter.version)
        stack.keep()

        assert figure(capsys, "OpenDeadLetters") == 0

    def test_a_crowd_of_them_costs_one_page(self, stack: Deployed) -> None:
        """Some are told from none, whatever they weigh."""
        table = stack.cloud.messages()
        for name in "abcdef":
            body = name * 256 * 1024
            dead_letters.bury(table, dead_letters.letter(name, "mailbox", "killed", body, 1))
        stack.cloud.calls.take()

        assert 0 < table.count_open() <= 6
        assert stack.cloud.calls.take() == ["Query"]

    def test_are_shown_where_queues_can_not_be_reached(
        self, stack: Deployed, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """And so is that the keeper has failed."""
        stack.connect("web_api", WEB)
        dead_letters.bury(
            stack.cloud.messages(), dead_letters.letter("m", "outbox", "unknown", "b", 1)
        )
        stack.restart()
        break_call("sqs", "GetQueueUrl")
        stack.keep()
        shown = {name: value for (_, name, _), value in emitted(capsys.readouterr().out).items()}

        assert shown == {"OpenDeadLetters": 1, "KeeperFailures": 2}


class TestDeadLetterQueues:
    """What the keeper can not move."""

    def test_it_is_counted_over_all_mailboxes(
        self, stack: Deployed, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Though the try has just hidden some of it; the outbox's is told by SQS itself."""
        for target in ("shop", "bank"):
            config = WEB | {"endpoint": f"/api/channel/{target}"}
            stack.connect("web_api", config, target_id=target)
            dead = stack.cloud.sqs.get_queue_url(QueueName=f"{STACK}-mailbox-{target}-dlq.fifo")
            fill(stack, dead["QueueUrl"], "one", "two")
        fill(stack, stack.cloud.sqs.create_queue(**FIFO)["QueueUrl"], "three")
        break_call("dynamodb", "PutItem")
        assert stack.keep()["dead letters"] == -1

        assert figure(capsys, "MailboxDeadLetters") == 4

    def test_nothing_is_left_where_all_is_well(
        self, stack: Deployed, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """And no task has failed."""
        stack.connect("web_api", WEB)
        stack.keep()
        shown = {name: value for (_, name, _), value in emitted(capsys.readouterr().out).items()}

        assert shown == {"OpenDeadLetters": 0, "MailboxDeadLetters": 0, "KeeperFailures": 0}


FIFO: dict[str, Any] = {"QueueName": OUTBOX, "Attributes": {"FifoQueue": "true"}}


def fill(stack: Deployed, url: str, *bodies: str) -> None:
    """Let *bodies* be in the queue at *url*."""
    for body in bodies:
        stack.cloud.sqs.send_message(
            QueueUrl=url, MessageBody=body, MessageGroupId=body, MessageDeduplicationId=body
        )


def break_call(service: str, operation: str) -> None:
    """Let the functions' calls of *operation* fail from now on."""

    def fail(**_: object) -> None:
        raise ConnectionError

    client = common.sqs() if service == "sqs" else common.dynamodb()
    client.meta.events.register(f"before-call.{service}.{operation}", fail)
