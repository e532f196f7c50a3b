from dataclasses import replace

import pytest

from cococat.core import attachment_ref, mailbox
from cococat.core.errors import MailboxUnavailable, MessageTooLarge
from cococat.core.ids import group_id
from cococat.core.messages import Attachment
from cococat.core.reply_address import LIFETIME, unseal
from cococat.core.scene_router import SceneRouter
from tests.support import samples
from tests.support.clock import START, FakeClock
from tests.support.queues import MemoryQueue, MemoryQueues


@pytest.fixture(name="queues")
def _queues() -> MemoryQueues:
    return MemoryQueues(FakeClock())


@pytest.fixture(name="queue")
def _queue(queues: MemoryQueues) -> MemoryQueue:
    return queues.make(samples.MAILBOX)


@pytest.fixture(name="router")
def _router(queues: MemoryQueues) -> SceneRouter:
    return SceneRouter(mailbox=queues, clock=FakeClock())


def route(router: SceneRouter, content: str = "hello", key: str = "one", user: str = "ann") -> None:
    """Route one message."""
    message = samples.chat_message(content, user=user)
    router.route(samples.binding(), message, samples.identity(key))


def test_a_message_reaches_the_mailbox_of_its_scenes_agent(
    router: SceneRouter, queue: MemoryQueue
) -> None:
    """What the platform said is in the queue of the agent, and in no other."""
    route(router)

    (body,) = queue.bodies()
    message = mailbox.parse(body)
    assert (message.id, message.content) == (samples.identity(), "hello")
    assert (message.target_type, message.target_id) == ("scene", "shop")


def test_the_reply_address_is_sealed_with_the_channels_key(
    router: SceneRouter, queue: MemoryQueue
) -> None:
    """The answer can go back to this conversation for as long as a queue keeps a message."""
    route(router)

    sealed = mailbox.parse(queue.bodies()[0]).reply
    assert unseal(sealed, samples.REPLY_KEY, START + LIFETIME - 1) == samples.reply_address()


def test_what_an_answer_in_place_needs_is_sealed_with_it(
    router: SceneRouter, queue: MemoryQueue
) -> None:
    """What the channel says of the place comes back to it unchanged."""
    place = {"message": "om_1"}
    router.route(samples.binding(), samples.chat_message(), samples.identity(), place)

    sealed = mailbox.parse(queue.bodies()[0]).reply
    assert unseal(sealed, samples.REPLY_KEY, START).in_place == place


def test_a_redelivery_is_taken_once(router: SceneRouter, queue: MemoryQueue) -> None:
    """The same message twice is in the mailbox once."""
    route(router)
    route(router)

    assert len(queue.bodies()) == 1


def test_a_conversation_keeps_its_order_and_does_not_stop_others(
    router: SceneRouter, queue: MemoryQueue
) -> None:
    """While one message of a conversation is worked on, only other conversations go on."""
    for key, user in (("1", "ann"), ("2", "ann"), ("3", "bob")):
        route(router, content=key, key=key, user=user)

    received = [queue.receive(), queue.receive(), queue.receive()]

    assert [each and mailbox.parse(each.body).content for each in received] == ["1", "3", None]


def test_ids_are_legal_whatever_the_platform_calls_its_users(
    router: SceneRouter, queue: MemoryQueue
) -> None:
    """Users of any script and length travel through the queue."""
    user = "用户 \x7f'\"" * 60

    route(router, user=user)

    assert mailbox.parse(queue.bodies()[0]).external_user == user
    assert len(group_id(samples.ADDRESS, user)) == 64


def test_what_no_queue_takes_is_refused_before_it_is_sent(
    router: SceneRouter, queue: MemoryQueue
) -> None:
    """A message whose JSON is too large never reaches the queue."""
    with pytest.raises(MessageTooLarge):
        route(router, content='"' * 128 * 1024)
    route(router, content="a" * 128 * 1024, key="fits")

    assert len(queue.bodies()) == 1


def test_a_mailbox_that_does_not_take_it_is_an_error(router: SceneRouter) -> None:
    """Nobody is told that a message was taken when it was not."""
    with pytest.raises(MailboxUnavailable):
        route(router)


def test_the_refs_of_files_are_sealed_with_the_channels_key(
    router: SceneRouter, queue: MemoryQueue
) -> None:
    """What the channel calls a file comes back to it, and nothing made up does."""
    file = Attachment(kind="image", name="cat.png", size=3, ref="media-1")
    message = replace(samples.chat_message(), attachments=(file,))
    router.route(samples.binding(), message, samples.identity())

    (found,) = mailbox.parse(queue.bodies()[0]).attachments
    assert (found.kind, found.name, found.size) == ("image", "cat.png", 3)
    known = attachment_ref.unseal(found.ref, samples.REPLY_KEY, START)
    assert (known.ref, known.address) == ("media-1", samples.ADDRESS)
