import json
from dataclasses import replace

import pytest

from cococat.core.channels.wechat import SUCCESS
from cococat.core.items import Item, update
from cococat.core.message_record import unseen
from cococat.core.messages import FALLBACK_TEXT
from cococat.core.passive_window import ONE_DELIVERY as CLOSES
from cococat.core.patient_route import CUT
from cococat.core.wechat_door import PASSIVE_WAIT
from cococat.core.wechat_outlet import TURN
from cococat.simulators.wechat import CUT_AFTER, OutOfOrder
from tests.support import handlers
from tests.support.clock import START
from tests.support.handlers import says
from tests.support.wechat import ADDRESS, USER, OfficialAccount
from tests.support.wechat_forge import MESSAGE, Forge
from tests.support.wechat_window import late, now, record, texts

TRIES = 9
"""How often the door writes into a mailbox that does not take it: for 4 s, every half a second."""


class TestInTime:
    """The agent answers while the platform waits."""

    @pytest.mark.parametrize("seconds", [0, 0.001, 0.5, 2, 4.3])
    def test_the_response_holds_the_answer(self, seconds: float) -> None:
        """As soon as it is there, and the outbox has nothing left to do."""
        account = OfficialAccount(says("hi"))
        account.works_after(seconds)

        assert account.platform.write(USER, "hello") == "hi"
        assert seconds <= now(account) < seconds + 0.11
        account.world.settle()
        assert (account.world.in_queues(), account.reasons()) == (0, [])

    def test_the_outbox_waits_while_the_window_is_open(self) -> None:
        """Until its end a response may take the answer; then nothing is to be sent."""
        account = OfficialAccount()
        connection = account.open(Forge().delivery())
        account.world.pump()

        account.clock.advance(CLOSES - 1)
        assert texts(account, connection) == [MESSAGE["Content"]]
        assert account.world.in_queues() == 1
        account.world.settle()
        assert now(account) < CLOSES
        assert _part(account)["state"] == "spared"

    def test_the_wait_counts_from_the_platforms_request(self) -> None:
        """A door that had to start first has less time left."""
        account = OfficialAccount()
        account.clock.advance(3)
        request = replace(Forge().delivery(), received_at=START)
        connection = account.open(request)
        account.clock.wait_for(lambda: connection.done, 10)

        assert PASSIVE_WAIT <= now(account) < PASSIVE_WAIT + 0.11
        assert connection.result().body == SUCCESS

    @pytest.mark.parametrize("options", [{}, {"passive_wait": 1.5}])
    def test_the_outbox_looks_again_soon(self, options: dict[str, float]) -> None:
        """What is hidden for longer would keep back the answer to the user's next message."""
        account = OfficialAccount(options=options)
        account.open(Forge().delivery())
        account.world.pump()

        assert account.backend.next_due(account.backend.outbox_url) == START + TURN

    @pytest.mark.parametrize("wait", [0, 1.5])
    def test_the_entry_may_wait_less(self, wait: float) -> None:
        """`passive_wait` of the options."""
        account = OfficialAccount(options={"passive_wait": wait})
        connection = account.open(Forge().delivery())
        account.clock.wait_for(lambda: connection.done, 10)

        assert wait <= now(account) < wait + 0.11
        assert connection.result().body == SUCCESS

    def test_no_answer_is_told_at_once(self) -> None:
        """An agent that keeps silent does not keep the platform."""
        account = OfficialAccount(handlers.silent)
        account.works_after(1)

        assert account.platform.write(USER, "hello") is None
        assert 1 <= now(account) < 1.11
        assert account.connections[0].result().body == SUCCESS
        account.world.settle()
        assert (account.world.in_queues(), account.reasons()) == (0, [])

    def test_a_failing_agent_is_made_up_for_in_place(self) -> None:
        """The follower reads the fallback text, the operator has a dead letter."""
        account = OfficialAccount(handlers.raises, handlers.raises)
        account.works_after(0.5, 1.6)

        assert account.platform.write(USER, "hello") == FALLBACK_TEXT
        account.world.settle()
        assert account.reasons() == ["agent_error"]

    def test_an_agent_of_somebody_elses_answers_in_place(self) -> None:
        """Whoever reads the mailbox and writes the outbox is in time too."""
        account = OfficialAccount()
        account.clock.after(1, lambda: _answer_from_outside(account, "from outside"))
        account.works_after(1)

        assert account.platform.write(USER, "hello") == "from outside"
        account.world.settle()
        assert (account.agent.seen, account.reasons()) == ([], [])


def _answer_from_outside(account: OfficialAccount, text: str) -> None:
    """Do what an agent without a table does."""
    received = account.mailbox.receive()
    assert received is not None
    reply = json.loads(received.body)["reply"]
    answer = {"schema": "cococat.outbox/1", "reply": reply, "content": text}
    account.backend.outbox.send(json.dumps(answer), group="g", deduplication="d")
    account.mailbox.delete(received.receipt)


def _part(account: OfficialAccount) -> Item:
    """Return what became of the answer's first part."""
    item = account.backend.items.get(account.identity(MESSAGE["MsgId"]), "part#0001")
    assert item is not None
    return item


