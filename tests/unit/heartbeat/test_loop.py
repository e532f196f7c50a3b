import threading
import time

import pytest

from cococat.core import mailbox
from cococat.core.errors import ConfigError, MailboxUnavailable
from cococat.core.mailbox import MailboxMessage
from tests.support import handlers
from tests.support.agent_mailbox import NOT_OURS, AgentMailbox
from tests.support.external_loop import LATER, Bench, message, until


class TestAnswers:
    """A handler that works."""

    def test_an_answer_goes_into_the_outbox_and_the_message_is_deleted(self, bench: Bench) -> None:
        """In this order: what is not in the outbox stays in the mailbox."""
        bench.mailbox.send(message("hello"))

        assert bench.work(handlers.echo)
        assert bench.said() == [("hello", None)]
        assert (bench.mailbox.deleted, bench.mailbox.left()) == (1, [])

    def test_no_answer_is_told(self, bench: Bench) -> None:
        """Whoever waits is released."""
        bench.mailbox.send(message("hello"))
        bench.work(handlers.silent)

        assert [each.none for each in bench.outbox.messages()] == [True]
        assert bench.mailbox.left() == []

    def test_a_conversation_keeps_its_order(self, bench: Bench) -> None:
        """One message at a time, in the order in which they came."""
        for number in range(5):
            bench.mailbox.send(message(str(number)))
        bench.work(handlers.echo)

        assert [text for text, _ in bench.said()] == list("01234")

    def test_conversations_do_not_wait_for_each_other(self, bench: Bench) -> None:
        """As many run at the same time as there may be."""
        together = threading.Barrier(4, timeout=5)

        def meets(message: MailboxMessage) -> str:
            together.wait()
            return message.content

        for user in "abcd":
            bench.mailbox.send(message(user, user), user)

        assert bench.work(meets, concurrency=4)
        assert sorted(text or "" for text, _ in bench.said()) == list("abcd")

    def test_no_more_run_than_there_may_be(self, bench: Bench) -> None:
        """The others wait in the mailbox."""
        running, most = 0, 0

        def counts(message: MailboxMessage) -> str:
            nonlocal running, most
            running += 1
            most = max(most, running)
            time.sleep(0.02)
            running -= 1
            return message.content

        for user in "abcdef":
            bench.mailbox.send(message(user, user), user)
        bench.work(counts, concurrency=2)

        assert (most, len(bench.said())) == (2, 6)


class TestFailures:
    """A handler that does not work."""

    def test_one_failure_is_made_good(self, bench: Bench) -> None:
        """The message comes again, and the second try's answer is the answer."""
        bench.mailbox.send(message("hello"))
        bench.work(handlers.Script(handlers.raises))

        assert bench.said() == [("hello", None)]
        assert bench.mailbox.hidden == [0]

    def test_two_failures_are_told_with_the_message(self, bench: Bench) -> None:
        """The outbox keeps it as a dead letter, and tells the user."""
        sent = message("hello")
        bench.mailbox.send(sent)
        bench.work(handlers.raises)

        (failed,) = bench.outbox.messages()
        assert (failed.failure, failed.answer) == ("agent_error", None)
        assert mailbox.read(failed.message or {}) == sent
        assert bench.mailbox.left() == []

    def test_one_failure_does_not_let_the_next_message_overtake(self, bench: Bench) -> None:
        """The conversation waits for the second try."""
        bench.mailbox.send(message("first"))
        bench.mailbox.send(message("second"))
        bench.work(handlers.Script(handlers.raises))

        assert [text for text, _ in bench.said()] == ["first", "second"]

    @pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit])
    def test_a_handler_can_not_end_the_process(
        self, bench: Bench, error: type[BaseException]
    ) -> None:
        """Whatever it raises is its failure."""

        def raises(_message: MailboxMessage) -> None:
            raise error

        bench.mailbox.send(message("hello"))

        assert bench.work(raises)
        assert bench.said() == [(None, "agent_error")]

    def test_a_message_whose_runs_were_killed_is_left_alone(self, bench: Bench) -> None:
        """What came twice already, and is still there, has killed its processes."""
        bench.mailbox.send(message("hello"))
        for _ in range(2):
            received = bench.mailbox.receive(0)
            assert received is not None
            bench.mailbox.hide(received, 0)
        script = handlers.Script()
        bench.work(script)

        assert (script.seen, bench.said()) == ([], [(None, "killed")])

    def test_what_is_not_of_our_form_is_left_to_the_queue(self, bench: Bench) -> None:
        """It is neither run nor deleted, and holds nobody up."""
        bench.mailbox.send("{}", "stray")
        bench.mailbox.send(message("hello"))
        with bench.running(handlers.echo, LATER):
            until(bench.said)

        assert bench.mailbox.hidden == [1]
        assert bench.said() == [("hello", None)]
        assert bench.mailbox.left() == ["{}"]


class TestQueues:
    """Queues that fail."""

    def test_an_answer_waits_for_the_outbox(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The handler is not asked again for what it has answered."""
        monkeypatch.setattr("cococat.heartbeat.desk.PAUSE", 0.01)
        bench.outbox.failures = 1
        bench.mailbox.send(message("hello"))
        script = handlers.Script()

        assert bench.work(script)
        assert (script.seen, bench.said()) == (["hello"], [("hello", None)])

    def test_an_outbox_that_stays_down_leaves_the_message_in_the_mailbox(
        self, bench: Bench
    ) -> None:
        """A later process runs it anew."""
        bench.outbox.failures = 1000
        bench.mailbox.send(message("hello"))
        with bench.running(handlers.echo):
            until(lambda: bench.outbox.failures < 1000)

        assert (bench.said(), len(bench.mailbox.left())) == ([], 1)

    def test_a_mailbox_that_is_down_is_asked_again(self, bench: Bench) -> None:
        """The loop goes on when it is back."""
        bench.mailbox.failures = [MailboxUnavailable()] * 3
        bench.mailbox.send(message("hello"))

        assert bench.work(handlers.echo)
        assert bench.said() == [("hello", None)]

    def test_a_mailbox_that_is_not_ours_ends_the_loop(self, bench: Bench) -> None:
        """It can't be run at all."""
        bench.mailbox.failures = [NOT_OURS]
        with pytest.raises(ConfigError, match="AccessDenied"):
            bench.work(handlers.echo)

    def test_rights_that_are_taken_away_later_are_waited_for(self, bench: Bench) -> None:
        """What has worked once may work again."""
        bench.mailbox.failures = [None, NOT_OURS]
        for content in ("one", "two"):
            bench.mailbox.send(message(content))

        assert bench.work(handlers.echo)
        assert len(bench.said()) == 2

    def test_a_bug_in_the_receiver_is_a_failure(self, bench: Bench) -> None:
        """The process does not stay there deaf."""
        bench.mailbox.failures = [ZeroDivisionError()]

        assert not bench.work(handlers.echo)

    def test_a_message_that_is_not_deleted_is_answered_once(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It comes again and is run again; the outbox knows the answer already."""
        bench.mailbox = AgentMailbox(visibility=0.05)
        bench.mailbox.send(message("hello"))
        delete, tries = bench.mailbox.delete, []

        def fails_at_first(received: object) -> None:
            tries.append(received)
            if len(tries) <= 3:
                raise MailboxUnavailable
            delete(received)  # type: ignore[arg-type]

        monkeypatch.setattr(bench.mailbox, "delete", fails_at_first)

        assert bench.work(handlers.echo)
        assert bench.said() == [("hello", None)]
