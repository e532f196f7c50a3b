"""An external agent's own process behind every channel: mailbox, handler, outbox and back."""

import pytest

from cococat.core import mailbox
from cococat.core.agent import Handler
from cococat.core.external_agent import ExternalAnswers, Received
from cococat.core.messages import FALLBACK_TEXT
from cococat.heartbeat.loop import Loop
from cococat.heartbeat.pace import Pace
from tests.contract.stage import Stage
from tests.support import handlers, queues, samples
from tests.support.backends import Backend

AGENT = "partner"
PACE = Pace(timeout=5, tick=0.01, wait=0)


class BackendReader:
    """`cococat.core.external_agent.MailboxReader` over any backend, in virtual time."""

    def __init__(self, backend: Backend, url: str) -> None:
        self._backend = backend
        self._url = url
        self._given: dict[str, queues.Received] = {}

    def receive(self, seconds: int) -> Received | None:
        """Return the next message."""
        found = self._backend.receive(self._url)
        if found is None:
            return None
        self._given[found.receipt] = found
        return Received(
            id=found.id,
            receipt=found.receipt,
            body=found.body,
            group=mailbox.parse(found.body).conversation_id,
            receives=found.receives,
        )

    def delete(self, received: Received) -> None:
        """Forget a message."""
        self._backend.delete(self._given[received.receipt])

    def hide(self, received: Received, seconds: int) -> None:
        """Show a message again after *seconds*."""
        self._backend.hide(self._given[received.receipt], seconds)


class Partner:
    """A scene whose agent has a process of its own, and what that does."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._backend = stage.world.backend
        self._url = self._backend.make_mailbox(AGENT)
        wish = samples.wish(
            stage.address("shop"),
            config=stage.case.config("shop"),
            secrets=stage.case.secrets("shop"),
            mailbox=self._url,
            agent=AGENT,
        )
        self._backend.connect(wish)
        self.platform = stage.platform("shop")

    def work(self, handler: Handler) -> None:
        """Let its process work until the mailbox is empty, letting time pass where needed."""
        while True:
            assert self._loop(handler).run(once=True)
            self._stage.world.settle()
            due = self._backend.next_due(self._url)
            if due is None:
                return
            self._stage.world.clock.advance(max(due - self._stage.world.clock.now(), 0))

    def _loop(self, handler: Handler) -> Loop:
        return Loop(
            agent=AGENT,
            reader=BackendReader(self._backend, self._url),
            answers=ExternalAnswers(self._backend.outbox),
            handler=handler,
            concurrency=4,
            pace=PACE,
        )


@pytest.fixture(name="partner")
def _partner(stage: Stage) -> Partner:
    return Partner(stage)


def test_its_answer_reaches_the_user(stage: Stage, partner: Partner) -> None:
    """The whole way, with text of any script; where there is a response in time, in that."""
    partner.platform.deliver("用户", "你好")
    partner.work(handlers.says("您好 🐈"))

    assert partner.platform.heard("用户") == ["您好 🐈"]
    assert (stage.world.in_queues(), stage.reasons()) == (0, [])


def test_no_answer_is_no_reply(stage: Stage, partner: Partner) -> None:
    """And nothing is dead."""
    partner.platform.deliver("ann", "hello")
    partner.work(handlers.silent)

    assert partner.platform.heard("ann") == []
    assert (stage.world.in_queues(), stage.reasons()) == (0, [])


def test_one_failure_is_made_good(stage: Stage, partner: Partner) -> None:
    """The second try's answer is the answer."""
    partner.platform.deliver("ann", "hello")
    script = handlers.Script(handlers.raises)
    partner.work(script)

    assert (len(script.seen), partner.platform.heard("ann")) == (2, ["hello"])
    assert stage.reasons() == []


def test_two_failures_end_with_the_fallback_and_a_dead_letter(
    stage: Stage, partner: Partner
) -> None:
    """As with an agent of our own, though this one can't write a table."""
    partner.platform.deliver("ann", "hello")
    partner.work(handlers.raises)

    assert partner.platform.heard("ann") == [FALLBACK_TEXT]
    (letter,) = stage.world.letters()
    assert (letter.reason, letter.queue, letter.agent) == ("agent_error", "mailbox", AGENT)
    assert letter.detail == "LookupError"
    assert mailbox.parse(letter.body).content == "hello"
