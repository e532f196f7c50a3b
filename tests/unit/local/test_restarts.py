from dataclasses import dataclass, field

from cococat.local.restarts import LOOK, Restarts


@dataclass
class Life:
    """A process that runs for some seconds."""

    code: int
    ends_at: float
    machine: "Machine"
    ended: bool = False

    def poll(self) -> int | None:
        """Return how it has ended, or None."""
        return self.code if self.machine.now >= self.ends_at else None


@dataclass
class Machine:
    """Where processes run, for as many seconds as planned, the last one for ever."""

    lives: list[float]
    fails: bool = False
    now: float = 0.0
    stop_at: float = 1e6
    started_at: list[float] = field(default_factory=list)
    running: list[Life] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def start(self) -> Life:
        """Start one."""
        self.started_at.append(self.now)
        if self.fails and len(self.started_at) > 1:
            raise ConnectionRefusedError
        seconds = self.lives.pop(0) if self.lives else float("inf")
        self.running.append(Life(-9, self.now + seconds, self))
        return self.running[-1]

    def end(self, process: Life) -> None:
        """End one."""
        process.ended = True

    def wait(self, seconds: float) -> bool:
        """Let time pass."""
        self.now += seconds
        return self.now >= self.stop_at

    def keep(self) -> None:
        """Keep one running."""
        Restarts(
            start=self.start,
            end=self.end,
            wait=self.wait,
            say=self.said.append,
            monotonic=lambda: self.now,
        ).keep(self.start())

    @property
    def pauses(self) -> list[float]:
        """Return what was between two starts, without the time of the looks."""
        pairs = zip(self.started_at, self.started_at[1:], strict=False)
        return [later - earlier - LOOK for earlier, later in pairs]


def test_who_is_killed_is_started_again() -> None:
    """With one line; what it leaves is ended, and the new one when all is stopped."""
    machine = Machine(lives=[0.0], stop_at=500)
    machine.keep()

    assert machine.said == ["has ended (signal 9); it starts again in 1 s"]
    assert [each.ended for each in machine.running] == [True, True]


def test_the_pause_grows_up_to_a_minute() -> None:
    """Whatever is wrong may take a while to mend."""
    machine = Machine(lives=[0.0] * 8, stop_at=500)
    machine.keep()

    assert machine.pauses == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_long_life_makes_the_next_pause_short() -> None:
    """Only ends that follow each other count."""
    machine = Machine(lives=[0.0, 0.0, 100.0], stop_at=500)
    machine.keep()

    assert machine.said[-1] == "has ended (signal 9); it starts again in 1 s"
    assert len(machine.said) == len(machine.running) - 1


def test_nothing_is_started_once_it_is_stopped() -> None:
    """Not even what is due."""
    machine = Machine(lives=[0.0], stop_at=1)
    machine.keep()

    assert machine.started_at == [0.0]


def test_a_start_that_fails_is_tried_again() -> None:
    """With the pauses of a process that ends at once."""
    machine = Machine(lives=[0.0], fails=True, stop_at=20)
    machine.keep()

    assert machine.pauses == [1, 2, 4, 8]
    assert machine.said[1] == "can't be started (ConnectionRefusedError)"
