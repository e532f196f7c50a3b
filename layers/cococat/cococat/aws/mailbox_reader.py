"""An external agent's way out of its mailbox, with the rights on that one queue alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from cococat.core.errors import ConfigError, MailboxUnavailable
from cococat.core.external_agent import Received
from cococat.core.scene_files import AGENTS_FILE

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

BUSY = frozenset({"OverLimit", "RequestThrottled", "Throttling", "ThrottlingException"})
"""Refusals that pass by themselves."""
ABSENT = frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})
"""What SQS calls a queue that is not there, in its old protocol and in the new one."""


class SqsMailboxReader:
    """
    `cococat.core.external_agent.MailboxReader` over SQS.

    Args:
        sqs: the client.
        url: the queue's URL.
        visibility: seconds for which a received message is hidden.

    """

    def __init__(self, sqs: "SQSClient", url: str, *, visibility: int) -> None:
        self._sqs = sqs
        self._url = url
        self._visibility = visibility

    def receive(self, seconds: int) -> Received | None:
        """Return the next message; see `MailboxReader.receive`."""
        with _translated(f"{self._url} can't be read", self._absent()):
            answer = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=1,
                WaitTimeSeconds=seconds,
                VisibilityTimeout=self._visibility,
                MessageSystemAttributeNames=["ApproximateReceiveCount", "MessageGroupId"],
            )
        if not answer.get("Messages"):
            return None
        (message,) = answer["Messages"]
        return Received(
            id=message["MessageId"],
            receipt=message["ReceiptHandle"],
            body=message["Body"],
            group=message["Attributes"]["MessageGroupId"],
            receives=int(message["Attributes"]["ApproximateReceiveCount"]),
        )

    def delete(self, received: Received) -> None:
        """Forget a message; see `MailboxReader.delete`."""
        with _translated():
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=received.receipt)

    def hide(self, received: Received, seconds: int) -> None:
        """Hide a message; see `MailboxReader.hide`."""
        with _translated():
            self._sqs.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=received.receipt, VisibilityTimeout=seconds
            )

    def _absent(self) -> str:
        """Return what to do where there is no such queue."""
        name = self._url.rpartition("/")[2]
        return (
            f"there is no mailbox {name}: {AGENTS_FILE} does not name the agent, or that is not "
            "published (python -m cococat.scenes publish), or it is another stack's"
        )


@contextmanager
def _translated(what: str = "", absent: str = "") -> Iterator[None]:
    """
    Raise `MailboxUnavailable` where SQS fails.

    Args:
        what: a sentence for where it refuses, which is then a `ConfigError`; empty for no such.
        absent: one for where there is no such queue.

    """
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        code = error.response.get("Error", {}).get("Code", "")
        is_ours = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
        if absent and code in ABSENT:
            raise ConfigError(absent) from error
        if what and is_ours and code not in BUSY:
            raise ConfigError(f"{what}: {code}") from error
        raise MailboxUnavailable(code) from error
    except BotoCoreError as error:
        raise MailboxUnavailable(type(error).__name__) from error
