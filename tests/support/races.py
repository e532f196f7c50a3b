"""Operators, a keeper and watchers at the same channel, one step of each at a time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, cycle
from typing import Any

from hypothesis import strategies as st

from cococat.core.channel_status import LastError, Observation, Status
from cococat.core.errors import CredentialsRefused, NotConnected
from cococat.core.wishes import StoredWish, Wish
from tests.support.clock import Task
from tests.support.manager import MemoryContext, Office, shop
from tests.support.wishes import MemoryObservations, MemoryWishes

ACTS = (
    "connect good",
    "connect bad",
    "connect unproven",
    "disconnect",
    "reconnect",
    "watch",
    "count",
)
races = st.tuples(
    st.lists(st.lists(st.sampled_from(ACTS), min_size=1, max_size=2), min_size=2, max_size=3),
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 12)), min_size=1, max_size=12),
)
"""What each actor does in turn; and who goes on next, for how many steps."""

Order = Sequence[tuple[int, int]]


class Steps:
    """Runs jobs beside one another: who is next goes on until it pauses."""

    def __init__(self) -> None:
        self._moments = count()
        self._current: Task[None] | None = None

    def now(self) -> int:
        """Return a number that rises with all that happens."""
        return next(self._moments)

    def pause(self) -> None:
        """Let another one go on; for whoever runs in a job."""
        if self._current is not None:
            self._current.hand_over()

    def run(self, jobs: Sequence[Callable[[], None]], order: Order) -> list[int]:
        """Run *jobs* to their end, in *order* again and again; return how many steps each took."""
        tasks = [Task(job) for job in jobs]
        taken = [0 for _ in jobs]
        turns = cycle([actor for actor, steps in order for _ in range(steps)])
        while alive := [task for task in tasks if not task.done]:
            self._current = alive[next(turns) % len(alive)]
            self._current.go_on()
            taken[tasks.index(self._current)] += 1
        self._current = None
        for task in tasks:
            task.result()
        return taken


@dataclass(slots=True)
class Act:
    """
    One thing that somebody did.

    Attributes:
        start: when it began.
        token: the one that is wanted since then; None for no channel.
        end: when it was over.
        holds: whether it had any effect.

    """

    start: int
    token: str | None
    end: int = 0
    holds: bool = True


@dataclass
class Race:
    """
    Actors at one channel, and what is to be true once they have done.

    Attributes:
        ctx: what they work with; it pauses at each step of theirs.
        steps: whose turn it is.
        wanted: what was wanted, by whoever wanted it.
        counted: the wishes that a message came for, each as secret and generation.
        failed: the same of those that a watcher saw failing.

    """

    ctx: MemoryContext
    steps: Steps
    wanted: list[Act] = field(default_factory=list)
    counted: set[tuple[str, int]] = field(default_factory=set)
    failed: set[tuple[str, int]] = field(default_factory=set)

    def run(self, actors: Sequence[Sequence[str]], order: Order) -> list[int]:
        """Let *actors* do what they do, each in its own process; return their steps."""
        self.ctx.platform.says = {"good": "proven", "bad": "refused"}
        return self.steps.run([self._actor(acts) for acts in actors], order)

    def check(self) -> None:
        """See that the newest wish has won, and that what is shown is of it."""
        office = Office(self.ctx)
        if isinstance(self.ctx.wishes, RememberingWishes) and not self.failed:
            assert ("good", "bad") not in self.ctx.wishes.replaced
        stored = self.ctx.wishes.read(shop())
        token = None if stored is None else str(self.ctx.wishes.secrets(stored)["token"])
        assert token in [act.token for act in self._newest()]
        if stored is None:
            with_none(office)
            assert self.counted or self.failed or self.ctx.observations.read(shop()) is None
        else:
            view = office.find()
            error = view.observation.last_error if view.observation else None
            shown = (view.status, error.code if error else "")
            assert shown in self._allowed(token or "", stored)
        self._check_later(office)

    def _allowed(self, token: str, stored: StoredWish) -> list[tuple[Status, str]]:
        """Return what may be shown of a channel: its own token's state, messages and failures."""
        own = {
            "good": (Status.CONNECTED, ""),
            "bad": (Status.AUTH_ERROR, "invalid_token"),
            "unproven": (Status.CONNECTING, ""),
        }
        wish = (stored.secret, stored.generation)
        failure = [(Status.AUTH_ERROR, _failure(stored))] if wish in self.failed else []
        if wish not in self.counted:
            return [own[token], *failure]
        proof = (Status.CONNECTED, "")
        return (
            [proof, *failure]
            if token == "unproven" and not failure
            else [proof, own[token], *failure]
        )

    def _newest(self) -> list[Act]:
        """Return what was wanted and not followed by anything else that was wanted later."""
        held = [Act(start=-1, token=None, end=-1), *(act for act in self.wanted if act.holds)]
        return [act for act in held if not any(other.start > act.end for other in held)]

    def _check_later(self, office: Office) -> None:
        """See that nothing of now is taken for a channel of later."""
        office.disconnect()
        view = office.connect("later")
        assert view.status is Status.CONNECTING
        self.ctx.observations.count_message(shop(), view.stored.generation, self.ctx.clock.now())
        assert office.find().status is Status.CONNECTED
        office.disconnect()

    def _actor(self, todo: Sequence[str]) -> Callable[[], None]:
        office = Office(self.ctx)

        def act() -> None:
            for each in todo:
                verb, _, token = each.partition(" ")
                if verb in ("connect", "disconnect"):
                    self._want(office, token or None)
                else:
                    getattr(self, f"_{verb}")(office)

        return act

    def _want(self, office: Office, token: str | None) -> None:
        act = Act(start=self.steps.now(), token=token)
        self.wanted.append(act)
        try:
            if token is None:
                office.disconnect()
            else:
                office.connect(token)
        except CredentialsRefused:
            act.holds = False
        act.end = self.steps.now()

    def _reconnect(self, office: Office) -> None:
        office.manager.auto_reconnect(self.ctx)

    def _watch(self, _office: Office) -> None:
        """See that the channel fails, and tell it late."""
        stored = self.ctx.wishes.read(shop())
        if stored is not None:
            self.failed.add((stored.secret, stored.generation))
            error = LastError(_failure(stored), "It fails.", self.ctx.clock.now())
            seen = Observation(
                status=Status.AUTH_ERROR, generation=stored.generation, last_error=error
            )
            self.ctx.observations.note(shop(), seen)

    def _count(self, _office: Office) -> None:
        """Take a message in, and count it late."""
        stored = self.ctx.wishes.read(shop())
        if stored is not None:
            self.counted.add((stored.secret, stored.generation))
            now = self.ctx.clock.now()
            self.ctx.observations.count_message(shop(), stored.generation, now)


