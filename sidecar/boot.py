"""
The boot step: every enabled token is checked before anybody listens with it.

Strict for entries from files: whoever deploys one sees at once what is wrong with it. A channel
made by connect has only its status set. A platform that can't be reached says nothing of a token:
it is asked again, for a while, and then the listeners' own patience has to do.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from cococat.core.attendant import pause_after
from cococat.core.channel_status import LastError, NotesObservations, Observation, Status
from cococat.core.clock import Clock
from cococat.core.directory import ChannelBinding
from cococat.core.errands import AllDone
from cococat.core.errors import CredentialsRefused, PlatformUnreachable
from cococat.core.ids import ChannelAddress
from cococat.core.listener import ValidatesToken
from cococat.core.wishes import Source, StoredWish

TRIES = 5
"""How often a platform that can't be reached is asked."""
MISSING = "its settings or its secret are missing; publish the scene again, or connect it again"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Boot:
    """
    What the boot step works with.

    Attributes:
        find: reads one channel with its secrets.
        check: asks a platform whether it takes a token.
        observations: where a refused token of a channel made by connect is told.
        clock: the time.
        wait: lets seconds pass, or less where the process is told to stop.
        all_done: checks several tokens at once; hundreds would take minutes.
        say: prints a line for the operator.

    """

    find: Callable[[ChannelAddress], ChannelBinding | None]
    check: ValidatesToken
    observations: NotesObservations
    clock: Clock
    wait: Callable[[float], object]
    all_done: AllDone
    say: Say

    def run(self, wishes: Iterable[StoredWish], goes_on: Callable[[], bool]) -> int:
        """
        Check the tokens of *wishes*, and print a line for each fault.

        Args:
            wishes: the channels that are wanted here.
            goes_on: False once the process is told to stop.

        Returns:
            how many faults there are that a deploy has to mend.

        """

        def check(stored: StoredWish) -> bool:
            return goes_on() and self._check(stored, goes_on)

        return sum(self.all_done([partial(check, stored) for stored in wishes]))

    def _check(self, stored: StoredWish, goes_on: Callable[[], bool]) -> bool:
        """Check one token; return whether it is a fault that stops the boot."""
        name = _name(stored.wish.address)
        is_strict = stored.wish.source is Source.FILE
        binding = self.find(stored.wish.address)
        if binding is None:
            self.say(f"{name}: {MISSING}")
            return is_strict
        try:
            warnings = self._ask(binding, name, goes_on)
        except CredentialsRefused as refused:
            self.say(f"{name}: {refused.message}")
            if not is_strict:
                self._note(stored, refused)
            return is_strict
        for warning in warnings:
            self.say(f"{name}: warning: {warning}")
        return False

    def _ask(
        self, binding: ChannelBinding, name: str, goes_on: Callable[[], bool]
    ) -> tuple[str, ...]:
        for failures in range(1, TRIES + 1):
            try:
                return self.check(binding)
            except PlatformUnreachable:
                if failures == TRIES or not goes_on():
                    break
                pause = pause_after(failures)
                self.say(f"{name}: the platform can't be reached; asked again in {pause:.0f} s")
                self.wait(pause)
        self.say(f"{name}: the platform can't be reached; its listener goes on trying")
        return ()

    def _note(self, stored: StoredWish, refused: CredentialsRefused) -> None:
        error = LastError(refused.code, refused.message, self.clock.now())
        seen = Observation(status=Status.AUTH_ERROR, generation=stored.generation, last_error=error)
        self.observations.note(stored.wish.address, seen)


def _name(address: ChannelAddress) -> str:
    return f"{address.target_type} {address.target_id}, channel {address.channel}/{address.name}"
