import logging

import pytest

from cococat.core.dead_letters import DeadLetter
from cococat.core.keeper import Task, bury_killed, each_of, keep
from cococat.core.outbox_message import OutboxMessage
from cococat.core.reply_address import seal
from tests.support import samples
from tests.support.clock import START, FakeClock
from tests.support.items import MemoryItems


def _fail(*_: object) -> int:
    raise KeyError("canary")


class TestTasks:
    """What the keeper does in one turn."""

    def test_each_tells_what_it_mended(self, caplog: pytest.LogCaptureFixture) -> None:
        """The log says the same."""
        caplog.set_level(logging.INFO)
        mended = keep((Task("one", lambda: 2), Task("two", lambda: 0)))

        assert mended == {"one": 2, "two": 0}
        assert vars(caplog.records[0])["mended"] == mended

    def test_one_that_fails_stops_no_other(self, caplog: pytest.LogCaptureFixture) -> None:
        """It is told with -1, and where it failed, but not what was said."""
        mended = keep((Task("one", _fail), Task("two", lambda: 1)))

        assert mended == {"one": -1, "two": 1}
        assert vars(caplog.records[0])["error"] == "KeyError"
        assert "canary" not in caplog.text

    def test_one_thing_that_fails_stops_no_other(self) -> None:
        """All are done before the failure is told."""
        done: list[int] = []

        def mend(thing: int) -> int:
            if thing == 2:
                raise KeyError(thing)
            done.append(thing)
            return thing

        with pytest.raises(KeyError):
            each_of([1, 2, 3], mend)
        assert done == [1, 3]
        assert each_of([1, 3], mend) == 4
        assert each_of([], mend) == 0


class TestTheKilled:
    """A message whose runs were killed too often."""

    def bury(self, queue: str, body: str, agent: str = "") -> DeadLetter:
        """Bury *body* twice, and return the one letter that there is then."""
        clock = FakeClock()
        items = MemoryItems(clock)
        bury_killed(items, queue, agent, body, clock)
        clock.advance(60)
        bury_killed(items, queue, agent, body, clock)
        (letter,) = items.open_letters(10)
        return letter

    def test_it_is_kept_once_with_its_id(self) -> None:
        """As any other dead letter of a mailbox, to be replayed."""
        body = samples.mailbox_message().to_json()
        letter = self.bury("mailbox", body, "support")

        assert (letter.id, letter.part, letter.queue) == (samples.identity(), 0, "mailbox")
        assert (letter.reason, letter.agent, letter.body) == ("killed", "support", body)
        assert letter.dead_at == int(START)

    def test_an_answer_is_kept_with_the_id_of_its_message(self) -> None:
        """Its replay sends what had not been sent."""
        reply = seal(samples.reply_address(), samples.REPLY_KEY)
        letter = self.bury("outbox", OutboxMessage(reply=reply).to_json())

        assert (letter.id, letter.part, letter.queue) == (samples.identity(), 1, "outbox")
        assert letter.agent == ""

    @pytest.mark.parametrize("queue", ["mailbox", "outbox"])
    @pytest.mark.parametrize("body", ["", "{", "not ours", '{"schema": 1, "reply": "x"}'])
    def test_what_is_not_ours_is_kept_too(self, queue: str, body: str) -> None:
        """Under a digest of its body."""
        letter = self.bury(queue, body)

        assert (len(letter.id), letter.part, letter.body) == (64, 0, body)
