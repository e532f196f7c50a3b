import logging
from typing import TYPE_CHECKING, Any, cast

import pytest

from cococat.aws.records import Record, work_through
from cococat.core.retry import Retry

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class FakeSqs:
    """The two calls of an SQS client that a worker makes."""

    def __init__(self, *, down: bool = False) -> None:
        self.delays: list[tuple[str, str, int]] = []
        self._down = down

    def get_queue_url(self, **call: Any) -> dict[str, str]:  # noqa: ANN401 - as boto3
        """Return a made-up URL."""
        return {"QueueUrl": f"https://sqs.example/{call['QueueName']}"}

    def change_message_visibility(self, **call: Any) -> None:  # noqa: ANN401 - as boto3
        """Note the delay."""
        if self._down:
            raise ConnectionError("canary")
        self.delays.append((call["QueueUrl"], call["ReceiptHandle"], call["VisibilityTimeout"]))


def event(*bodies: str, receives: int = 1) -> dict[str, Any]:
    """Return the event with *bodies*."""
    records = [
        {
            "messageId": f"m-{body}",
            "receiptHandle": f"r-{body}",
            "body": body,
            "attributes": {"ApproximateReceiveCount": str(receives)},
            "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:stack-outbox.fifo",
        }
        for body in bodies
    ]
    return {"Records": records}


def work(record: Record) -> Retry | None:
    """Do what the body says."""
    body = record["body"]
    if body.startswith("raise"):
        message = "canary"
        raise LookupError(message)
    return Retry(int(body)) if body.isdigit() else None


def run(sqs: FakeSqs, source: dict[str, Any]) -> list[str]:
    """Work through *source* and return the ids that are reported as failed."""
    report = work_through(source, work, cast("SQSClient", sqs))
    assert list(report) == ["batchItemFailures"]
    return [each["itemIdentifier"] for each in report["batchItemFailures"]]


def test_what_was_done_is_not_reported() -> None:
    """The queue may forget it."""
    sqs = FakeSqs()

    assert run(sqs, event("done")) == []
    assert sqs.delays == []


def test_each_record_has_its_own_fate() -> None:
    """One failed record takes no other one along."""
    sqs = FakeSqs()

    assert run(sqs, event("a", "7", "b", "0")) == ["m-7", "m-0"]
    assert sqs.delays == [
        ("https://sqs.example/stack-outbox.fifo", "r-7", 7),
        ("https://sqs.example/stack-outbox.fifo", "r-0", 0),
    ]


@pytest.mark.parametrize(("receives", "delay"), [(1, 1), (2, 2), (5, 16), (20, 120)])
def test_an_error_is_reported_and_tried_again_later_and_later(receives: int, delay: int) -> None:
    """A failing record does not fail the batch; its delay grows with each receive."""
    sqs = FakeSqs()

    assert run(sqs, event("raise", receives=receives)) == ["m-raise"]
    assert [each[2] for each in sqs.delays] == [delay]


def test_a_delay_that_cannot_be_set_is_no_success() -> None:
    """The record is reported all the same; the queue's own timeout shows it again."""
    assert run(FakeSqs(down=True), event("7", "raise")) == ["m-7", "m-raise"]


def test_the_log_quotes_neither_body_nor_error(caplog: pytest.LogCaptureFixture) -> None:
    """What went wrong is named by its kind and place."""
    caplog.set_level(logging.DEBUG)
    run(FakeSqs(down=True), event("raise canary"))

    logged = [vars(record) for record in caplog.records]
    assert [line["error"] for line in logged] == ["LookupError", "ConnectionError"]
    assert "canary" not in repr(logged)


def test_a_process_that_is_going_down_is_not_held() -> None:
    """What is no error of the work ends the batch."""

    def leave(_record: Record) -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        work_through(event("a"), leave, cast("SQSClient", FakeSqs()))
