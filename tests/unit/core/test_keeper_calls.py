"""What the keeper asks of the table, with many bots, and with a table that is slow or away."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from cococat.core.channel_status import STALE
from cococat.core.chores import AGAIN, Chores
from cococat.core.errands import AT_ONCE, TIME, Errands
from cococat.core.scene_keeper import RECONCILE, SceneKeeper
from cococat.core.session import SECONDS
from cococat.core.wanted_channels import READ_ALL
from tests.support.clock import FakeClock
from tests.support.keeping import Stage
from tests.support.sidecar import telegram

BOTS, SEEN = 500, 40


class Counted:
    """Counts the calls of *stage* to the table."""

    def __init__(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        self._calls = Counter[str]()
        cloud = stage.cloud
        for thing, names in (
            (cloud.items, ("get", "put")),
            (cloud.wishes, ("all", "revision")),
            (cloud.observations, ("note",)),
        ):
            for name in names:
                monkeypatch.setattr(thing, name, self._counted(name, getattr(thing, name)))

    def _counted(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: object, **more: object) -> object:
            self._calls[name] += 1
            return call(*args, **more)

        return counted

    def taken(self) -> Counter[str]:
        """Return the calls since the last time."""
        calls, self._calls = self._calls, Counter()
        return calls


@pytest.mark.parametrize(("replicas", "most"), [(1, 30), (2, 35)])
def test_five_hundred_bots_take_few_calls(
    monkeypatch: pytest.MonkeyPatch, replicas: int, most: float
) -> None:
    """Each second; and all wishes are read once a minute."""
    stage = Stage()
    counted = Counted(stage, monkeypatch)
    for number in range(BOTS):
        stage.cloud.want(f"shop-{number}", f"token-{number}")
    keepers = [stage.replica(name).keeper for name in "ab"[:replicas]]
    stage.clock.advance(20)
    assert [keeper.held for keeper in keepers] == [BOTS / replicas] * replicas
    counted.taken()
    stage.clock.advance(SEEN)
    calls = counted.taken()

    assert calls["all"] <= replicas
    assert calls["revision"] == pytest.approx(replicas * SEEN / RECONCILE, abs=3)
    assert calls["note"] > SEEN * BOTS / STALE
    assert calls.total() / SEEN <= most


def test_what_nobody_tells_of_is_read_within_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever changed a wish may have died before it told."""
    stage = Stage()
    stage.replica()
    monkeypatch.setattr(stage.cloud.wishes, "revision", lambda: "as ever")
    stage.clock.advance(10)
    stage.cloud.want("shop", "token")
    stage.clock.advance(READ_ALL)

    assert stage.holders("token") == ["a"]


def test_a_table_that_is_away_keeps_the_keeper_no_longer_than_its_health_allows() -> None:
    """It goes round, however many calls are due, and each takes its time to fail."""
    stage = Stage()
    for number in range(200):
        stage.cloud.want(f"shop-{number}", f"token-{number}")
    keeper = stage.replica().keeper
    stage.clock.advance(10)
    rounds: list[float] = []
    tick = keeper.tick

    def slow(*_: object, **__: object) -> None:
        stage.clock.sleep(6 / AT_ONCE)  # as many are made at once
        raise OSError

    def timed(self: SceneKeeper) -> None:
        began = stage.clock.now()
        assert self is keeper
        tick()
        rounds.append(stage.clock.now() - began)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SceneKeeper, "tick", timed)
        patch.setattr(stage.cloud.items, "get", slow)
        patch.setattr(stage.cloud.items, "put", slow)
        patch.setattr(stage.cloud.observations, "note", slow)
        stage.clock.advance(120)
        assert keeper.held == 0
    stage.clock.advance(SECONDS)

    assert max(rounds) < 30
    assert keeper.held == 200


def test_a_lease_that_could_not_be_handed_back_is_handed_back_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its holder lives, so nobody else would ever take it."""
    stage = Stage()
    stage.cloud.want("shop", "token")
    first = stage.replica("a")
    stage.clock.advance(5)
    put, failures = stage.cloud.items.put, iter([OSError()] * 3)

    def flaky(item: dict[str, Any], *, replacing: int | None) -> None:
        if item["sk"] == "lease" and not item["holder"] and (error := next(failures, None)):
            raise error
        put(item, replacing=replacing)

    monkeypatch.setattr(stage.cloud.items, "put", flaky)
    stage.cloud.unwant("shop")
    stage.clock.advance(10)
    stage.cloud.want("bank", "token")
    stage.clock.advance(5)

    assert next(failures, None) is None
    assert first.keeper.held == 1
    assert stage.status("bank")[1] is None


def test_one_that_was_taken_without_an_answer_is_not_kept_from_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The write came through, nobody heard of it, and then the channel was wanted no more."""
    stage = Stage()
    first = stage.replica("a")
    stage.clock.advance(5)
    put = stage.cloud.items.put

    def lossy(item: dict[str, Any], *, replacing: int | None) -> None:
        put(item, replacing=replacing)
        if item["sk"] == "lease" and item["holder"]:
            raise OSError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage.cloud.items, "put", lossy)
        stage.cloud.want("shop", "token")
        stage.clock.advance(4)
    stage.cloud.unwant("shop")
    stage.clock.advance(5)
    (lease,) = [item for key, item in stage.cloud.items.stored.items() if key[1] == "lease"]

    assert first.keeper.held == 0
    assert lease["holder"] == ""
    assert telegram("shop") not in stage.cloud.wishes.kept


class TestErrands:
    """Many calls that are due at the same time."""

    def test_as_many_are_made_as_there_is_time_for(self) -> None:
        """The others come next, and none is forgotten."""
        clock = FakeClock()
        chores = Chores(clock.now)
        errands = Errands(chores, lambda jobs: [job() for job in jobs], clock.now)
        made: list[str] = []

        def make(name: str) -> Callable[[], None]:
            def job() -> None:
                clock.advance(TIME / AT_ONCE)
                made.append(name)

            return job

        todo = {f"{number:03}": make(f"{number:03}") for number in range(3 * AT_ONCE)}
        rounds = [len(errands.run("call", todo, lambda: 60.0)) for _ in range(4)]

        assert rounds == [AT_ONCE, AT_ONCE, AT_ONCE, 0]
        assert sorted(made) == sorted(todo)

    def test_one_that_fails_is_made_again_soon(self) -> None:
        """And stops no other."""
        clock = FakeClock()
        errands = Errands(Chores(clock.now), lambda jobs: [job() for job in jobs], clock.now)
        failures = iter([OSError()])

        def fail() -> None:
            for error in failures:
                raise error

        todo: dict[str, Callable[[], None]] = {"bad": fail, "good": lambda: None}

        assert errands.run("call", todo, lambda: 60.0) == ["good"]
        assert errands.run("call", todo, lambda: 60.0) == []
        clock.advance(AGAIN)
        assert errands.run("call", todo, lambda: 60.0) == ["bad"]
