from dataclasses import replace

import pytest

from cococat.core.channels.wechat import SUCCESS
from cococat.core.http import Response
from cococat.core.wechat_pending import HINT
from tests.support.clock import Task
from tests.support.handlers import says
from tests.support.wechat import USER, OfficialAccount
from tests.support.wechat_window import late, record

HELD = 5.3
"""Seconds after the platform's request at which a door that has to start first begins."""


def written(account: OfficialAccount, text: str) -> dict[str, str]:
    """Return a message that the user writes in this second."""
    account.platform.users.act(USER, "message", account.clock.now())
    return account.platform.text(USER, text) | {"CreateTime": str(int(account.clock.now()))}


def held(account: OfficialAccount, message: dict[str, str], sent: float) -> Task[Response]:
    """Deliver *message* at *sent*, to a door that begins too late."""
    request = replace(account.platform.request(message), received_at=sent)
    account.clock.advance(sent + HELD - account.clock.now())
    account.world.pump()
    return account.open(request)


@pytest.mark.parametrize("service", [True, None])
def test_a_last_delivery_that_is_worked_on_after_the_cut_gives_nothing(
    service: bool | None,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Nobody reads it: the answer comes by itself, or with the user's next message."""
    account = OfficialAccount(says("hi"), says("other"), service=service)
    message, began = written(account, "hello"), account.clock.now()
    for number in range(2):
        account.open(replace(account.platform.request(message), received_at=began + 5 * number))
        account.clock.advance(5)
    third = held(account, message, began + 10)
    account.clock.wait_for(lambda: third.done, 5)

    assert third.result().body == SUCCESS
    assert record(account, message["MsgId"]).given == 0
    account.clock.advance(60)
    account.world.settle()
    if service is None:
        assert account.platform.write(USER, "继续") == "hi"
    else:
        assert late(account) == ["hi"]
    assert (account.agent.seen, account.reasons()) == (["hello"], [])


@pytest.mark.parametrize("service", [True, None])
def test_an_only_delivery_that_comes_too_late_is_a_turn_all_the_same(
    service: bool | None,  # noqa: FBT001 - a parameter of the test
) -> None:
    """The agent is asked, and the answer is the outbox's."""
    account = OfficialAccount(says("hi"), service=service)
    held(account, written(account, "hello"), account.clock.now())
    account.clock.advance(60)
    account.world.settle()

    if service is None:
        assert account.platform.write(USER, "继续") == "hi"
    assert account.seen == ["hi"]
    assert account.agent.seen == ["hello"]


def test_a_door_that_is_too_late_does_not_take_the_slot_from_one_in_time() -> None:
    """The second delivery is at work when the first one's door begins."""
    account = OfficialAccount(says("hi"), service=None)
    message, began = written(account, "hello"), account.clock.now()
    first = replace(account.platform.request(message), received_at=began)
    account.clock.advance(5)
    second = account.open(account.platform.request(message))
    account.clock.advance(HELD - 5)
    older = account.open(first)
    account.world.pump()
    account.clock.wait_for(lambda: second.done and older.done, 5)

    told = [account.platform.read(each.result(), message) for each in (older, second)]
    assert told == [None, "hi"]


def test_what_waits_is_not_fetched_too_late() -> None:
    """Neither by a message that only fetches, nor by one that is a turn as well."""
    account = OfficialAccount(says("a" * 2000 + "b" * 2000 + "c"), says("other"), service=None)
    account.works_after(1)
    assert account.platform.write(USER, "hello") == f"{'a' * 2000}\n{HINT}"
    for each in ("继续", "and now?"):
        held(account, written(account, each), account.clock.now())
        account.clock.advance(1)
    account.clock.advance(30)
    account.world.settle()

    fetched = [account.platform.write(USER, "继续") for _ in range(2)]
    assert fetched == [f"{'b' * 2000}\n{HINT}", f"c\n{HINT}"]


def test_an_answer_that_comes_just_before_the_cut_is_given() -> None:
    """There is time for it."""
    account = OfficialAccount(says("hi"))
    request = replace(
        account.platform.request(written(account, "hello")), received_at=account.clock.now()
    )
    account.clock.advance(4)
    connection = account.open(request)
    account.world.pump()
    account.clock.wait_for(lambda: connection.done, 5)

    assert account.platform.read(connection.result(), written(account, "hello")) == "hi"
