"""A stack whose handlers run in this process, in virtual time, over moto's imitation of AWS."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from moto.sqs.models import Queue

from cococat.aws.admin_keys import AdminKeySecret
from cococat.bootstrap import publishing
from cococat.core.admin_keys import make
from cococat.core.clock import SystemClock
from cococat.core.http import Request, Response
from cococat.simulators.wechat import Account, WeChatPlatform
from functions import (
    attachments,
    channels,
    feishu,
    heartbeat,
    keeper,
    mailboxes,
    outbox,
    web_api,
    wechat,
    weixin,
)
from tests.support.clock import FakeClock
from tests.support.cloud import STACK, Cloud
from tests.support.process import fresh

Handler = Callable[[dict[str, Any], Any], Any]
DOORS: dict[str, Handler] = {
    "feishu": feishu.handler,
    "wechat": wechat.handler,
    "weixin": weixin.handler,
}
ACCOUNT = Account(app_id="wx0123456789abcdef", token="TokenOfTheConsole")
CALLER = "192.0.2.1"


class Context:
    """Lambda's context, with 60 seconds left."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the time that is left."""
        return 60_000


@dataclass
class Deployed:
    """
    The stack, and whoever uses it.

    Attributes:
        cloud: its AWS.
        key: an operator's key.
        running: which function runs, for whoever looks on.

    """

    cloud: Cloud
    key: str = ""
    running: str = ""
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def clock(self) -> FakeClock:
        """Return the only clock that there is."""
        return self.cloud.clock

    def make_key(self, scope: str = "manage") -> str:
        """Make an operator's key, which is good at once in a new process."""
        key, kept = make(scope)
        secret = AdminKeySecret(self.cloud.secrets(), STACK, self.clock)
        secret.change(lambda keys: [*keys, kept])
        return key

    def manage(
        self, method: str, path: str, body: object = None, *, key: str | None = None, **headers: str
    ) -> Response:
        """Send one request of an operator."""
        path, _, query = path.partition("?")
        given = {"authorization": f"Bearer {self.key if key is None else key}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        raw = b"" if body is None else json.dumps(body).encode("ascii")
        request = Request(method=method, path=path, query=query, headers=given, body=raw)
        return to_response(self.run("channels", channels.handler, to_event(request)))

    def connect(self, kind: str, config: dict[str, Any], **members: Any) -> Response:  # noqa: ANN401 - JSON
        """Want a channel of the scene `shop`."""
        headers = {name: members.pop(name) for name in ("if_match",) if name in members}
        wanted = {"target_type": "scene", "target_id": "shop", "channel_type": kind} | members
        path = "/api/channels/connect"
        return self.manage("POST", path, wanted | {"config": config}, **headers)

    def disconnect(self, kind: str, **members: Any) -> Response:  # noqa: ANN401 - JSON
        """Want it no more."""
        wanted = {"target_type": "scene", "target_id": "shop", "channel_type": kind} | members
        return self.manage("POST", "/api/channels/disconnect", wanted)

    def status(self, kind: str, target: str = "scene/shop") -> dict[str, Any]:
        """Return what an operator sees of a channel."""
        answer = self.manage("GET", f"/api/channels/{target}/{kind}")
        assert answer.status == 200, answer.body
        found: dict[str, Any] = json.loads(answer.body)
        return found

    def keep(self) -> dict[str, int]:
        """Let the keeper do its turn."""
        done: dict[str, int] = self.run("keeper", keeper.handler, {"source": "aws.events"})
        return done

    def door(self, request: Request) -> Response:
        """Bring *request* to the door that API Gateway would bring it to."""
        kind = request.path.split("/")[3]
        name, handler = (kind, DOORS[kind]) if kind in DOORS else ("web-api", web_api.handler)
        return to_response(self.run(name, handler, to_event(request)))

    def attachment(self, ref: str) -> Response:
        """Ask for a file as an agent outside does."""
        request = Request(method="GET", path=f"/api/attachments/{ref}")
        return to_response(self.run("attachments", attachments.handler, to_event(request)))

    def account(
        self, path: str = "/api/channel/wechat/shop", account: Account = ACCOUNT
    ) -> WeChatPlatform:
        """Return the platform's side of a wechat channel."""
        return WeChatPlatform(
            account=account,
            transport=self.door,
            path=path,
            now=self.clock.now,
            pause=self.clock.advance,
        )

    def work(self) -> None:
        """Let heartbeats and outbox do what there is to do, also while another one waits."""
        with self._as(""):
            for name in self.cloud.queues():
                if "-mailbox-" in name and "-dlq" not in name:
                    self._work_off(name, "heartbeat", heartbeat.handler)
            self._work_off(f"{STACK}-outbox.fifo", "outbox", outbox.handler)

    def restart(self) -> None:
        """Let all processes end: the next calls find cold ones."""
        with fresh(self.environment):
            pass

    def run(self, name: str, handler: Handler, event: dict[str, Any]) -> Any:  # noqa: ANN401 - as it returns
        """Run a function."""
        with self._as(name):
            return handler(event, Context())

    @contextmanager
    def _as(self, name: str) -> Iterator[None]:
        before, self.running = self.running, name
        try:
            yield
        finally:
            self.running = before

    def _work_off(self, name: str, function: str, handler: Handler) -> None:
        url = self.cloud.sqs.get_queue_url(QueueName=name)["QueueUrl"]
        while received := self.cloud.sqs.receive_message(
            QueueUrl=url, MessageSystemAttributeNames=["All"]
        ).get("Messages"):
            receipt = received[0]["ReceiptHandle"]
            record = {
                "messageId": received[0]["MessageId"],
                "receiptHandle": receipt,
                "body": received[0]["Body"],
                "attributes": received[0]["Attributes"],
                "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{name}",
            }
            report = self.run(function, handler, {"Records": [record]})
            if not report["batchItemFailures"]:
                self.cloud.sqs.delete_message(QueueUrl=url, ReceiptHandle=receipt)


@contextmanager
def deployed(*, has_bucket: bool = False, **environment: str) -> Iterator[Deployed]:
    """Run a stack for the time of the body, inside `mock_aws()`; echo answers everywhere."""
    cloud = Cloud()
    whole = cloud.environment | cloud.deployment | {"DEFAULT_AGENT_KIND": "echo"} | environment
    if has_bucket:
        whole["ATTACHMENT_BUCKET"] = cloud.bucket
    with pytest.MonkeyPatch.context() as patch:
        let_queues_rest(patch)
        patch.setattr(SystemClock, "now", lambda _: cloud.clock.now())
        patch.setattr(SystemClock, "sleep", lambda _, seconds: cloud.clock.sleep(seconds))
        with fresh(whole):
            stack = Deployed(cloud, environment=whole)
            stack.key = stack.make_key()
            cloud.clock.while_asleep = stack.work
            yield stack


def publish(stack: Deployed, folder: Any) -> dict[str, str]:  # noqa: ANN401 - a folder
    """Publish the scenes in *folder*, as the custom resource does."""
    told: dict[str, str] = stack.run(
        "mailboxes", lambda _event, _context: publishing.deploy(folder), {}
    )
    return told


def publish_now(stack: Deployed, files: dict[str, str]) -> dict[str, Any]:
    """Publish *files* without a deploy, as an operator does."""
    told: dict[str, Any] = stack.run("mailboxes", mailboxes.handler, {"scenes": files})
    return told


def let_queues_rest(patch: pytest.MonkeyPatch) -> None:
    """Let queues hold what they get: moto would call their functions at once, in containers."""
    nobody = property(lambda _: {}, lambda _queue, _mappings: None)
    patch.setattr(Queue, "lambda_event_source_mappings", nobody, raising=False)


def to_event(request: Request) -> dict[str, Any]:
    """Return *request* as API Gateway hands it to Lambda."""
    http = {"method": request.method, "path": request.path, "sourceIp": CALLER}
    return {
        "version": "2.0",
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": request.headers,
        "requestContext": {"http": http, "stage": "$default"},
        "body": request.body.decode("utf-8"),
        "isBase64Encoded": False,
    }


def to_response(answer: dict[str, Any]) -> Response:
    """Return what API Gateway makes of Lambda's *answer*."""
    return Response(status=answer["statusCode"], body=answer["body"], headers=answer["headers"])
