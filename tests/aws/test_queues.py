import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from cococat.aws import clients
from cococat.aws.queues import SqsMailbox, SqsOutbox
from cococat.core.errors import MailboxUnavailable
from tests.support.cloud import Cloud

pytestmark = pytest.mark.aws

DENIED = ClientError({"Error": {"Code": "AccessDenied", "Message": "canary"}}, "SendMessage")
FAILURES: list[BotoCoreError | ClientError] = [
    DENIED,
    EndpointConnectionError(endpoint_url="canary"),
    ReadTimeoutError(endpoint_url="canary"),
]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_every_failure_of_sqs_is_one_error_of_ours(
    cloud: Cloud, failure: BotoCoreError | ClientError
) -> None:
    """Refusals and timeouts are the same to a door, and their texts stay here."""

    def fail(**_: object) -> None:
        raise failure

    cloud.sqs.meta.events.register("before-send.sqs.SendMessage", fail)

    with pytest.raises(MailboxUnavailable) as raised:
        SqsMailbox(cloud.sqs).send(cloud.outbox_url, "body", group="g", deduplication="d")
    with pytest.raises(MailboxUnavailable):
        SqsOutbox(cloud.sqs, cloud.outbox_url).send("body", group="g", deduplication="d")
    assert "canary" not in str(raised.value)


def test_a_call_that_hangs_is_given_up_soon() -> None:
    """A door has seconds: one more try and no third, with short timeouts."""
    config = vars(clients.CONFIG)

    assert (config["connect_timeout"], config["read_timeout"]) == (1, 2)
    assert config["retries"] == {"mode": "standard", "total_max_attempts": 2}


def test_there_is_one_session_a_process() -> None:
    """Making a session is the dearest part of making a client."""
    assert clients.session(None) is clients.session(None)
