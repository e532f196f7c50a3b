import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import NoReturn

import pytest

from cococat.agents.run import HandlerAgent
from cococat.core import text
from cococat.core.errors import AgentError, AgentTimeout
from cococat.core.mailbox import MailboxMessage
from cococat.core.messages import Reply
from tests.support import handlers, samples
from tests.support.progress import unheard

MESSAGE = samples.mailbox_message("你好")


@pytest.fixture(autouse=True)
def _leaves_no_alarm_behind() -> Iterator[None]:
    """After every run the process's alarm is as it was."""
    before = signal.getsignal(signal.SIGALRM)
    yield

    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def answer(handler: Callable[[MailboxMessage], object], seconds: float = 5) -> Reply | None:
    """Let *handler* answer."""
    return HandlerAgent(handler).answer(MESSAGE, seconds, unheard)  # type: ignore[arg-type]


class TestAnswers:
    """What a handler may return."""

    def test_a_text_is_an_answer(self) -> None:
        """The plainest form."""
        assert answer(handlers.echo) == Reply(text="你好")

    def test_a_reply_is_an_answer(self) -> None:
        """The form with more to say, as it is."""
        reply = Reply(text="hi", fallback=True)

        assert answer(lambda _message: reply) == reply

    def test_none_is_no_answer(self) -> None:
        """An agent may keep silent."""
        assert answer(handlers.silent) is None

    def test_an_answer_is_cleaned(self) -> None:
        """What no queue takes is gone."""
        assert answer(handlers.says("a\x00b\ud800c\uffffd")) == Reply(text="abcd")

    @pytest.mark.parametrize("character", ["a", "猫", "🐈"])
    def test_an_answer_is_cut_to_what_a_queue_takes(self, character: str) -> None:
        """A very long answer keeps its beginning, in whole characters."""
        reply = answer(handlers.says(character * 300_000))

        assert reply is not None
        assert text.MAX_REPLY - 4 < text.size(reply.text) <= text.MAX_REPLY
        assert set(reply.text) == {character}

    @pytest.mark.parametrize("said", [0, b"hi", ["hi"], {"text": "hi"}, object()])
    def test_anything_else_is_an_error(self, said: object) -> None:
        """A wrong type is the agent's failure."""
        with pytest.raises(AgentError, match="returned"):
            answer(lambda _message: said)

    @pytest.mark.parametrize("said", ["", " \n", "\x00", "\ud800", Reply(text=""), Reply()])
    def test_an_answer_with_nothing_in_it_is_an_error(self, said: object) -> None:
        """No platform takes an empty message."""
        with pytest.raises(AgentError, match="says nothing"):
            answer(lambda _message: said)


class TestErrors:
    """A handler that raises."""

    def test_its_kind_is_kept_and_not_its_text(self) -> None:
        """What an agent's error says may quote a user."""
        with pytest.raises(AgentError) as raised:
            answer(handlers.raises)

        assert (raised.value.code, raised.value.detail) == ("agent_error", "LookupError")
        assert "secret" not in str(raised.value)


def sleeps_and_catches_everything(_message: MailboxMessage) -> str:
    """Take long, and catch what a careful author catches."""
    try:
        time.sleep(5)
    except Exception:  # noqa: BLE001 - that is the point
        return "caught"
    return "too late"


def works_in_python_code(_message: MailboxMessage) -> NoReturn:
    """Never come back, without a system call."""
    caught = 0
    while True:
        try:
            sum(range(1000))
        except Exception:  # noqa: BLE001 - that is the point
            caught += 1


def catches_the_first_stop(_message: MailboxMessage) -> None:
    """Catch even what no handler should."""
    try:
        time.sleep(5)
    except BaseException:  # noqa: BLE001 - that is the point
        time.sleep(5)


class TestDeadline:
    """A handler that takes too long."""

    @pytest.mark.parametrize(
        "handler", [handlers.overruns, sleeps_and_catches_everything, works_in_python_code]
    )
    def test_is_stopped_at_its_deadline(self, handler: Callable[[MailboxMessage], object]) -> None:
        """Sleeping, computing or catching every exception does not help it."""
        started = time.monotonic()
        with pytest.raises(AgentTimeout):
            answer(handler, seconds=0.05)

        assert 0.04 < time.monotonic() - started < 3

    def test_is_stopped_again_if_it_catches_the_stop(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A handler that catches everything is stopped once more."""
        monkeypatch.setattr("cococat.agents.run.REPEAT", 0.05)
        with pytest.raises(AgentTimeout):
            answer(catches_the_first_stop, seconds=0.05)

    @pytest.mark.parametrize("seconds", [0, -5, 0.0001])
    def test_no_time_at_all_is_a_timeout(self, seconds: float) -> None:
        """A run that begins too late is over at once."""
        with pytest.raises(AgentTimeout):
            answer(handlers.overruns, seconds)

    def test_a_deadline_that_comes_at_the_worst_moment_leaves_no_alarm(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A stop between setting the alarm and the handler's first line is a timeout too."""
        original = signal.setitimer

        def at_once(which: int, seconds: float, interval: float = 0) -> tuple[float, float]:
            before = original(which, seconds, interval)
            if seconds:
                os.kill(os.getpid(), signal.SIGALRM)
            return before

        monkeypatch.setattr(signal, "setitimer", at_once)
        with pytest.raises(AgentTimeout):
            answer(handlers.echo)

    def test_a_stop_after_the_answer_is_no_stop(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An alarm that rings while it is being put away does not cost the answer."""
        original = signal.setitimer

        def rings(which: int, seconds: float, interval: float = 0) -> tuple[float, float]:
            if not seconds:
                os.kill(os.getpid(), signal.SIGALRM)
            return original(which, seconds, interval)

        monkeypatch.setattr(signal, "setitimer", rings)
        assert answer(handlers.echo) == Reply(text="你好")


class TestPieces:
    """A handler that yields its text piece by piece."""

    def test_are_one_answer_that_is_seen_to_grow(self) -> None:
        """Each piece is shown with all that came before it."""
        said: list[str] = []
        pieces = HandlerAgent(lambda _message: iter(["您", "好", "!"]))

        assert pieces.answer(MESSAGE, 5, said.append) == Reply(text="您好!")
        assert said == ["您", "您好", "您好!"]

    def test_that_fail_are_no_answer(self) -> None:
        """Whatever was shown before."""

        def handler(_message: MailboxMessage) -> Iterator[str]:
            yield "a"
            raise LookupError

        with pytest.raises(AgentError):
            answer(handler)

    def test_without_an_end_are_cut(self) -> None:
        """An answer has a size."""
        reply = answer(lambda _message: iter(lambda: "a" * 1000, ""))
        assert reply is not None
        assert len(reply.text) == text.MAX_REPLY
