"""
A worker process: gets orders on its standard input and runs a handler as Lambda would.

An order is one line of JSON: {"function": …, "queue": …, "point": …}. A child process, which
has nothing to import any more, takes one message from the queue, hands it to the function's real
handler and deletes it; where it reaches the point first it says so and waits to be killed.
"""

import importlib
import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

from cococat.bootstrap import common, workers
from cococat.bootstrap.common import aws
from tests.support import victim

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

FUNCTIONS = ("heartbeat", "outbox")
PATIENCE = 10
"""Seconds that a message may take to be shown."""


class Context:
    """Lambda's context, with 60 seconds left."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the time that is left."""
        return 60_000


def main() -> None:
    """Carry out orders until there are no more, each in a process of its own."""
    consumer = aws().client("sqs")
    victim.watch(aws().events)
    victim.register_file_channel()
    common.directory()
    workers.outbox()
    handlers = {name: importlib.import_module(f"functions.{name}") for name in FUNCTIONS}
    print("# ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            victim.stop_at(order["point"])
            _work(consumer, order["queue"], handlers[order["function"]].handler)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(f"# it ended with {os.waitstatus_to_exitcode(status)}", flush=True)


def _work(consumer: "SQSClient", queue: str, handler: Any) -> None:  # noqa: ANN401 - Lambda's own
    message = _receive(consumer, queue)
    print(f"# {message['ReceiptHandle']}", flush=True)
    victim.reach("received")
    report = handler(_event(message, queue), Context())
    victim.reach("worked off")
    if report["batchItemFailures"]:
        os._exit(1)
    consumer.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])


def _receive(consumer: "SQSClient", queue: str) -> Any:  # noqa: ANN401 - as boto3
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        answer = consumer.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=1, MessageSystemAttributeNames=["All"]
        )
        if answer.get("Messages"):
            return answer["Messages"][0]
        time.sleep(0.05)
    os._exit(2)


def _event(message: dict[str, Any], queue: str) -> dict[str, Any]:
    name = queue.rpartition("/")[2]
    record = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{name}",
    }
    return {"Records": [record]}


if __name__ == "__main__":
    main()
