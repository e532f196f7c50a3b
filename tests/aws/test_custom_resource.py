import json
from typing import Any

import pytest

from cococat.aws import custom_resource
from tests.support.receiver import Receiver, receiver

pytestmark = [pytest.mark.aws, pytest.mark.allow_hosts(["127.0.0.1"])]


def respond(
    received: Receiver, error: Exception | None = None, data: dict[str, str] | None = None
) -> dict[str, Any]:
    """Answer a request of CloudFormation and return what it was sent."""
    event = {
        "StackId": "arn:stack",
        "RequestId": "request-1",
        "LogicalResourceId": "Mailboxes",
        "ResponseURL": received.url,
    }
    custom_resource.respond(event, "stack-mailboxes", error=error, data=data or {})
    ((method, headers, body),) = received.got
    assert method == "PUT"
    assert headers["content-type"] == ""
    assert len(body) <= 4096
    answer: dict[str, Any] = json.loads(body)
    return answer


def test_success_is_told_with_its_data() -> None:
    """Every member that CloudFormation asks for is there."""
    with receiver() as received:
        answer = respond(received, data={"Channels": "2", "Faults": "none"})

    assert answer == {
        "Status": "SUCCESS",
        "Reason": "",
        "PhysicalResourceId": "stack-mailboxes",
        "StackId": "arn:stack",
        "RequestId": "request-1",
        "LogicalResourceId": "Mailboxes",
        "Data": {"Channels": "2", "Faults": "none"},
    }


def test_failure_is_told_with_its_reason() -> None:
    """The operator reads the kind and the text of the error."""
    with receiver() as received:
        answer = respond(received, error=LookupError("no queue"))

    assert (answer["Status"], answer["Reason"]) == ("FAILED", "LookupError: no queue")


def test_a_long_reason_is_cut() -> None:
    """CloudFormation takes 4,096 bytes in all."""
    with receiver() as received:
        answer = respond(received, error=LookupError("x" * 10_000))

    assert answer["Reason"].startswith("LookupError: xxx")


def test_the_reason_is_not_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """The log has the kind and the place."""
    with receiver() as received:
        respond(received, error=LookupError("canary"))

    (record,) = caplog.records
    assert vars(record)["error"] == "LookupError"
    assert "canary" not in repr(vars(record))