def _failure(stored: StoredWish) -> str:
    return f"{stored.secret} {stored.generation} failed"


def with_none(office: Office) -> None:
    """See that there is no channel."""
    try:
        office.find()
    except NotConnected:
        return
    raise AssertionError("a status without a wish is shown")


def interruptions(run: Callable[[Order], list[int]], *, stride: int = 1) -> Iterator[Order]:
    """
    Return the orders in which one of two actors is interrupted by the other.

    Args:
        run: lets the two run in an order, and returns how many steps each took.
        stride: how many steps longer each interruption is than the one before.

    """
    for first in (0, 1):
        steps = run([(first, 99), (1 - first, 99)])
        for done in range(steps[first]):
            for meanwhile in range(steps[1 - first], 0, -stride):
                yield [(first, done), (1 - first, meanwhile), (first, 99), (1 - first, 99)]


class RememberingWishes(MemoryWishes):
    """
    Wishes in memory that know what was ever written over what.

    Attributes:
        replaced: the tokens before and after each write over a wish.

    """

    def __init__(self) -> None:
        super().__init__()
        self.replaced: list[tuple[str, str]] = []

    def write(
        self, wish: Wish, *, replacing: StoredWish | None, taking_over: bool = False
    ) -> StoredWish:
        """Keep *wish* in place of *replacing*, and remember that."""
        before = self.kept.get(wish.address)
        stored = super().write(wish, replacing=replacing, taking_over=taking_over)
        if before is not None:
            tokens = [str(each.secrets.get("token")) for each in (before.wish, wish)]
            self.replaced.append((tokens[0], tokens[1]))
        return stored


class SteppedContext(MemoryContext):
    """
    A context in memory in which others go on at each read and write.

    Args:
        steps: whose turn it is.

    """

    def __init__(self, steps: Steps) -> None:
        super().__init__()
        self.wishes: MemoryWishes = stepped(RememberingWishes(), steps)
        self.observations = stepped(MemoryObservations(), steps)


def stepped[T](store: T, steps: Steps) -> T:
    """Return *store*, which pauses before each of its methods."""
    names = [name for name in dir(type(store)) if not name.startswith("_")]
    for name in names:
        setattr(store, name, _paused(getattr(store, name), steps))
    return store


def _paused(method: Any, steps: Steps) -> Any:  # noqa: ANN401 - any method
    def call(*given: object, **named: object) -> Any:  # noqa: ANN401 - as it returns
        steps.pause()
        return method(*given, **named)

    return call
