"""Real worker processes, killed with SIGKILL on their way; another one then goes on."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import pytest

from cococat.aws.queues import SqsMailbox
from cococat.core.agent_spec import AgentSpec
from cococat.core.clock import SystemClock
from cococat.core.ids import ChannelAddress
from cococat.core.scene_router import SceneRouter
from functions import web_api
from tests.support import samples, template, victim
from tests.support.cloud import STACK, Cloud
from tests.support.process import fresh
from tests.support.processes import Workers, moto_server

pytestmark = [pytest.mark.aws, pytest.mark.allow_hosts(["127.0.0.1"])]

VISIBILITY = 60
"""Seconds for which a queue hides a message; the tests don't wait for their end."""


class Stack:
    """A stack on moto's server, with workers in processes of their own."""

    def __init__(self, folder: Path, endpoint: str) -> None:
        self.folder = folder
        self.cloud = Cloud(visibility=VISIBILITY)
        self.runs = folder / "runs"
        self.runs.touch()
        self._numbers = count(1)
        self.environment = self.cloud.environment | {
            "AWS_ENDPOINT_URL": endpoint,
            victim.RUNS: str(self.runs),
        }
        self.workers = Workers(self.environment)

    def make_case(self) -> "Case":
        """Return a new agent with a mailbox and a web_api channel of its own."""
        name = f"case{next(self._numbers)}"
        agent = AgentSpec(name=name, kind="python", options={"handler": victim.AGENT})
        self.cloud.agents().keep(agent)
        mailbox = template.make_queue(
            self.cloud.sqs, f"{STACK}-mailbox-{name}.fifo", visibility=VISIBILITY
        )
        case = Case(self, name, mailbox)
        endpoint: dict[str, object] = {"endpoint": case.endpoint}
        address = replace(samples.ADDRESS, target_id=name)
        self.cloud.connect(samples.wish(address, config=endpoint, mailbox=mailbox, agent=name))
        return case


@dataclass(frozen=True)
class Case:
    """One conversation through the stack."""

    stack: Stack
    name: str
    mailbox: str

    @property
    def endpoint(self) -> str:
        """Return where it comes in."""
        return f"/api/channel/{self.name}"

    def ask(self) -> str:
        """Ask the agent and return the message's id."""
        question = {"user_id": "ann", "content": self.name}
        return str(self._request("POST", self.endpoint, json.dumps(question))["id"])

    def reply(self, identity: str) -> object:
        """Return the answer."""
        return self._request("GET", f"{self.endpoint}/messages/{identity}")["reply"]

    def runs(self) -> int:
        """Return how often the agent was run."""
        return self.stack.runs.read_text("utf-8").splitlines().count(self.name)

    def kill_heartbeat(self, point: str) -> None:
        """Kill a heartbeat at *point*, and let the queue show its message again."""
        self._kill(point, "heartbeat", self.mailbox)

    def kill_outbox(self, point: str) -> None:
        """Kill an outbox at *point*, and let the queue show its message again."""
        self._kill(point, "outbox", self.stack.cloud.outbox_url)

    def work_heartbeat(self) -> None:
        """Let another heartbeat work the message off."""
        self.stack.workers.work("heartbeat", self.mailbox)

    def work_outbox(self) -> None:
        """Let another outbox work the reply off."""
        self.stack.workers.work("outbox", self.stack.cloud.outbox_url)

    def left(self) -> int:
        """Return how many messages are in the two queues, hidden or not."""
        total = 0
        for url in (self.mailbox, self.stack.cloud.outbox_url):
            answer = self.stack.cloud.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
            found = answer["Attributes"]
            total += int(found["ApproximateNumberOfMessages"])
            total += int(found["ApproximateNumberOfMessagesNotVisible"])
        return total

    def reasons(self, identity: str) -> list[str]:
        """Return the reason of each of the message's dead letters."""
        letters = self.stack.cloud.messages().open_letters(100)
        return [letter.reason for letter in letters if letter.id == identity]

    def _kill(self, point: str, function: str, queue: str) -> None:
        receipt = self.stack.workers.kill_at(point, function, queue)
        self.stack.cloud.sqs.change_message_visibility(
            QueueUrl=queue, ReceiptHandle=receipt, VisibilityTimeout=0
        )

    def _request(self, method: str, path: str, body: str = "") -> dict[str, object]:
        event = {
            "rawPath": path,
            "headers": {"x-api-key": samples.API_KEY},
            "requestContext": {"http": {"method": method}},
            "body": body,
        }
        answer: dict[str, object] = json.loads(web_api.handler(event, None)["body"])
        return answer


