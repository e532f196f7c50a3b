"""The outbox: sends answers through their channels."""

from typing import Any

from cococat.aws.records import Record, work_through
from cococat.bootstrap import common, workers
from cococat.core.retry import Retry


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Work through one batch of outbox messages."""

    def work(record: Record) -> Retry | None:
        return workers.outbox().work(record["body"])

    return work_through(event, work, common.sqs())
