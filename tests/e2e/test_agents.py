"""Agents that are not ours to run: one over HTTP, one with a process of its own."""

import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.bundle import STACK, Bundle, until, value
from tests.support.web_agent import Exchange

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

HERE = Path(__file__).parent
REMOTE, OUTSIDE = "/api/channel/remote", "/api/channel/outside"
RIGHTS = {
    f"{STACK}-mailbox-outside.fifo": [
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:ChangeMessageVisibility",
    ],
    f"{STACK}-outbox.fifo": ["sqs:SendMessage"],
}


def streams(exchange: Exchange) -> None:
    """Answer in pieces."""
    exchange.begin(200, content_type="text/event-stream", transfer_encoding="chunked")
    for data in ('{"delta": "您"}', '{"delta": "好"}', "[DONE]"):
        exchange.chunk(f"data: {data}\n\n".encode())
    exchange.chunk(b"")


def fails(exchange: Exchange) -> None:
    """Be out of order."""
    exchange.respond(500)


class TestAnAgentOverHttp:
    def test_answers_a_signed_request(self, bundle: Bundle) -> None:
        """It gets the message with a signature that only the secret can make."""
        bundle.remote.steps = [streams]
        answer = bundle.caller(REMOTE).ask("ann", "你好", wait=25)

        assert (answer.status, value(answer)["reply"]) == (200, "您好")
        (asked,) = bundle.remote.asked
        assert (asked.message.content, asked.message.external_user) == ("你好", "ann")
        timestamp = asked.headers["x-cococat-timestamp"]
        signed = timestamp.encode() + b"." + asked.body
        digest = hmac.new(bundle.remote_secret.encode(), signed, hashlib.sha256).hexdigest()
        assert asked.headers["x-cococat-signature"] == f"sha256={digest}"

    def test_that_is_out_of_order_costs_no_message(self, bundle: Bundle) -> None:
        """Two runs, each with a second request; then the fallback text and a dead letter."""
        bundle.remote.asked.clear()
        bundle.remote.steps = [fails]
        answer = bundle.caller(REMOTE).ask("bob", "hello", wait=25)

        assert value(answer)["fallback"] is True
        assert [each.message.content for each in bundle.remote.asked] == ["hello"] * 4
        (letter,) = until(lambda: bundle.dead(value(answer)["id"]))
        assert (letter.reason, letter.agent) == ("agent_error", "remote")


@pytest.fixture(name="credentials", scope="module")
def _credentials(bundle: Bundle) -> dict[str, str]:
    """Return what opens the two queues of the external agent, and nothing else."""
    iam = bundle.aws.client("iam")
    statements = [
        {"Effect": "Allow", "Action": actions, "Resource": f"arn:aws:sqs:us-east-1:*:{queue}"}
        for queue, actions in RIGHTS.items()
    ]
    policy = {"Version": "2012-10-17", "Statement": statements}
    iam.create_user(UserName="outside")
    iam.put_user_policy(UserName="outside", PolicyName="outside", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName="outside")["AccessKey"]
    return {
        "AWS_ENDPOINT_URL": bundle.aws.endpoint,
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }


@contextmanager
def started(credentials: dict[str, str], agent: str) -> Iterator["subprocess.Popen[str]"]:
    """Run the process of an external agent for the time of the body."""
    command = [
        *(sys.executable, "-m", "cococat.heartbeat"),
        *("--agent", agent, "--handler", "outside_agent:answer"),
        *("--stack-name", STACK, "--region", "us-east-1"),
    ]
    process = subprocess.Popen(
        command,
        cwd=HERE / "outside_agent",
        env=os.environ | credentials,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        # Killed in the middle of a request for messages it might take one along.
        process.terminate()
        process.communicate(timeout=30)


class TestAnAgentWithAProcessOfItsOwn:
    def test_answers_with_rights_on_its_two_queues_alone(
        self, bundle: Bundle, credentials: dict[str, str]
    ) -> None:
        """No table, no secret, no CloudFormation; and no answer releases its caller at once."""
        caller = bundle.caller(OUTSIDE)
        with started(credentials, "outside"):
            answer = caller.ask("ann", "hello", wait=25)
            begun = time.monotonic()
            none = caller.ask("ann", "none", wait=25)

        assert (answer.status, value(answer)["reply"]) == (200, "from outside: hello")
        assert (none.status, value(none)["state"], value(none)["reply"]) == (200, "answered", None)
        assert time.monotonic() - begun < 15

    def test_that_fails_leaves_a_dead_letter_that_can_be_replayed(
        self, bundle: Bundle, credentials: dict[str, str]
    ) -> None:
        """The user gets the entry's own text, and after the replay the answer; SIGTERM ends it."""
        broken = bundle.folder / "broken"
        broken.touch()
        caller = bundle.caller(OUTSIDE)
        with started(credentials, "outside") as process:
            answer = value(caller.ask("bob", f"fail-while {broken}", wait=25))
            (letter,) = until(lambda: bundle.dead(answer["id"]))
            broken.unlink()
            bundle.stack.dead_letter_desk.replay(letter)
            again = value(caller.fetch(answer["id"], wait=25))
            process.send_signal(signal.SIGTERM)
            log, _ = process.communicate(timeout=20)

        assert (answer["reply"], answer["fallback"]) == ("稍后", True)
        assert (letter.queue, letter.reason, letter.agent) == ("mailbox", "agent_error", "outside")
        assert (again["reply"], again["fallback"]) == (f"from outside: fail-while {broken}", False)
        assert bundle.dead(answer["id"]) == []
        assert process.returncode == 0, log
        assert [json.loads(line)["message"] for line in log.splitlines()] == [
            "the heartbeat starts",
            *["the agent gave no answer"] * 2,
            "the heartbeat stops",
        ]
        assert str(broken) not in log

    def test_can_not_empty_the_mailbox_of_another(
        self, bundle: Bundle, credentials: dict[str, str]
    ) -> None:
        """Exit code 2, and a sentence that names the queue."""
        with started(credentials, "partner") as process:
            output, _ = process.communicate(timeout=20)

        assert process.returncode == 2, output
        assert f"{STACK}-mailbox-partner.fifo can't be read: AccessDenied" in output
