"""The handlers in functions/, called as Lambda calls them, over everything that they wire."""

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from cococat.bootstrap import common
from cococat.core.errors import ConfigError
from functions import heartbeat, mailboxes, outbox, web_api
from tests.support.cloud import STACK, Calls, Cloud
from tests.support.deployed import let_queues_rest
from tests.support.files import folder
from tests.support.process import fresh
from tests.support.receiver import receiver

pytestmark = [pytest.mark.aws, pytest.mark.allow_hosts(["127.0.0.1"])]

API_KEY = "canary-key-0123456789"
ENDPOINT = "/api/channel/web"
ENTRY = {"type": "web_api", "config": {"endpoint": ENDPOINT, "api_key": "${WEB_API_KEY}"}}
AGENTS = {
    "support": {"kind": "echo"},
    "python": {"kind": "python", "handler": "tests.support.handlers:raises"},
}
SCENES = folder(
    AGENTS,
    shop=[ENTRY],
    bank={
        "agent": "python",
        "channels": [
            {
                "type": "web_api",
                "config": {
                    "endpoint": "/api/channel/bank",
                    "api_key": API_KEY,
                    "options": {"fallback_text": "忙"},
                },
            }
        ],
    },
)


class Context:
    """Lambda's context, with 60 seconds left."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the time that is left."""
        return 60_000


@dataclass
class Deployment:
    """A stack whose handlers run in this process."""

    cloud: Cloud
    answers: list[dict[str, Any]] = field(default_factory=list)

    def custom_resource(self, kind: str) -> dict[str, Any]:
        """Let CloudFormation ask for *kind*, and return the answer."""
        with receiver() as received:
            event = {
                "RequestType": kind,
                "StackId": "arn:stack",
                "RequestId": kind,
                "LogicalResourceId": "Mailboxes",
                "ResponseURL": received.url,
                "ResourceProperties": {"Scenes": "1"},
            }
            mailboxes.handler(event, None)
            answer: dict[str, Any] = json.loads(received.got[0][2])
            return answer

    def request(
        self, method: str, path: str, body: dict[str, Any] | None = None, query: str = ""
    ) -> tuple[int, dict[str, Any]]:
        """Bring a request to the door; return status and JSON."""
        event = {
            "rawPath": path,
            "rawQueryString": query,
            "headers": {"Authorization": f"Bearer {API_KEY}"},
            "requestContext": {"http": {"method": method}, "stage": "$default"},
            "body": base64.b64encode(json.dumps(body).encode()).decode() if body else "",
            "isBase64Encoded": True,
        }
        answer = web_api.handler(event, None)
        return answer["statusCode"], json.loads(answer["body"])

    def ask(self, content: str, endpoint: str = ENDPOINT, **members: Any) -> str:  # noqa: ANN401
        """Ask and return the message's id."""
        question = {"user_id": "canary-user", "content": content} | members
        status, answer = self.request("POST", endpoint, question)
        assert status == 202
        return str(answer["id"])

    def fetch(self, identity: str, endpoint: str = ENDPOINT) -> dict[str, Any]:
        """Return what is known of a message."""
        status, answer = self.request("GET", f"{endpoint}/messages/{identity}")
        assert status == 200
        return answer

    def work(self, url: str, handler: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - Lambda's own
        """Let the event source mapping of a queue bring what is there to *handler*."""
        reports = []
        while records := self._records(url):
            report = handler({"Records": records}, Context())
            reports.append(report)
            if not report["batchItemFailures"]:
                self.cloud.sqs.delete_message(
                    QueueUrl=url, ReceiptHandle=records[0]["receiptHandle"]
                )
        return reports

    def mailbox(self, agent: str = "support") -> str:
        """Return the URL of the mailbox of *agent*."""
        name = f"{STACK}-mailbox-{agent}.fifo"
        return self.cloud.sqs.get_queue_url(QueueName=name)["QueueUrl"]

    def _records(self, url: str) -> list[dict[str, Any]]:
        answer = self.cloud.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=1, MessageSystemAttributeNames=["All"]
        )
        name = url.rpartition("/")[2]
        return [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
                "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{name}",
            }
            for message in answer.get("Messages", [])
        ]


@pytest.fixture(name="deployment")
def _deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    for name, text in SCENES.items():
        file = tmp_path / "published_scenes" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    let_queues_rest(monkeypatch)
    with mock_aws(), fresh((cloud := Cloud()).environment | cloud.deployment):
        cloud.secretsmanager.create_secret(
            Name=f"cococat/{STACK}/WEB_API_KEY", SecretString=API_KEY
        )
        deployment = Deployment(cloud)
        deployment.answers.append(deployment.custom_resource("Create"))
        yield deployment


