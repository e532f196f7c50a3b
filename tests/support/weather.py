"""What goes wrong around replicas in a long time: seeded faults, in virtual time."""

import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import Self

from cococat.core.errors import AnswerLost, NotSent
from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.core.items import Item
from cococat.simulators.telegram import SimulatedTelegram
from cococat.simulators.telegram_bot import ApiRefusal
from tests.support.clock import FakeClock
from tests.support.items import MemoryItems

CONFLICT = "Conflict: terminated by other getUpdates request; …"


class VirtualLock:
    """A lock that is waited for in virtual time."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._is_held = False

    def __enter__(self) -> Self:
        while self._is_held:
            self._clock.sleep(0.1)
        self._is_held = True
        return self

    def __exit__(self, *_: object) -> None:
        self._is_held = False

    @classmethod
    def module(cls, clock: FakeClock) -> SimpleNamespace:
        """Return what stands in for `threading` where locks are made."""
        return SimpleNamespace(Lock=lambda: cls(clock))


class SlowItems(MemoryItems):
    """
    A table that is slow, or away.

    Attributes:
        delay: seconds that a call takes, half of them before it has its effect.
        is_away: whether no call comes through.
        throttled: the part of the calls that are refused, because there are too many.

    """

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self._time = clock
        self._random = random.Random(0)  # noqa: S311 - no secret
        self.throttled = 0.0
        self.delay = 0.0
        self.is_away = False

    def get(self, pk: str, sk: str) -> Item | None:
        """Return the item."""
        self._pass()
        return super().get(pk, sk)

    def put(self, item: Item, *, replacing: int | None) -> None:
        """Write it; the answer may come late."""
        self._pass()
        super().put(item, replacing=replacing)
        self._pass()

    def _pass(self) -> None:
        if self.is_away or self._random.random() < self.throttled:
            raise OSError
        if self.delay:
            self._time.sleep(self.delay / 2)


class StormyTelegram(SimulatedTelegram):
    """
    Telegram behind a network that fails.

    Attributes:
        is_away: whether nothing comes through.
        loses: how many of the next answers get lost.
        hangs: how long the next poll hangs, in seconds, without its client's timeout to end it.
        tries: token -> when it was called, in vain too.

    """

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self._time = clock
        self.is_away = False
        self.loses = 0
        self.hangs = 0.0
        self.tries: dict[str, list[float]] = {}

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Answer *request*, if it comes through."""
        token = request.url.partition("/bot")[2].partition("/")[0]
        self.tries.setdefault(token, []).append(self._time.now())
        if self.is_away:
            raise NotSent("ConnectTimeout")
        if self.hangs and "/getUpdates" in request.url:
            hangs, self.hangs = self.hangs, 0.0
            self._time.sleep(hangs)
        answer = super().send(request, seconds)
        if self.loses:
            self.loses -= 1
            raise AnswerLost("ReadTimeout")
        return answer


class Weather:
    """
    Lets one thing after the other go wrong, each for a while; a next one may come meanwhile.

    Args:
        clock: the time.
        telegram: what it befalls,
        items: and this.
        kill: lets a replica die, and another one come a little later.
        pause: lets a replica stand still for some seconds.
        seed: of what comes when.

    Attributes:
        came: the names of what went wrong.

    """

    def __init__(
        self,
        clock: FakeClock,
        telegram: StormyTelegram,
        items: SlowItems,
        kill: Callable[[float], None],
        pause: Callable[[float], None],
        seed: int,
    ) -> None:
        self._clock = clock
        self._telegram = telegram
        self._items = items
        self._kill = kill
        self._pause = pause
        self._random = random.Random(seed)  # noqa: S311 - no secret
        self.came: list[str] = []
        self.faults = [
            self.network,
            self.answers,
            self.conflict,
            self.limit,
            self.gateway,
            self.killed,
            self.slow_table,
            self.no_table,
            self.throttling,
            self.refused,
            self.hanging,
            self.paused,
        ]

    def begin(self, until: float) -> None:
        """Let it go on until *until*, seconds since 1970."""
        waiting: list[Callable[[], None]] = []

        def strike() -> None:
            if self._clock.now() >= until:
                return
            if not waiting:
                waiting.extend(self._random.sample(self.faults, len(self.faults)))
            fault = waiting.pop()
            self.came.append(fault.__name__)
            fault()
            self._clock.after(self._random.uniform(30, 130), strike)

        self._clock.after(30, strike)

    def network(self) -> None:
        """Nothing comes through."""
        self._telegram.is_away = True
        self._clock.after(self._random.uniform(1, 90), self._network_is_back)

    def _network_is_back(self) -> None:
        self._telegram.is_away = False

    def answers(self) -> None:
        """What was asked for is done, but nobody hears of it."""
        self._telegram.loses = self._random.randint(1, 6)

    def conflict(self) -> None:
        """Somebody else polls."""
        self._refuse(ApiRefusal(409, CONFLICT))

    def limit(self) -> None:
        """It was too much."""
        seconds = self._random.randint(1, 40)
        self._refuse(ApiRefusal(429, "Too Many Requests", {"retry_after": seconds}))

    def _refuse(self, refusal: ApiRefusal, most: int = 3) -> None:
        bot = self._random.choice(list(self._telegram.bots.values()))
        bot.refusals["getupdates"] = [refusal] * self._random.randint(1, most)

    def gateway(self) -> None:
        """Telegram's own trouble: 502, with HTML."""
        self._telegram.broken = self._random.randint(1, 8)

    def killed(self) -> None:
        """A replica is killed; another one comes."""
        self._kill(self._random.uniform(1, 40))

    def slow_table(self) -> None:
        """The table takes its time."""
        self._items.delay = self._random.uniform(0.1, 3.0)
        self._clock.after(self._random.uniform(5, 60), self._table_is_well)

    def no_table(self) -> None:
        """The table is away, for longer than a lease lasts or not."""
        self._items.is_away = True
        self._clock.after(self._random.uniform(1, 30), self._table_is_well)

    def throttling(self) -> None:
        """The table takes some calls and refuses the others."""
        self._items.throttled = self._random.uniform(0.1, 0.7)
        self._clock.after(self._random.uniform(5, 60), self._table_is_well)

    def _table_is_well(self) -> None:
        self._items.delay, self._items.throttled, self._items.is_away = 0.0, 0.0, False

    def refused(self) -> None:
        """The platform takes a good token for a bad one, once."""
        self._refuse(ApiRefusal(401, "Unauthorized"), most=1)

    def hanging(self) -> None:
        """A poll hangs for minutes, and comes back with what others have taken meanwhile."""
        self._telegram.hangs = self._random.uniform(60, 240)

    def paused(self) -> None:
        """A replica stands still in the middle of whatever it does, and does not know of it."""
        self._pause(self._random.uniform(2, 45))
