from dataclasses import dataclass
from typing import Any

import pytest

from cococat.core.attendant import PROBE_SECONDS
from cococat.core.errors import CredentialsRefused
from cococat.core.listener import Hold
from cococat.core.probes import Probe, Probes
from tests.support.sidecar import Cloud, Replica, telegram


@dataclass
class Plan:
    """How a listener lives, and what a look at it tells."""

    lasts: float = 1e6
    is_refused: bool = False
    is_silent: bool = True
    look_takes: float = 0.0
    is_well: bool = False


class Planned:
    """A listener that does as planned."""

    silence = 30.0

    def __init__(self, replica: Replica, plan: Plan) -> None:
        self._replica = replica
        self._plan = plan
        self.fed: list[object] = []

    def run(self, hold: Hold) -> None:
        """Listen for as long as planned, whatever becomes of the right."""
        if self._plan.is_refused:
            raise CredentialsRefused("bad_token", "Copy it again.")
        until = self._replica.monotonic() + self._plan.lasts
        while self._replica.monotonic() < until:
            if not self._plan.is_silent:
                hold.heard()
            self._replica.sleep(1)

    def stop(self) -> None:
        """Go on."""

    def feed(self, update: dict[str, Any]) -> None:
        """Take a test message."""
        self.fed.append(update)

    def probe(self) -> bool:
        """Tell after a while."""
        self._replica.sleep(self._plan.look_takes)
        return self._plan.is_well


class Stage:
    """
    One channel, whose listeners come one after the other.

    Attributes:
        made: all of them.

    """

    def __init__(self, *plans: Plan) -> None:
        self.cloud = Cloud()
        self.made: list[Planned] = []
        self._plans = plans
        self.cloud.want("shop", "token")
        self.replica = Replica(self.cloud, "a", lambda replica: lambda _: self._next(replica))

    def _next(self, replica: Replica) -> Planned:
        self.made.append(Planned(replica, self._plans[len(self.made)]))
        return self.made[-1]

    def replaced(self) -> int:
        """Return how many were replaced."""
        return sum(name == "ListenerReplaced" for name, _ in self.replica.counters.counted)


LATE = PROBE_SECONDS - 5


class TestALook:
    """Whether a listener lives that says nothing."""

    def test_at_one_that_has_ended_does_not_end_the_next(self) -> None:
        """What it tells is of the first one alone."""
        stage = Stage(Plan(lasts=33, look_takes=LATE), Plan(is_silent=False))
        stage.cloud.clock.advance(60)

        assert (len(stage.made), stage.replaced()) == (2, 0)

    def test_that_ends_late_does_not_save_the_next(self) -> None:
        """The first one was well, but it took too long to tell; the second hangs."""
        first = Plan(look_takes=2 * PROBE_SECONDS + 25, is_well=True)
        stage = Stage(first, Plan(look_takes=1e6), Plan(is_silent=False))
        stage.cloud.clock.advance(120)

        assert (len(stage.made), stage.replaced()) == (3, 2)

    @pytest.mark.parametrize("takes", [0, LATE])
    def test_saves_one_that_is_well(self, takes: float) -> None:
        """Quiet is not dead."""
        stage = Stage(Plan(look_takes=takes, is_well=True))
        stage.cloud.clock.advance(200)

        assert (len(stage.made), stage.replaced()) == (1, 0)


def test_a_test_message_waits_for_a_listener() -> None:
    """It is not taken out by a replica that has none for it just now."""
    stage = Stage(Plan(is_refused=True), Plan(is_silent=False))
    probes = Probes(stage.cloud.items, stage.cloud.clock)
    probes.store(Probe(id="a" * 64, address=telegram("shop"), update={"message": 1}))
    stage.cloud.clock.advance(10)
    assert probes.is_waiting("a" * 64)
    stage.cloud.want("shop", "good token")
    stage.cloud.clock.advance(10)

    assert [each.fed for each in stage.made] == [[], [{"message": 1}]]
