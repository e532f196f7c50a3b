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
from pathlib import Path

import pytest

from tests.e2e.bundle import STACK, Bundle, until, value
from tests.support.web_agent import Exchange

pytestmark = pytest.mark.e2e

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


@pytest.fixture(name="process", scope="module")
def _process(bundle: Bundle) -> Iterator["subprocess.Popen[str]"]:
    """Run an external agent whose credentials are good for its two queues and nothing else."""
    command = [
        *(sys.executable, "-m", "cococat.heartbeat"),
        *("--agent", "outside", "--handler", "outside_agent:answer"),
        *("--stack-name", STACK, "--region", "us-east-1"),
    ]
    process = subprocess.Popen(
        command,
        cwd=HERE / "outside_agent",
        env=os.environ | _credentials(bundle),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def _credentials(bundle: Bundle) -> dict[str, str]:
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


class TestAnAgentWithAProcessOfItsOwn:
    def test_answers_with_rights_on_its_two_queues_alone(
        self, bundle: Bundle, process: "subprocess.Popen[str]"
    ) -> None:
        """No table, no secret, no CloudFormation."""
        answer = bundle.caller(OUTSIDE).ask("ann", "hello", wait=25)

        assert (answer.status, value(answer)["reply"]) == (200, "from outside: hello")
        assert process.poll() is None

    def test_that_has_no_answer_releases_its_caller(
        self, bundle: Bundle, process: "subprocess.Popen[str]"
    ) -> None:
        """Long before the caller's patience ends."""
        started = time.monotonic()
        answer = bundle.caller(OUTSIDE).ask("ann", "none", wait=25)

        assert (answer.status, value(answer)["reply"]) == (200, None)
        assert time.monotonic() - started < 10

    def test_that_fails_leaves_a_dead_letter_that_can_be_replayed(
        self, bundle: Bundle, process: "subprocess.Popen[str]"
    ) -> None:
        """The user gets the entry's own text; after the replay the answer is there."""
        broken = bundle.folder / "broken"
        broken.touch()
        caller = bundle.caller(OUTSIDE)
        answer = caller.ask("ann", f"fail-while {broken}", wait=25)
        identity = value(answer)["id"]

        assert (value(answer)["reply"], value(answer)["fallback"]) == ("稍后", True)
        (letter,) = until(lambda: bundle.dead(identity))
        assert (letter.queue, letter.reason, letter.agent) == ("mailbox", "agent_error", "outside")
        broken.unlink()
        bundle.stack.dead_letter_desk.replay(letter)
        again = value(caller.fetch(identity, wait=25))
        assert (again["reply"], again["fallback"]) == (f"from outside: fail-while {broken}", False)
        assert bundle.dead(identity) == []

    def test_stops_when_it_is_told_to(
        self, bundle: Bundle, process: "subprocess.Popen[str]"
    ) -> None:
        """With exit code 0 and a last line; its log quotes nobody."""
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=20)
        lines = [json.loads(line) for line in output.splitlines()]

        assert process.returncode == 0, output
        messages = [line["message"] for line in lines]
        assert messages == [
            "the heartbeat starts",
            "the agent gave no answer",
            "the agent gave no answer",
            "the heartbeat stops",
        ]
        assert "fail-while" not in output

    def test_that_is_not_its_own_mailbox_can_not_be_emptied(self, bundle: Bundle) -> None:
        """Exit code 2, and a sentence that names the queue."""
        iam = bundle.aws.client("iam")
        key = iam.create_access_key(UserName="outside")["AccessKey"]
        own = {
            "AWS_ENDPOINT_URL": bundle.aws.endpoint,
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        }
        done = subprocess.run(
            [
                *(sys.executable, "-m", "cococat.heartbeat", "--agent", "partner"),
                *("--handler", "outside_agent:answer", "--stack-name", STACK),
            ],
            cwd=HERE / "outside_agent",
            env=os.environ | own,
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )

        assert done.returncode == 2
        assert f"{STACK}-mailbox-partner.fifo can't be read: AccessDenied" in done.stderr
