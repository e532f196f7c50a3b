"""What operators do and see: logs, dead letters, external agents, roles."""

import base64
import json
import secrets
import subprocess
import sys
from dataclasses import replace
from urllib.parse import quote

import pytest

from cococat.core import mailbox
from cococat.core.messages import Reply
from cococat.core.outbox_message import OutboxMessage
from cococat.simulators.wechat import to_xml
from tests.e2e.bundle import STACK, Bundle, until, value

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
FOLLOWER = f"o-canary-{secrets.token_hex(10)}"
"""A follower of the Official Account; the platform's ids have letters and digits alone."""


def _logs(bundle: Bundle) -> str:
    """Return every log line of every function, and the local AWS's own log."""
    client = bundle.aws.client("logs")
    lines = [bundle.aws.log.read_text("utf-8", "replace")]
    for group in client.describe_log_groups()["logGroups"]:
        pages = client.get_paginator("filter_log_events").paginate(
            logGroupName=group["logGroupName"]
        )
        lines += [event["message"] for page in pages for event in page["events"]]
    return "\n".join(lines)


def _forms(canary: str) -> list[str]:
    """Return *canary* as it might be written into a log."""
    raw = canary.encode("utf-8")
    shifted = [base64.b64encode(b"x" * n + raw).decode()[4:-4] for n in range(3)]
    return [canary, quote(canary), raw.hex(), json.dumps(canary)[1:-1], *shifted]


def _write_to_wechat(bundle: Bundle, canary: dict[str, str]) -> str | None:
    """Let a follower write what nobody may log, once well and twice as it is refused."""
    platform = bundle.wechat()
    values = platform.text(FOLLOWER, canary["body"])
    good = platform.request(values)
    platform.transport(replace(good, query=good.query.replace("msg_signature", "x")))
    platform.transport(replace(good, body=to_xml(values).encode("utf-8")))
    return platform.deliver(values)


class TestLogs:
    def test_hold_no_secret_no_body_and_no_user(self, bundle: Bundle) -> None:
        """Fresh canaries go in with good, bad and failing messages; none comes out in a log."""
        canary = {name: f"金丝雀-{name}-{secrets.token_hex(12)}" for name in ("user", "body")}
        key = f"sk-canary-{secrets.token_hex(12)}"
        caller = bundle.caller()
        good = caller.ask(canary["user"], canary["body"], wait=25)
        caller.post(
            json.dumps({"user_id": canary["user"], "content": canary["body"]}).encode(),
            {"authorization": f"Bearer {key}"},
        )
        caller.post(f'{{"user_id": "{canary["user"]}", "content": "{canary["body"]}"'.encode())
        said = _write_to_wechat(bundle, canary)
        failing = bundle.caller("/api/channel/sales").ask(
            canary["user"], f"raise - {bundle.folder}/{canary['body']}", wait=25
        )
        bundle.aws.client("sqs").send_message(
            QueueUrl=bundle.mailbox("support"),
            MessageBody=canary["body"],
            MessageGroupId="stray",
            MessageDeduplicationId=secrets.token_hex(8),
        )
        until(lambda: value(failing)["id"] in _logs(bundle))
        logs = until(lambda: logs if '"malformed"' in (logs := _logs(bundle)) else "")

        assert value(good)["reply"] == said == canary["body"]
        assert "unauthorized" in logs
        account = bundle.accounts["customer-service"]
        told = {"key": key, "real key": caller.api_key, "token": account.token}
        told |= {"AES key": account.encoding_aes_key, "follower": FOLLOWER}
        for name, text in {**canary, **told}.items():
            found = [form for form in _forms(text) if form in logs]
            assert found == [], name


class TestDeadLetters:
    def test_are_listed_replayed_and_discarded(self, bundle: Bundle) -> None:
        """A message whose agent failed is replayed as new, and answered once the agent works."""
        runs = bundle.folder / "replayed"
        sales = bundle.caller("/api/channel/sales")
        failed = sales.ask("hans", f"raise - {runs}", wait=25)
        identity = value(failed)["id"]

        listed = _dead_letters(bundle, "list")
        assert f"{identity}  " in listed.stdout
        assert "mailbox trial: agent_error" in listed.stdout
        dry = _dead_letters(bundle, "replay", identity[:16], "--dry-run")
        assert (0, "replay " + identity + ": would be done\n") == (dry.returncode, dry.stdout)
        replayed = _dead_letters(bundle, "replay", identity[:16])
        assert (0, "replay " + identity + ": done\n") == (replayed.returncode, replayed.stdout)
        until(lambda: len(runs.read_text("utf-8").splitlines()) == 4)
        until(lambda: bundle.dead(identity))
        discarded = _dead_letters(bundle, "discard", identity)
        assert (discarded.returncode, bundle.dead(identity)) == (0, [])
        unknown = _dead_letters(bundle, "show", identity)
        assert (unknown.returncode, "not among the open" in unknown.stderr) == (2, True)

    def test_a_message_that_is_not_ours_is_one_of_them(self, bundle: Bundle) -> None:
        """It leaves the mailbox, and keeps its body for the operator."""
        body = f"not ours {secrets.token_hex(8)}"
        bundle.aws.client("sqs").send_message(
            QueueUrl=bundle.mailbox("support"),
            MessageBody=body,
            MessageGroupId="stray",
            MessageDeduplicationId=secrets.token_hex(8),
        )
        letters = until(
            lambda: [each for each in bundle.stack.messages.open_letters(500) if each.body == body]
        )

        assert [letter.reason for letter in letters] == ["malformed"]


