"""Working through a batch of SQS records, each with its own fate."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cococat.core.failures import log_failure
from cococat.core.retry import Retry, backoff

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

Record = dict[str, Any]

LONGEST_DELAY = 12 * 3600
"""Seconds for which SQS can hide a message."""


def work_through(
    event: dict[str, Any], work: Callable[[Record], Retry | None], sqs: "SQSClient"
) -> dict[str, Any]:
    """
    Do *work* on each record of *event* and return Lambda's report of the failed ones.

    A failed record is shown again after the delay that *work* names, or after a growing one
    where it raised.
    """
    failures = []
    for record in event["Records"]:
        retry = _try(work, record)
        if retry is not None:
            _delay(record, retry, sqs)
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def _try(work: Callable[[Record], Retry | None], record: Record) -> Retry | None:
    try:
        return work(record)
    except Exception as error:  # noqa: BLE001 - whatever it was, the record stays in the queue
        log_failure("a queue message was not worked off", error)
        return backoff(int(record["attributes"]["ApproximateReceiveCount"]))


def _delay(record: Record, retry: Retry, sqs: "SQSClient") -> None:
    try:
        queue = record["eventSourceARN"].rpartition(":")[2]
        sqs.change_message_visibility(
            QueueUrl=sqs.get_queue_url(QueueName=queue)["QueueUrl"],
            ReceiptHandle=record["receiptHandle"],
            VisibilityTimeout=min(retry.delay, LONGEST_DELAY),
        )
    except Exception as error:  # noqa: BLE001 - the queue's own timeout then does it, later
        log_failure("a delay was not set", error)
