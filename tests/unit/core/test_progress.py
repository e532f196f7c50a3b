from dataclasses import replace

import pytest

from cococat.core import claims, message_record
from cococat.core.claims import Run
from cococat.core.message_record import MessageRecord
from cococat.core.messages import Reply
from cococat.core.progress import WORKING_EVERY, WORKING_FOR, LiveProgress, Shown, ShowsProgress
from cococat.core.reply_address import ReplyAddress
from tests.support import samples
from tests.support.clock import START, FakeClock
from tests.support.items import MemoryItems

TO = samples.reply_address()


class Screen:
    """A platform that shows an answer while it grows."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.known: list[Shown] = []
        self.is_down = False

    def show(self, to: ReplyAddress, text: str, shown: Shown) -> Shown:
        """Show *text*."""
        assert to == TO
        if self.is_down:
            raise OSError
        self.shown.append(text)
        self.known.append(shown)
        return {"id": "7"} if text else {}


class Bench:
    """The progress of an answer with all that it touches in memory."""

    def __init__(self) -> None:
        self.items = MemoryItems(FakeClock())
        self.screen = Screen()
        step = claims.claim(self.items, TO.message_id, TO.address, START)
        assert isinstance(step, Run)
        self.claimed = step.record
        self.progress = LiveProgress(self.screen, TO, self.claimed, self.items)

    def record(self) -> MessageRecord:
        """Return the message's record."""
        found = message_record.load(self.items, TO.message_id)
        assert found is not None
        return found


@pytest.fixture(name="bench")
def _bench() -> Bench:
    return Bench()


def test_the_screen_is_one(bench: Bench) -> None:
    """A channel needs no base class to show progress."""
    assert isinstance(bench.screen, ShowsProgress)


def test_what_is_new_is_shown_and_kept(bench: Bench) -> None:
    """The same text is shown once; the channel gets back what it returned."""
    for said in ("Hel", "Hello", "Hello", "Hello!"):
        bench.progress.say(said)
        bench.progress.look()

    assert bench.screen.shown == ["Hel", "Hello", "Hello!"]
    assert bench.screen.known == [{}, {"id": "7"}, {"id": "7"}]
    assert (bench.record().partial, bench.record().shown) == ("Hello!", {"id": "7"})


def test_an_agent_that_works_is_seen_to(bench: Bench) -> None:
    """Now and then, until it says something or must be taken for dead."""
    for _ in range(3 * WORKING_FOR):
        bench.progress.look()

    assert set(bench.screen.shown) == {""}
    assert len(bench.screen.shown) == WORKING_FOR // WORKING_EVERY + 1


def test_a_failure_ends_the_showing(bench: Bench) -> None:
    """And nothing else."""
    bench.progress.say("Hel")
    bench.screen.is_down = True
    bench.progress.look()
    bench.screen.is_down = False
    bench.progress.say("Hello")
    bench.progress.look()

    assert bench.screen.shown == []
    assert bench.record().partial == ""


def test_a_later_runs_message_is_left_alone(bench: Bench) -> None:
    """What a run from before says is nobody's answer any more."""
    step = claims.claim(bench.items, TO.message_id, TO.address, START)
    assert isinstance(step, Run)
    bench.progress.say("old")
    bench.progress.look()

    assert bench.record() == replace(step.record, version=bench.record().version)


def test_the_answer_takes_the_progress_place(bench: Bench) -> None:
    """What was shown is still known, so that the answer goes into the same message."""
    bench.progress.say("Hel")
    bench.progress.look()
    claims.store_reply(bench.items, bench.claimed, Reply(text="Hello"), START)

    record = bench.record()
    assert (record.partial, record.shown, record.reply) == ("", {"id": "7"}, Reply(text="Hello"))


def test_it_runs_beside_the_agent(bench: Bench) -> None:
    """The first sign comes at once, and `close` is the end."""
    progress = bench.progress.start()
    progress.close()

    assert bench.screen.shown == [""]
