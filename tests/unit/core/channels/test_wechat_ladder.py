import pytest

from cococat.core.messages import FALLBACK_TEXT
from cococat.core.replay import DeadLetterDesk
from cococat.core.wechat_pending import HINT
from cococat.simulators.wechat import OutOfOrder
from tests.support import handlers
from tests.support.handlers import says
from tests.support.wechat import USER, OfficialAccount

DAY = 24 * 3600
OUTCOMES = {
    (1, True): "in delivery 1",
    (4.8, True): "by service message",
    (5.2, True): "by service message",
    (9.9, True): "by service message",
    (14, True): "by service message",
    (20, True): "by service message",
    (1, None): "in delivery 1",
    (4.8, None): "in delivery 2",
    (5.2, None): "in delivery 2",
    (9.9, None): "in delivery 3",
    (14, None): "in delivery 3",
    (20, None): "on request",
}
"""Seconds that the agent takes, and whether the account may send -> how the answer arrives."""


def busy(account: OfficialAccount, delay: float) -> None:
    """Let the agent be done after *delay* seconds, and the outbox look again every second."""
    account.works_after(delay, *(delay + each / 2 for each in range(1, 60)))


def late(account: OfficialAccount, text: str) -> None:
    """Let the user write *text*, and its answer be later than every delivery."""
    busy(account, 20)
    account.platform.write(USER, text)
    account.clock.advance(60)
    account.world.settle()


@pytest.mark.parametrize(("delay", "service"), list(OUTCOMES))
def test_an_answer_arrives_once_however_long_the_agent_takes(
    delay: float,
    service: bool | None,  # noqa: FBT001 - a parameter of the test
) -> None:
    """In a response, by a service message, or with the user's next message."""
    account = OfficialAccount(says("hi"), says("second"), service=service)
    busy(account, delay)

    said = account.platform.write(USER, "hello")
    deliveries = len(account.connections)
    account.clock.advance(60)
    account.world.settle()
    how = f"in delivery {deliveries}" if said else "by service message"
    if not account.seen:
        how = "on request"
        assert account.platform.write(USER, "继续") == "hi"
    assert how == OUTCOMES[delay, service]
    assert account.seen == ["hi"]
    assert (account.agent.seen, account.reasons()) == (["hello"], [])


@pytest.mark.parametrize("lost", [1, 2])
@pytest.mark.parametrize("service", [True, None])
@pytest.mark.parametrize("delay", [1, 4])
def test_a_lost_response_is_made_good_once(
    delay: float,
    service: bool | None,  # noqa: FBT001 - a parameter of the test
    lost: int,
) -> None:
    """The next delivery proves that it was lost, and has the same text."""
    account = OfficialAccount(says("hi"), service=service)
    account.lost = lost
    busy(account, delay)

    assert account.platform.write(USER, "hello") == "hi"
    account.clock.advance(60)
    account.world.settle()
    assert (account.seen, len(account.connections)) == (["hi"], lost + 1)
    assert (account.agent.seen, account.reasons()) == (["hello"], [])


