"""Leases, supervisor and pauses through hours in which one thing after the other goes wrong."""

import random
from collections import Counter, defaultdict
from itertools import count, pairwise

import pytest

from cococat.core import lease
from cococat.core.attendant import REFUSED_PAUSE
from cococat.core.directory import ChannelBinding
from cococat.core.listener import Hold, Listener, MakeListener
from cococat.core.session import SECONDS
from sidecar.telegram_polling import POLL
from tests.support.clock import START
from tests.support.sidecar import Replica
from tests.support.telegram import Stage, token
from tests.support.weather import SlowItems, StormyTelegram, VirtualLock, Weather

BOTS, REPLICAS, CHATS = 2, 2, 3
HOUR = 3600.0
CALM = REFUSED_PAUSE + 100
"""Seconds without any new fault, at the end."""
LONGEST_SILENCE = 60 + POLL + SECONDS + 40
"""The longest pause, a poll, a lease that has to lapse, and a table that is away for so long."""
MOST_THREADS = REPLICAS * (1 + 2 * BOTS) + 4
"""One of each replica, two for each bot where one is probed, those of killed and hanging ones."""


class LongStage(Stage):
    """
    Replicas that die and come, in a weather.

    Attributes:
        holds: the right to listen of each run of a listener.
        came: all replicas that ever came.

    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.telegram: StormyTelegram = StormyTelegram(self.clock)
        self.cloud.items = self.items = SlowItems(self.clock)
        self.holds: list[tuple[str, Replica, Hold]] = []
        self.replicas: list[Replica] = []
        self.came: list[Replica] = []
        self.written: dict[tuple[int, int], list[str]] = defaultdict(list)
        self.most_threads = 0
        self._names = count()
        self._random = random.Random(seed)  # noqa: S311 - no secret
        self.weather = Weather(self.clock, self.telegram, self.items, self.kill, self.pause, seed)
        for number in range(BOTS):
            self.want(number)

    def begin(self, until: float) -> None:
        """Let the first replicas come, and let things go wrong until *until*."""
        for _ in range(REPLICAS):
            self.come()
        self.weather.begin(until)

    def come(self) -> None:
        """Let another replica come, whose own clock is its own."""
        offset = self._random.uniform(-1e6, 1e6)
        self.replicas.append(self.replica(f"replica-{next(self._names)}", offset=offset))
        self.came.append(self.replicas[-1])

    def kill(self, seconds: float) -> None:
        """Let one die, and another come after *seconds*."""
        if self.replicas:
            self.replicas.pop(self._random.randrange(len(self.replicas))).kill()
            self.clock.after(seconds, self.come)

    def pause(self, seconds: float) -> None:
        """Let one stand still for *seconds*."""
        if self.replicas:
            self._random.choice(self.replicas).pause(seconds)

    def happened(self) -> set[str]:
        """Return the names of all that was counted, in any replica."""
        counters = [self.counters, *(replica.counters for replica in self.came)]
        return {name for each in counters for name, _ in each.counted}

    def make(self, replica: Replica) -> MakeListener:
        """Return what makes the pollers of *replica*, and has an eye on their rights."""
        make = super().make(replica)

        def made(binding: ChannelBinding) -> Listener:
            listener = make(binding)
            run, bot = listener.run, str(binding.config["bot_token"])

            def watched(hold: Hold) -> None:
                self.holds.append((bot, replica, hold))
                run(hold)

            vars(listener)["run"] = watched
            return listener

        return made

    def go(self, seconds: float) -> None:
        """Let time pass in which people write, and look at the leases all the time."""
        until = self.clock.now() + seconds
        texts = count()
        writes_at = self.clock.now()
        while self.clock.now() < until:
            if self.clock.now() >= writes_at:
                self._write(str(next(texts)))
                writes_at = self.clock.now() + self._random.expovariate(1 / 20)
            self.clock.advance(0.5)
            self._look()

    def _write(self, text: str) -> None:
        bot, chat = self._random.randrange(BOTS), self._random.randrange(1, CHATS + 1)
        self.telegram.write(token(bot), chat, text)
        self.written[bot, chat].append(text)

    def _look(self) -> None:
        self.holds = [each for each in self.holds if each[2].is_good() and not each[1].is_dead]
        holders = Counter(bot for bot, _ in {(bot, id(hold)) for bot, _, hold in self.holds})
        assert max(holders.values(), default=0) <= 1
        self.most_threads = max(self.most_threads, self.clock.working)


@pytest.mark.parametrize(
    ("seed", "hours"),
    [(1, 0.5), (2, 0.5), pytest.param(3, 24, marks=pytest.mark.full)],
)
def test_hours_of_faults(monkeypatch: pytest.MonkeyPatch, seed: int, hours: float) -> None:
    """Each message once and in order; one valid lease; bounded threads; pauses that end."""
    stage = LongStage(seed)
    monkeypatch.setattr(lease, "threading", VirtualLock.module(stage.clock))
    monkeypatch.setattr(random, "uniform", random.Random(seed).uniform)  # noqa: S311 - no secret
    stage.begin(START + hours * HOUR)
    stage.go(hours * HOUR)
    stage.clock.advance(CALM)
    heard: dict[tuple[int, int], list[str]] = defaultdict(list)
    for each in {each.id: each for each in stage.inbox.got}.values():
        heard[int(each.scene_id.partition("-")[2]), int(each.conversation_id)].append(each.content)

    assert heard == stage.written
    assert set(stage.weather.came) == {fault.__name__ for fault in stage.weather.faults}
    assert stage.happened() >= {"LeaseLost", "LeaseTaken", "ListenerFailed", "ListenerReplaced"}
    assert stage.most_threads <= MOST_THREADS
    refusals = stage.weather.came.count("refused")
    for tries in stage.telegram.tries.values():
        pauses = [later - earlier for earlier, later in pairwise(tries)]
        assert max(pauses) <= REFUSED_PAUSE + LONGEST_SILENCE
        assert sum(pause > LONGEST_SILENCE for pause in pauses) <= refusals
        assert len(tries) <= hours * HOUR / 2
