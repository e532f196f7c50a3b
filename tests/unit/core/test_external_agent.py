import json
from dataclasses import replace

import pytest

from cococat.core import external_agent, mailbox, outbox_message, text
from cococat.core.errors import MailboxUnavailable, MalformedMessage
from cococat.core.external_agent import ExternalAnswers, Received
from cococat.core.ids import group_id
from cococat.core.mailbox import MAX_QUEUE_MESSAGE
from cococat.core.messages import Reply
from cococat.core.outbox_message import OutboxMessage
from cococat.core.reply_address import seal
from tests.support import samples
from tests.support.clock import FakeClock
from tests.support.queues import MemoryQueue
from tests.support.schemas import validator

MESSAGE = samples.mailbox_message()


class Sent(MemoryQueue):
    """An outbox that tells the groups of its messages too."""

    def __init__(self) -> None:
        super().__init__(samples.OUTBOX, FakeClock())
        self.groups: list[str] = []

    def send(self, body: str, *, group: str, deduplication: str) -> None:
        """Keep *body*."""
        super().send(body, group=group, deduplication=deduplication)
        validator("outbox").validate(json.loads(body))
        self.groups.append(group)

    def messages(self) -> list[OutboxMessage]:
        """Return what was kept."""
        return [outbox_message.parse(body) for body in self.bodies()]


@pytest.fixture(name="outbox")
def _outbox() -> Sent:
    return Sent()


def received(body: str) -> Received:
    """Return *body* as a consumer gets it."""
    return Received(id="1", receipt="r", body=body, group="g", receives=1)


class TestReading:
    """What comes out of the mailbox."""

    def test_a_message_of_ours_is_read(self) -> None:
        """As the door wrote it."""
        assert external_agent.read(received(MESSAGE.to_json())) == MESSAGE

    @pytest.mark.parametrize("body", ["", "{}", MESSAGE.to_json().replace(MESSAGE.reply, "x.y")])
    def test_one_that_nobody_can_answer_is_malformed(self, body: str) -> None:
        """It has no form, or no address."""
        with pytest.raises(MalformedMessage):
            external_agent.read(received(body))

    def test_nothing_that_was_said_is_in_a_repr(self) -> None:
        """A log that prints what was received quotes nobody."""
        assert "hello" not in repr(received(MESSAGE.to_json()))


class TestAnswering:
    """What goes into the outbox."""

    def test_an_answer_goes_to_its_conversation(self, outbox: Sent) -> None:
        """With the message's own address, in the group of its conversation."""
        ExternalAnswers(outbox).answer(MESSAGE, Reply(text="您好"))

        assert outbox.messages() == [OutboxMessage(reply=MESSAGE.reply, answer=Reply(text="您好"))]
        assert outbox.groups == [group_id(samples.ADDRESS, "ann")]

    def test_no_answer_is_said_too(self, outbox: Sent) -> None:
        """Whoever waits is to be released."""
        ExternalAnswers(outbox).answer(MESSAGE, None)

        assert outbox.messages() == [OutboxMessage(reply=MESSAGE.reply, none=True)]

    def test_a_failure_brings_the_message_along(self, outbox: Sent) -> None:
        """So that an operator can replay it; the channel's own words are the outbox's affair."""
        ExternalAnswers(outbox).fail(MESSAGE, "agent_error", "ValueError")

        (failed,) = outbox.messages()
        assert (failed.reply, failed.answer) == (MESSAGE.reply, None)
        assert (failed.failure, failed.detail) == ("agent_error", "ValueError")
        assert mailbox.read(failed.message or {}) == MESSAGE

    def test_what_is_said_twice_is_heard_once(self, outbox: Sent) -> None:
        """A second run of the same message does not answer a second time."""
        answers = ExternalAnswers(outbox)
        answers.fail(MESSAGE, "agent_timeout")
        answers.answer(MESSAGE, Reply(text="late"))

        assert [each.failure for each in outbox.messages()] == ["agent_timeout"]

    def test_a_replayed_message_is_answered_anew(self, outbox: Sent) -> None:
        """An operator's replay has another address, and so an answer of its own."""
        address = samples.reply_address()
        later = seal(replace(address, expires_at=address.expires_at + 1), samples.REPLY_KEY)
        answers = ExternalAnswers(outbox)
        answers.answer(MESSAGE, Reply(text="first"))
        answers.answer(replace(MESSAGE, reply=later), Reply(text="second"))

        assert [each.answer for each in outbox.messages()] == [
            Reply(text="first"),
            Reply(text="second"),
        ]

    @pytest.mark.parametrize("character", ["a", "猫", '"'])
    def test_a_long_answer_is_cut_to_what_a_queue_takes(self, outbox: Sent, character: str) -> None:
        """In whole characters, and no more than needed."""
        ExternalAnswers(outbox).answer(MESSAGE, Reply(text=character * (256 * 1024)))

        (body,) = outbox.bodies()
        assert MAX_QUEUE_MESSAGE - text.MAX_REPLY / 2 < text.size(body) <= MAX_QUEUE_MESSAGE
        (said,) = outbox.messages()
        assert said.answer is not None
        assert set(said.answer.text) == {character}

    def test_a_message_as_large_as_a_queue_takes_is_left_out(self, outbox: Sent) -> None:
        """The failure is told all the same."""
        whole = MAX_QUEUE_MESSAGE - text.size(replace(MESSAGE, content="").to_json())
        ExternalAnswers(outbox).fail(replace(MESSAGE, content="a" * whole), "agent_error")

        assert outbox.messages() == [OutboxMessage(reply=MESSAGE.reply, failure="agent_error")]

    def test_an_outbox_that_is_down_is_told(self) -> None:
        """The caller decides what to do then."""

        class Down(Sent):
            def send(self, body: str, *, group: str, deduplication: str) -> None:
                raise MailboxUnavailable

        with pytest.raises(MailboxUnavailable):
            ExternalAnswers(Down()).answer(MESSAGE, None)