class TestTheWay:
    """From one handler to the next."""

    def test_a_message_is_answered(self, deployment: Deployment) -> None:
        """Door, heartbeat, outbox, and the caller fetches the answer."""
        identity = deployment.ask("你好 🐈")
        assert deployment.fetch(identity)["state"] == "queued"
        assert len(deployment.work(deployment.mailbox(), heartbeat.handler)) == 1
        assert deployment.fetch(identity)["state"] == "running"
        assert len(deployment.work(deployment.cloud.outbox_url, outbox.handler)) == 1

        assert deployment.fetch(identity) == {
            "id": identity,
            "state": "answered",
            "reply": "你好 🐈",
            "format": "text",
            "card": None,
            "files": [],
            "fallback": False,
        }

    def test_a_failing_agent_is_reported_and_tried_again(self, deployment: Deployment) -> None:
        """The record goes back into its queue for a second; then there is the fallback."""
        endpoint, mailbox = "/api/channel/bank", deployment.mailbox("python")
        identity = deployment.ask("hello", endpoint)
        (first,) = deployment.work(mailbox, heartbeat.handler)
        time.sleep(1.1)
        second = deployment.work(mailbox, heartbeat.handler)
        deployment.work(deployment.cloud.outbox_url, outbox.handler)

        assert len(first["batchItemFailures"]) == 1
        assert second == [{"batchItemFailures": []}]
        answer = deployment.fetch(identity, endpoint)
        assert (answer["reply"], answer["fallback"]) == ("忙", True)
        letters = deployment.cloud.messages().open_letters(10)
        assert [(one.reason, one.agent) for one in letters] == [("agent_error", "python")]

    def test_a_warm_door_makes_one_call_beyond_its_own_item(self, deployment: Deployment) -> None:
        """PutItem of the message, SendMessage, and nothing else."""
        deployment.ask("warm up")
        calls = Calls()
        calls.watch(common.sqs(), common.dynamodb(), common.secrets()._client)
        deployment.ask("hello")

        assert calls.take() == ["PutItem", "SendMessage"]

    def test_a_cold_door_reads_its_channel_and_one_secret(self, deployment: Deployment) -> None:
        """A refresh adds one GetItem, and the first one a secret."""
        with fresh(deployment.cloud.environment):
            calls = Calls()
            calls.watch(common.sqs(), common.dynamodb(), common.secrets()._client)
            deployment.ask("hello")

        assert calls.take() == ["GetItem", "GetSecretValue", "PutItem", "SendMessage"]

    def test_the_door_refuses_as_the_channel_does(self, deployment: Deployment) -> None:
        """Statuses and uniform bodies go out through Lambda's answer."""
        statuses = {
            path: deployment.request("POST", path, {"user_id": 1})
            for path in (ENDPOINT, "/api/channel/nowhere")
        }

        assert statuses[ENDPOINT][0] == 400
        assert statuses["/api/channel/nowhere"] == (
            404,
            {"error": {"code": "not_found", "message": "There is nothing at this address."}},
        )

    def test_a_lost_environment_is_no_answer(self, deployment: Deployment) -> None:
        """A function that is set up wrongly fails and says what it lacks."""
        with (
            fresh(deployment.cloud.environment | {"OUTBOX_URL": ""}),
            pytest.raises(ConfigError, match="lacks OUTBOX_URL"),
        ):
            deployment.request("POST", ENDPOINT, {"user_id": "ann", "content": "hello"})


class TestTheCustomResource:
    """What CloudFormation is told."""

    def test_a_create_publishes_the_scenes(self, deployment: Deployment) -> None:
        """Two channels, two agents, no fault."""
        (answer,) = deployment.answers

        assert answer["Status"] == "SUCCESS"
        assert answer["PhysicalResourceId"] == f"{STACK}-mailboxes"
        assert answer["Data"] == {"Channels": "2", "Faults": "none"}
        assert len([name for name in deployment.cloud.queues() if "dlq" not in name]) == 2

    def test_an_update_keeps_the_id(self, deployment: Deployment) -> None:
        """A changed id would make CloudFormation delete the old resource."""
        answer = deployment.custom_resource("Update")

        assert answer["Status"] == "SUCCESS"
        assert answer["PhysicalResourceId"] == f"{STACK}-mailboxes"

    def test_a_delete_removes_all(self, deployment: Deployment) -> None:
        """Mailboxes, their dead letters, mappings and the channels' secrets."""
        answer = deployment.custom_resource("Delete")

        assert answer["Status"] == "SUCCESS"
        assert deployment.cloud.queues() == []
        assert deployment.cloud.secret_names() == [f"cococat/{STACK}/WEB_API_KEY"]
        assert deployment.custom_resource("Delete")["Status"] == "SUCCESS"

    def test_a_failure_is_told(
        self, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """CloudFormation hears of it, and nothing is swallowed."""

        def fail(**_: object) -> None:
            raise ConnectionError("no queue")

        common.sqs().meta.events.register("before-call.sqs.GetQueueUrl", fail)
        answer = deployment.custom_resource("Update")
        common.sqs().meta.events.unregister("before-call.sqs.GetQueueUrl", fail)

        assert (answer["Status"], answer["Reason"]) == ("FAILED", "ConnectionError: no queue")


def test_no_log_line_holds_what_anybody_said(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    """The structured log of all handlers has neither texts nor users nor keys."""
    with fresh(deployment.cloud.environment):
        for endpoint, agent in ((ENDPOINT, "support"), ("/api/channel/bank", "python")):
            deployment.ask("canary-content", endpoint)
            deployment.work(deployment.mailbox(agent), heartbeat.handler)
        deployment.work(deployment.cloud.outbox_url, outbox.handler)
        deployment.request("POST", "/api/channel/canary", {"user_id": "canary"})
        deployment.request("POST", ENDPOINT, {"user_id": "canary"})

    logged = capsys.readouterr().out
    lines = [json.loads(line) for line in logged.splitlines()]
    assert {"the agent gave no answer", "refused"} <= {line["message"] for line in lines}
    assert "canary" not in logged