@pytest.fixture(name="stack", scope="module")
def _stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with moto_server() as endpoint, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", endpoint)
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        stack = Stack(tmp_path_factory.mktemp("kills"), endpoint)
        yield stack
        stack.workers.stop()


@pytest.fixture(name="case")
def _case(stack: Stack) -> Iterator[Case]:
    with fresh(stack.environment):
        yield stack.make_case()


class TestHeartbeat:
    """A heartbeat that is killed."""

    @pytest.mark.parametrize(
        ("point", "runs"),
        [
            ("received", 1),
            ("after PutItem 1", 1),
            ("during the agent", 2),
            ("before PutItem 2", 2),
            ("after PutItem 2", 1),
            ("after SendMessage 1", 1),
            ("worked off", 1),
        ],
    )
    def test_the_reply_comes_once(self, case: Case, point: str, runs: int) -> None:
        """Before, during and after the agent: it runs once, or once more for its killed run."""
        identity = case.ask()
        case.kill_heartbeat(point)
        case.work_heartbeat()
        case.work_outbox()

        assert case.reply(identity) == case.name
        assert (case.runs(), case.left(), case.reasons(identity)) == (runs, 0, [])

    def test_two_kills_end_with_the_fallback(self, case: Case) -> None:
        """What kills its worker twice is answered, and listed with its reason."""
        identity = case.ask()
        for _ in range(2):
            case.kill_heartbeat("during the agent")
        case.work_heartbeat()
        case.work_outbox()

        assert case.reply(identity) not in (None, case.name)
        assert (case.runs(), case.left()) == (2, 0)
        assert case.reasons(identity) == ["killed"]


class TestOutbox:
    """An outbox that is killed."""

    @pytest.mark.parametrize(
        "point", ["received", "after PutItem 1", "after PutItem 2", "worked off"]
    )
    def test_a_repeatable_reply_comes_once(self, case: Case, point: str) -> None:
        """Before and after its send: the reply is there, and the agent is not asked again."""
        identity = case.ask()
        case.work_heartbeat()
        case.kill_outbox(point)
        case.work_outbox()

        assert case.reply(identity) == case.name
        assert (case.runs(), case.left(), case.reasons(identity)) == (1, 0, [])

    @pytest.mark.parametrize(
        ("point", "sent", "reasons"),
        [
            ("received", 1, []),
            ("before the send", 0, ["unknown"]),
            ("after the send", 1, ["unknown"]),
            ("worked off", 1, []),
        ],
    )
    def test_another_reply_comes_once_or_is_listed(
        self, stack: Stack, case: Case, point: str, sent: int, reasons: list[str]
    ) -> None:
        """Where the platform would show a repeat, a send that was begun is never repeated."""
        file = stack.folder / case.name
        file.touch()
        address = replace(samples.ADDRESS, target_id=case.name, channel="file", name="file")
        wish = samples.wish(address, config={"file": str(file)}, mailbox=case.mailbox)
        stack.cloud.connect(wish)
        identity = route(stack, case, address)
        case.work_heartbeat()
        case.kill_outbox(point)
        case.work_outbox()

        assert file.read_text("utf-8").splitlines() == [f"ann: {case.name}"] * sent
        assert (case.runs(), case.left(), case.reasons(identity)) == (1, 0, reasons)


def route(stack: Stack, case: Case, address: ChannelAddress) -> str:
    """Put a message of the channel at *address* into the mailbox, and return its id."""
    binding = stack.cloud.channels().by_address(address)
    assert binding is not None
    message = replace(samples.chat_message(case.name), channel_type=address.channel)
    identity = samples.identity(case.name, address)
    router = SceneRouter(mailbox=SqsMailbox(stack.cloud.sqs), clock=SystemClock())
    router.route(binding, message, identity)
    return identity
