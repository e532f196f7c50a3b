"""A clock that goes only when it is told to, and what goes on at once in its time."""

from collections.abc import Callable
from concurrent.futures import Future
from heapq import heappop, heappush
from itertools import count
from threading import Semaphore, Thread
from typing import Any

START = 1_800_000_000.0


class Task[T]:
    """
    A job that runs beside others, one at a time, and hands over whenever it sleeps.

    Args:
        job: the job.

    """

    def __init__(self, job: Callable[[], T]) -> None:
        self._job = job
        self._outcome: Future[T] = Future()
        self._turn = Semaphore(0)
        self._handed_over = Semaphore(0)
        Thread(target=self._run, daemon=True).start()

    @property
    def done(self) -> bool:
        """Tell whether the job has ended."""
        return self._outcome.done()

    def result(self) -> T:
        """Return what the job returned, or raise what it raised."""
        return self._outcome.result(timeout=0)

    def go_on(self) -> None:
        """Let the job go on until it hands over or ends."""
        self._turn.release()
        self._handed_over.acquire()

    def hand_over(self) -> None:
        """Wait for the next turn; for the job itself."""
        self._handed_over.release()
        self._turn.acquire()

    def _run(self) -> None:
        self._turn.acquire()
        try:
            self._outcome.set_result(self._job())
        except BaseException as error:  # noqa: BLE001 - raised again by `result`
            self._outcome.set_exception(error)
        finally:
            self._handed_over.release()


class FakeClock:
    """
    `cococat.core.clock.Clock` in virtual time.

    Attributes:
        while_asleep: what goes on elsewhere during a sleep.
        working: how many jobs have begun and not ended.

    """

    def __init__(self) -> None:
        self.working = 0
        self._now = START
        self._numbers = count()
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._running: Task[Any] | None = None
        self.while_asleep: Callable[[], object] = lambda: None

    def now(self) -> float:
        """Return seconds since 1970, UTC."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Let *seconds* pass, and let the others work in the meantime."""
        task = self._running
        if task is None:
            self.advance(seconds)
            self.while_asleep()
        else:
            self.after(seconds, lambda: self._step(task))
            task.hand_over()

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass; what is due in them is done, each at its time."""
        until = self._now + seconds
        while self._due and self._due[0][0] <= until:
            due, _, action = heappop(self._due)
            self._now = max(self._now, due)
            action()
        self._now = max(self._now, until)

    def go_to(self, seconds: float) -> None:
        """Let it be *seconds* since 1970, later or earlier, while nothing is due."""
        assert not self._due
        self._now = seconds

    def after(self, seconds: float, action: Callable[[], object]) -> None:
        """Let *action* be done once *seconds* have passed."""
        heappush(self._due, (self._now + seconds, next(self._numbers), action))

    def start[T](self, job: Callable[[], T]) -> Task[T]:
        """Begin *job* and return once it sleeps or has ended; it goes on as time passes."""
        task = Task(job)
        self.working += 1
        self._step(task)
        return task

    def wait_for(self, done: Callable[[], bool], seconds: float) -> None:
        """Let time pass until *done*, but *seconds* at most."""
        until = self._now + seconds
        while not done() and self._now < until:
            self.advance(min(self.next_due() or until, until) - self._now)

    def next_due(self) -> float | None:
        """Return when something is to be done next, or None."""
        return self._due[0][0] if self._due else None

    def _step[T](self, task: Task[T]) -> None:
        before, self._running = self._running, task
        task.go_on()
        self._running = before
        self.working -= task.done
