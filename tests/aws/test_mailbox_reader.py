"""An external agent's way out of its mailbox, over SQS."""

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from cococat.aws.mailbox_reader import SqsMailboxReader
from cococat.core.errors import ConfigError, MailboxUnavailable
from cococat.core.external_agent import Received
from tests.support import template
from tests.support.cloud import Cloud

pytestmark = pytest.mark.aws


@pytest.fixture(name="url")
def _url(cloud: Cloud) -> str:
    return template.make_queue(cloud.sqs, "mailbox.fifo", visibility=600)


def send(cloud: Cloud, url: str, body: str, group: str = "ann") -> None:
    """Put *body* into the queue."""
    cloud.sqs.send_message(
        QueueUrl=url, MessageBody=body, MessageGroupId=group, MessageDeduplicationId=body
    )


def take(reader: SqsMailboxReader) -> Received:
    """Return the next message."""
    received = reader.receive(0)
    assert received is not None
    return received


class TestMessages:
    """Receiving, hiding and deleting."""

    def test_a_message_comes_with_its_group_and_its_count(self, cloud: Cloud, url: str) -> None:
        """What the queue knows of it."""
        send(cloud, url, "hello", "conversation")
        reader = SqsMailboxReader(cloud.sqs, url, visibility=60)
        first = take(reader)
        reader.hide(first, 0)
        second = take(reader)

        assert (first.body, first.group, first.receives) == ("hello", "conversation", 1)
        assert (second.id, second.receives) == (first.id, 2)

    def test_an_empty_mailbox_has_none(self, cloud: Cloud, url: str) -> None:
        """After the wait that was asked for."""
        started = time.monotonic()

        assert SqsMailboxReader(cloud.sqs, url, visibility=60).receive(1) is None
        assert time.monotonic() - started > 0.8

    def test_a_received_message_is_hidden_for_a_while(self, cloud: Cloud, url: str) -> None:
        """As long as the reader says, not the queue."""
        send(cloud, url, "hello")
        reader = SqsMailboxReader(cloud.sqs, url, visibility=1)
        take(reader)
        assert reader.receive(0) is None
        time.sleep(1.1)

        assert take(reader).receives == 2

    def test_a_deleted_message_lets_its_conversation_go_on(self, cloud: Cloud, url: str) -> None:
        """Until then the next one of its group waits."""
        for body in ("one", "two"):
            send(cloud, url, body)
        reader = SqsMailboxReader(cloud.sqs, url, visibility=60)
        first = take(reader)
        assert reader.receive(0) is None
        reader.delete(first)

        assert take(reader).body == "two"

    def test_it_makes_three_kinds_of_calls(self, cloud: Cloud, url: str) -> None:
        """The rights to these are all that it needs."""
        send(cloud, url, "hello")
        reader = SqsMailboxReader(cloud.sqs, url, visibility=60)
        cloud.calls.take()
        received = take(reader)
        reader.hide(received, 60)
        reader.delete(received)

        assert cloud.calls.take() == ["ReceiveMessage", "ChangeMessageVisibility", "DeleteMessage"]


class Refusing:
    """An SQS client whose every call fails."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, _name: str) -> Any:  # noqa: ANN401 - any of its calls
        def call(**_: object) -> None:
            raise self._error

        return call


def refusal(code: str, status: int) -> ClientError:
    """Return what boto3 raises for an answer of *status*."""
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "ReceiveMessage")


RECEIVED = Received(id="1", receipt="r", body="b", group="g", receives=1)


class TestFailures:
    """A queue that does not do what it should."""

    def test_a_queue_that_is_not_there_is_told_at_once(self, cloud: Cloud, url: str) -> None:
        """Waiting is no use; the sentence names the queue."""
        reader = SqsMailboxReader(cloud.sqs, f"{url}-other", visibility=60)

        with pytest.raises(
            ConfigError,
            match=r"^there is no mailbox mailbox\.fifo-other: agents\.json does not name the "
            r"agent, or that is not published",
        ):
            reader.receive(0)

    @pytest.mark.parametrize(
        "code", ["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"]
    )
    def test_a_queue_that_is_not_there_has_two_codes(self, code: str) -> None:
        """One of each of SQS's protocols."""
        reader = SqsMailboxReader(Refusing(refusal(code, 400)), "x/nope.fifo", visibility=60)  # type: ignore[arg-type]

        with pytest.raises(ConfigError, match=r"there is no mailbox nope\.fifo"):
            reader.receive(0)

    @pytest.mark.parametrize(
        ("error", "kind"),
        [
            (refusal("AccessDenied", 403), ConfigError),
            (refusal("InvalidClientTokenId", 403), ConfigError),
            (refusal("RequestThrottled", 400), MailboxUnavailable),
            (refusal("InternalError", 500), MailboxUnavailable),
            (EndpointConnectionError(endpoint_url="http://x"), MailboxUnavailable),
        ],
    )
    def test_a_refusal_is_another_thing_than_a_failure(
        self, error: Exception, kind: type[Exception]
    ) -> None:
        """Of the second kind one may hope that it passes."""
        reader = SqsMailboxReader(Refusing(error), "url", visibility=60)  # type: ignore[arg-type]

        with pytest.raises(kind):
            reader.receive(0)
        with pytest.raises(MailboxUnavailable):
            reader.delete(RECEIVED)
        with pytest.raises(MailboxUnavailable):
            reader.hide(RECEIVED, 0)