@pytest.mark.parametrize(("delay", "service"), list(OUTCOMES))
def test_an_answer_arrives_once_though_the_first_response_is_lost(
    delay: float,
    service: bool | None,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Whether it had the answer or a mere `success`; the platform delivers four times."""
    account = OfficialAccount(says("hi"), says("second"), service=service)
    account.platform.deliveries = 4
    account.lost = 1
    busy(account, delay)

    account.platform.write(USER, "hello")
    account.clock.advance(60)
    account.world.settle()
    if not account.seen:
        assert OUTCOMES[delay, service] == "on request"
        account.platform.write(USER, "继续")
    assert (account.seen, account.lost) == (["hi"], 0)
    assert (account.agent.seen, account.reasons()) == (["hello"], [])


def test_a_response_lost_with_the_last_delivery_is_the_platforms_to_tell() -> None:
    """The user reads that the account is out of order, and nothing comes twice afterwards."""
    account = OfficialAccount(says("hi"), says("again"), service=None)
    busy(account, 14)
    account.clock.after(14, lambda: setattr(account, "lost", 1))
    with pytest.raises(OutOfOrder):
        account.platform.write(USER, "hello")
    account.clock.advance(60)
    account.world.settle()
    busy(account, 1)

    assert account.platform.write(USER, "and now?") == "again"
    assert account.agent.seen == ["hello", "and now?"]


class TestARightThatIsNotThere:
    """WeChat answers 48001: the account may not send by itself."""

    def test_is_learnt_and_the_answer_waits(self) -> None:
        """The user fetches it; from then on the door holds on over the deliveries."""
        account = OfficialAccount(says("late"), says("in time"), service=False)
        busy(account, 7)
        assert account.platform.write(USER, "hello") is None
        account.clock.advance(60)
        account.world.settle()
        assert (account.seen, account.reasons()) == ([], [])

        assert account.platform.write(USER, "继续") == "late"
        busy(account, 12)
        assert account.platform.write(USER, "again") == "in time"
        assert account.agent.seen == ["hello", "again"]
        assert account.api.calls.count(SEND) == 1

    def test_is_not_asked_for_again_before(self) -> None:
        """Each refusal would cost its user the wait for it."""
        account = OfficialAccount(says("one"), says("two"), service=False)
        late(account, "hello")
        account.clock.advance(6 * DAY)
        late(account, "again")

        assert account.api.calls.count(SEND) == 1

    def test_is_asked_for_again_after_a_week(self) -> None:
        """The account may have been verified."""
        account = OfficialAccount(says("one"), says("two"), service=False)
        late(account, "hello")
        account.clock.advance(8 * DAY)
        account.api.has_right = True
        late(account, "again")

        assert account.seen == ["two"]
        assert account.api.calls.count(SEND) == 2


SEND = "/cgi-bin/message/custom/send"


class TestWaiting:
    """What waits for the user's next message."""

    def late(self, *more: str) -> OfficialAccount:
        """Return an account that may not send, whose first answer waits for the user."""
        account = OfficialAccount(*map(says, ("late", *more)), service=None)
        busy(account, 20)
        assert account.platform.write(USER, "hello") is None
        account.clock.advance(60)
        account.world.settle()
        assert account.seen == []
        return account

    def test_is_said_at_once_and_the_next_answer_waits_in_turn(self) -> None:
        """The message is routed as always."""
        account = self.late("next")
        busy(account, 1)
        began = account.clock.now()

        assert account.platform.write(USER, "are you there?") == "late"
        assert account.clock.now() - began < 0.1
        account.clock.advance(60)
        account.world.settle()
        assert account.agent.seen == ["hello", "are you there?"]
        assert account.platform.write(USER, "1") == "next"
        assert account.agent.seen == ["hello", "are you there?"]

    @pytest.mark.parametrize("word", ["继续", "1", " 继续\n"])
    def test_is_fetched_by_a_word_that_is_not_routed(self, word: str) -> None:
        """The agent does not hear of it."""
        account = self.late()

        assert account.platform.write(USER, word) == "late"
        account.world.settle()
        assert account.agent.seen == ["hello"]

    def test_the_word_is_a_message_where_nothing_waits(self) -> None:
        """An agent that offers choices gets the choice."""
        account = OfficialAccount(says("one it is"), service=None)
        busy(account, 1)

        assert account.platform.write(USER, "1") == "one it is"
        assert account.agent.seen == ["1"]

    def test_a_lost_response_is_said_again(self) -> None:
        """The same text to each delivery of the same message, and to no other."""
        account = self.late()
        account.lost = 2

        assert account.platform.write(USER, "继续") == "late"
        assert len(account.connections) == 3 + 3
        assert account.seen == ["late"]
        busy(account, 1)
        assert account.platform.write(USER, "继续") == "继续"

    def test_is_there_for_48_hours(self) -> None:
        """Then it is gone."""
        account = self.late("fresh")
        account.clock.advance(48 * 3600)
        busy(account, 1)

        assert account.platform.write(USER, "继续") == "fresh"

    def test_is_everybodys_own(self) -> None:
        """Another user gets their own answer."""
        account = self.late("for the other")
        busy(account, 1)

        assert account.platform.write("oAnother-0123456789abcdefghi", "1") == "for the other"

    def test_goes_first_though_the_answer_came_meanwhile(self) -> None:
        """An answer that starts to wait while the next message is answered keeps its place."""
        account = OfficialAccount(says("first"), says("second"), service=None)
        busy(account, 18)
        assert account.platform.write(USER, "one") is None
        said = [account.platform.write(USER, "two")]
        account.clock.advance(60)
        account.world.settle()
        said.append(account.platform.write(USER, "1"))

        assert said == ["first", "second"]
        assert account.agent.seen == ["one", "two"]

    def test_a_failing_agents_fallback_waits_as_well(self) -> None:
        """It goes the way of every answer."""
        account = OfficialAccount(handlers.raises, handlers.raises, service=None)
        busy(account, 17)
        assert account.platform.write(USER, "hello") is None
        account.clock.advance(60)
        account.world.settle()

        assert account.reasons() == ["agent_error"]
        assert account.platform.write(USER, "1") == FALLBACK_TEXT


def test_the_answer_to_a_replayed_message_waits_too() -> None:
    """An operator lets the agent try once more; what waited before is not in its way."""
    account = OfficialAccount(handlers.raises, handlers.raises, says("at last"), service=None)
    busy(account, 17)
    account.platform.write(USER, "hello")
    account.clock.advance(60)
    account.world.settle()
    desk = DeadLetterDesk(
        items=account.backend.items,
        directory=account.backend.directory,
        mailbox=account.backend.mailbox,
        outbox=account.backend.outbox,
        clock=account.clock,
    )
    desk.replay(account.world.letters()[0])
    account.world.settle()

    said = [account.platform.write(USER, "1") for _ in range(2)]
    assert said == [f"{FALLBACK_TEXT}\n{HINT}", "at last"]


@pytest.mark.parametrize("code", [45015, 45047])
def test_what_the_platform_refuses_for_now_waits(code: int) -> None:
    """The window is over, or the quota used up."""
    account = OfficialAccount(says("late"))
    busy(account, 7)
    account.api.fails = [code]
    account.platform.write(USER, "hello")
    account.clock.advance(60)
    account.world.settle()

    assert (account.seen, account.reasons()) == ([], [])
    assert account.platform.write(USER, "继续") == "late"
    assert account.agent.seen == ["hello"]
