"""Dead-letter queues are emptied into the table."""

import pytest

from cococat.aws.backstop import BATCH, Backstop
from cococat.core.keeper import bury_killed
from tests.support import samples
from tests.support.cloud import Cloud

pytestmark = pytest.mark.aws


@pytest.fixture(name="queue")
def _queue(cloud: Cloud) -> str:
    return cloud.sqs.create_queue(QueueName="dead.fifo", Attributes={"FifoQueue": "true"})[
        "QueueUrl"
    ]


def send(cloud: Cloud, queue: str, *bodies: str) -> None:
    """Let *bodies* land in *queue*, each of a conversation of its own."""
    for n, body in enumerate(bodies):
        cloud.sqs.send_message(
            QueueUrl=queue,
            MessageBody=body,
            MessageGroupId=f"group-{n}",
            MessageDeduplicationId=f"{n}-{len(body)}-{cloud.clock.now()}",
        )


def left(cloud: Cloud, queue: str) -> int:
    """Return how many messages are in *queue*, hidden ones too."""
    found = cloud.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    hidden = int(found["ApproximateNumberOfMessagesNotVisible"])
    return int(found["ApproximateNumberOfMessages"]) + hidden


def backstop(cloud: Cloud) -> Backstop:
    """Return one that buries in the messages table."""
    return Backstop(
        cloud.sqs,
        lambda kind, agent, body: bury_killed(cloud.messages(), kind, agent, body, cloud.clock),
    )


def test_messages_move_into_the_table_once(cloud: Cloud, queue: str) -> None:
    """With their agent and the reason; a second turn finds nothing."""
    bodies = [samples.mailbox_message("hi", key=key).to_json() for key in ("one", "two")]
    send(cloud, queue, *bodies, "not ours")

    assert backstop(cloud).empty(queue, "mailbox", "support") == 3
    letters = cloud.messages().open_letters(10)
    assert sorted(letter.body for letter in letters) == sorted([*bodies, "not ours"])
    assert {(letter.reason, letter.agent, letter.queue) for letter in letters} == {
        ("killed", "support", "mailbox")
    }
    assert backstop(cloud).empty(queue, "mailbox", "support") == left(cloud, queue) == 0


def test_one_that_comes_again_is_kept_once(cloud: Cloud, queue: str) -> None:
    """A turn that was killed between keeping and deleting is repeated."""
    body = samples.mailbox_message().to_json()
    for _ in range(2):
        send(cloud, queue, body)
        cloud.clock.advance(1)
        backstop(cloud).empty(queue, "mailbox", "support")

    assert len(cloud.messages().open_letters(10)) == 1
    assert left(cloud, queue) == 0


def test_one_that_can_not_be_kept_stays_in_its_queue(cloud: Cloud, queue: str) -> None:
    """Nothing is deleted that is nowhere else."""

    def fail(*_: str) -> None:
        raise ConnectionError

    send(cloud, queue, "one", "two")
    with pytest.raises(ConnectionError):
        Backstop(cloud.sqs, fail).empty(queue, "mailbox", "support")

    assert left(cloud, queue) == 2


def test_a_turn_takes_so_many(cloud: Cloud, queue: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next minute goes on."""
    monkeypatch.setattr("cococat.aws.backstop.MOST", 2 * BATCH)
    bodies = [f"{n}" for n in range(3 * BATCH)]
    send(cloud, queue, *bodies)
    kept: list[str] = []
    backstop = Backstop(cloud.sqs, lambda kind, agent, body: kept.append(body))

    assert backstop.empty(queue, "outbox", "") == 2 * BATCH
    assert backstop.empty(queue, "outbox", "") == BATCH
    assert sorted(kept) == sorted(bodies)