def _dead_letters(bundle: Bundle, *options: str) -> "subprocess.CompletedProcess[str]":
    (bundle.folder / ".cococat").mkdir(exist_ok=True)
    bundle.stack.address.keep(bundle.folder / ".cococat" / "local.json")
    return subprocess.run(
        [sys.executable, "-m", "cococat.dead_letters", *options],
        cwd=bundle.folder,
        capture_output=True,
        text=True,
        check=False,
    )


class TestAnExternalAgent:
    def test_answers_with_its_mailbox_and_the_outbox_alone(self, bundle: Bundle) -> None:
        """It receives, deletes and sends; no table, no heartbeat of ours."""
        sqs = bundle.aws.client("sqs")
        accepted = bundle.caller("/api/channel/partner").ask("ida", "ping")
        received = sqs.receive_message(QueueUrl=bundle.mailbox("partner"), WaitTimeSeconds=10)
        record = received["Messages"][0]
        message = mailbox.parse(record["Body"])
        sqs.send_message(
            QueueUrl=bundle.stack.outputs["OutboxUrl"],
            MessageBody=OutboxMessage(reply=message.reply, answer=Reply(text="pong")).to_json(),
            MessageGroupId=message.conversation_id,
            MessageDeduplicationId=message.id,
        )
        sqs.delete_message(
            QueueUrl=bundle.mailbox("partner"), ReceiptHandle=record["ReceiptHandle"]
        )
        answer = bundle.caller("/api/channel/partner").fetch(value(accepted)["id"], wait=20)

        assert (message.content, value(answer)["reply"]) == ("ping", "pong")


class TestTheQueues:
    def test_a_repeat_is_refused_also_after_the_first_was_deleted(self, bundle: Bundle) -> None:
        """SQS's five minutes hold for a message that is long worked off; moto forgets them."""
        sqs = bundle.aws.client("sqs")
        url = bundle.mailbox("partner")
        sent = {
            "QueueUrl": url,
            "MessageBody": "once",
            "MessageGroupId": "repeat",
            "MessageDeduplicationId": secrets.token_hex(8),
        }
        sqs.send_message(**sent)
        first = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
        sqs.delete_message(QueueUrl=url, ReceiptHandle=first[0]["ReceiptHandle"])
        sqs.send_message(**sent)

        assert [each["Body"] for each in first] == ["once"]
        assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)


class TestTheRoles:
    def test_the_door_may_not_read_what_it_only_writes(self, bundle: Bundle) -> None:
        """A function's role has the actions that it needs, and no others."""
        iam = bundle.aws.client("iam")
        actions: dict[str, set[str]] = {}
        secrets_of: dict[str, list[str]] = {}
        for function in ("web-api", "heartbeat", "outbox"):
            configuration = bundle.aws.client("lambda").get_function_configuration(
                FunctionName=f"{STACK}-{function}"
            )
            role = configuration["Role"].rpartition("/")[2]
            policy = iam.get_role_policy(RoleName=role, PolicyName=function)["PolicyDocument"]
            named = [statement["Action"] for statement in policy["Statement"]]
            for statement in policy["Statement"]:
                if "secretsmanager:GetSecretValue" in statement["Action"]:
                    secrets_of[function] = [
                        each.partition(":secret:")[2] for each in _listed(statement["Resource"])
                    ]
            actions[function] = {each for one in named for each in _listed(one)}

        queue = {name: {a for a in each if a.startswith("sqs:")} for name, each in actions.items()}
        assert {"sqs:SendMessage"} == queue["web-api"]
        assert secrets_of["heartbeat"] == [
            f"cococat/{STACK}/agents/*",
            f"cococat/{STACK}/channels/*",
        ]
        assert "sqs:SendMessage" not in queue["outbox"]


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
