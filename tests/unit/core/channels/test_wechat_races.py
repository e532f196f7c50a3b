import pytest

from cococat.core.items import Item, Items
from cococat.core.passive_window import ONE_DELIVERY as CLOSES
from cococat.simulators.wechat import OutOfOrder
from tests.support.clock import FakeClock
from tests.support.fuse import Fuse, Killed
from tests.support.handlers import says
from tests.support.wechat import USER, OfficialAccount
from tests.support.wechat_forge import MESSAGE, Forge
from tests.support.wechat_window import late, record, texts


class SlowTable:
    """A table each of whose calls takes 10 ms, in which others go on."""

    def __init__(self, items: Items, clock: FakeClock) -> None:
        self._items = items
        self._clock = clock
        self.slots: list[tuple[int, int]] = []
        """Deliveries and given, after each write."""

    def get(self, pk: str, sk: str) -> Item | None:
        """Return the item, after a while."""
        self._clock.sleep(0.01)
        return self._items.get(pk, sk)

    def put(self, item: Item, *, replacing: int | None) -> None:
        """Write *item*, after a while."""
        self._clock.sleep(0.01)
        self._items.put(item, replacing=replacing)
        self.slots.append((item["deliveries"], item["given"]))


class TestAtTheSameTime:
    """Two doors have the same message."""

    @pytest.mark.parametrize("apart", [0, 0.001, 0.02, 0.5, 0.9])
    def test_one_gives_the_answer(self, apart: float) -> None:
        """The newer delivery has it; the older one says `success`."""
        account = OfficialAccount(says("hi"))
        account.works_after(1)
        first = account.open(Forge().delivery())
        account.clock.advance(apart)
        second = account.open(Forge().delivery())
        account.clock.wait_for(lambda: first.done and second.done, 5)
        account.world.settle()

        assert texts(account, first, second) == [None, "hi"]
        assert account.agent.seen == [MESSAGE["Content"]]
        assert (record(account).deliveries, record(account).given) == (2, 2)
        assert account.reasons() == []

    @pytest.mark.parametrize("apart", [each / 200 for each in range(80)])
    def test_whoever_is_faster_no_two_of_them_give_it(self, apart: float) -> None:
        """At every step of the one, another can come: who was newer when it gave, gave it."""
        account = OfficialAccount(says("hi"), table=SlowTable)
        account.works_after(0.1)
        first = account.open(Forge().delivery())
        account.clock.advance(apart)
        second = account.open(Forge().delivery())
        account.clock.wait_for(lambda: first.done and second.done, 5)

        told = [text for text in texts(account, first, second) if text]
        assert isinstance(account.table, SlowTable)
        proven = (1, 1) in account.table.slots
        assert told == ["hi"] * (2 if proven else 1)
        assert record(account).given == 2
        assert account.agent.seen == [MESSAGE["Content"]]

    @pytest.mark.parametrize("seconds", [5.8 + each / 50 for each in range(25)])
    def test_either_a_response_has_it_or_the_outbox(self, seconds: float) -> None:
        """Around the window's end exactly one of them takes the answer."""
        account = OfficialAccount(says("hi"), table=SlowTable)
        account.lost = 1
        account.works_after(*(seconds + each / 10 for each in range(20)))
        given = account.platform.write(USER, "hello")
        account.world.settle()

        assert [given, *late(account)] in (["hi"], [None, "hi"])
        assert account.agent.seen == ["hello"]

    def test_the_outbox_takes_a_slot_once(self) -> None:
        """After it has, no response gives the answer any more."""
        account = OfficialAccount(says("hi"))
        account.platform.deliver(MESSAGE)
        account.clock.advance(CLOSES)
        account.world.settle()
        connection = account.open(Forge(timestamp=str(int(account.clock.now()))).delivery())

        assert record(account).taken
        assert texts(account, connection) == [None]


def points() -> list[str]:
    """Return the points at which a door that gives an answer can be interrupted."""
    account = OfficialAccount()
    account.works_after(0.1)
    assert account.platform.deliver(MESSAGE) == MESSAGE["Content"]
    return account.fuse.passed


POINTS = points()


class TestInterrupted:
    """A door that is killed, or whose table fails, at any of its steps."""

    def test_it_writes_the_mailbox_first(self) -> None:
        """Nothing is known of a message before the mailbox has it."""
        assert POINTS[:2] == ["before mailbox", "after mailbox"]
        assert POINTS[-2:] == ["before put", "after put"]

    @pytest.mark.parametrize("at", range(len(POINTS)), ids=lambda at: f"{at} {POINTS[at]}")
    @pytest.mark.parametrize("blow", [Killed, ConnectionError])
    def test_the_next_delivery_has_the_answer(self, blow: type[BaseException], at: int) -> None:
        """The follower reads it once; the agent is asked once; nothing is left over."""
        account = OfficialAccount(says("hi"), fuse=Fuse(at, blow))
        account.works_after(0.1, 5.1)

        assert account.platform.write(USER, "hello") == "hi"
        assert len(account.connections) == 2
        account.world.settle()
        assert account.agent.seen == ["hello"]
        assert (account.world.in_queues(), account.reasons()) == (0, [])

    def test_a_table_that_stays_away_costs_no_reply(self) -> None:
        """The mailbox has the message, so it is answered, and the answer is found."""

        class Away(Fuse):
            def _pass(self, point: str) -> None:
                if "mailbox" not in point:
                    raise ConnectionError

        account = OfficialAccount(says("hi"), fuse=Away())
        account.works_after(0.1)
        with pytest.raises(OutOfOrder):
            account.platform.write(USER, "hello")
        account.world.settle()

        assert [each.result().status for each in account.connections] == [500] * 3
        assert account.agent.seen == ["hello"]
        assert late(account) == ["hi"]