class TestTooLate:
    """The agent answers when the platform no longer waits."""

    @pytest.mark.parametrize("seconds", [4.6, 5.9, 6, 60])
    def test_success_is_said_and_the_outbox_sends(self, seconds: float) -> None:
        """`success` within 4.5 s, and then a customer-service message."""
        account = OfficialAccount(says("at last"))
        account.works_after(seconds)

        assert account.platform.write(USER, "hello") is None
        assert now(account) < CUT_AFTER
        account.clock.advance(seconds)
        account.world.settle()
        assert now(account) >= CLOSES
        assert (account.reasons(), late(account)) == ([], ["at last"])
        assert account.agent.seen == ["hello"]

    def test_a_redelivery_after_that_is_only_acknowledged(self) -> None:
        """The outbox has the answer by then."""
        account = OfficialAccount(says("at last"))
        account.platform.deliver(MESSAGE)
        account.clock.advance(2)
        account.world.settle()

        assert account.platform.deliver(MESSAGE) is None
        account.world.settle()
        assert late(account) == ["at last"]
        assert account.agent.seen == [MESSAGE["Content"]]


class TestRedelivery:
    """The platform delivers again what was not answered."""

    @pytest.mark.parametrize("lost", [1, 2])
    def test_a_lost_answer_is_given_again(self, lost: int) -> None:
        """The next delivery gets the same text; the agent is not asked again."""
        account = OfficialAccount(says("hi"), says("other"))
        account.lost = lost
        account.works_after(0.5)

        assert account.platform.write(USER, "hello") == "hi"
        assert len(account.connections) == lost + 1
        account.world.settle()
        assert (account.agent.seen, account.reasons()) == (["hello"], [])

    def test_an_answer_that_never_arrives_is_no_reason_to_ask_again(self) -> None:
        """After three deliveries the platform gives up, and so do we."""
        account = OfficialAccount(says("hi"))
        account.lost = 3
        account.works_after(0.5)
        with pytest.raises(OutOfOrder):
            account.platform.write(USER, "hello")
        account.world.settle()

        assert account.agent.seen == ["hello"]
        assert account.world.in_queues() == 0

    def test_a_delivery_of_yesterday_is_still_known(self) -> None:
        """Hours later the same text comes back, from what is stored."""
        account = OfficialAccount(says("hi"), says("other"))
        account.works_after(0.5)
        given = [account.platform.deliver(MESSAGE)]
        account.clock.advance(7 * 3600)
        given.append(account.platform.deliver(MESSAGE))
        account.world.settle()

        assert given == ["hi", "hi"]
        assert account.agent.seen == [MESSAGE["Content"]]

    def test_two_messages_do_not_share_a_slot(self) -> None:
        """Each has its own answer."""
        account = OfficialAccount(says("one"), says("two"))
        first = account.open(Forge().delivery())
        second = account.open(Forge().delivery(MESSAGE | {"MsgId": "2"}))
        account.world.settle()

        assert texts(account, first, second) == ["one", "two"]


class TestMailboxDown:
    """No queue takes the message."""

    @pytest.mark.parametrize("failure", ["refused", "lost"])
    def test_a_short_while_is_bridged(self, failure: str) -> None:
        """The door tries again while the platform waits."""
        account = OfficialAccount(says("hi"))
        account.world.mailbox.failures = [failure] * (TRIES - 1)
        account.works_after(4.1)

        assert account.platform.write(USER, "hello") == "hi"
        assert len(account.connections) == 1
        account.world.settle()
        assert account.agent.seen == ["hello"]

    @pytest.mark.parametrize("failure", ["refused", "lost"])
    def test_a_longer_one_is_the_platforms_to_bridge(self, failure: str) -> None:
        """Nothing is said, so that it delivers again; then the agent is asked once."""
        account = OfficialAccount(says("hi"))
        account.world.mailbox.failures = [failure] * TRIES
        account.works_after(CUT_AFTER + 1)

        assert account.platform.write(USER, "hello") == "hi"
        first, _ = account.connections
        assert first.result().status == 503
        account.world.settle()
        assert (account.agent.seen, account.reasons()) == (["hello"], [])

    def test_the_door_outlasts_the_platforms_patience(self) -> None:
        """An answer, whichever, would end the redeliveries or tell the follower of a fault."""
        account = OfficialAccount()
        account.world.mailbox.failures = ["refused"] * TRIES
        connection = account.open(Forge().delivery())
        account.clock.wait_for(lambda: connection.done, 60)

        assert now(account) == pytest.approx(CUT)
        assert now(account) > CUT_AFTER
        assert account.mailbox.bodies() == []

    def test_a_mailbox_that_stays_down_gets_nothing_later(self) -> None:
        """The follower is told by the platform, and nothing turns up afterwards."""
        account = OfficialAccount()
        account.world.mailbox.failures = ["refused"] * TRIES * 3
        with pytest.raises(OutOfOrder):
            account.platform.write(USER, "hello")
        account.world.settle()

        assert (account.agent.seen, account.backend.items.stored) == ([], {})


class TestAProbe:
    """A verification's message, to which nobody is to be sent an answer."""

    @pytest.mark.parametrize("seconds", [1, 30])
    def test_has_a_receipt_and_sends_nothing(self, seconds: float) -> None:
        """In time the response has the answer; either way the outbox only notes it."""
        account = OfficialAccount(says("hi"))
        empty = unseen(account.identity("77"), ADDRESS, account.clock.now())
        update(account.backend.items, empty, lambda new: replace(new, probe=True))
        account.works_after(seconds)
        given = account.platform.write(USER, "hello", msg_id="77")
        account.clock.advance(seconds)
        account.world.settle()

        assert given == ("hi" if seconds < PASSIVE_WAIT else None)
        found = record(account, "77")
        assert (found.finished, found.taken) == (True, False)
        assert (account.world.in_queues(), account.reasons()) == (0, [])
