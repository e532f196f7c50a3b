"""The heartbeat: empties the mailboxes, lets the agents answer, fills the outbox."""

from typing import Any

from cococat.aws.records import Record, work_through
from cococat.bootstrap import common, workers
from cococat.core.retry import Retry

RESERVE = 10
"""Seconds before the function's deadline at which the agent is stopped."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    """Work through one batch of mailbox messages."""

    def work(record: Record) -> Retry | None:
        seconds = context.get_remaining_time_in_millis() / 1000 - RESERVE
        return workers.heartbeat(record["eventSourceARN"]).work(record["body"], seconds=seconds)

    return work_through(event, work, common.sqs())
