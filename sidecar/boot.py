"""
The boot step: every enabled token is checked, all of them at the same time.

Strict for entries from files: whoever deploys one sees at once what is wrong with it. A channel
made by connect has only its status set. A platform that can't be reached says nothing of a token
and holds up nobody: it is asked again, for a while, and then its listener's own patience has to
do.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from botocore.exceptions import ClientError

from cococat.core.attendant import pause_after
from cococat.core.channel_status import LastError, NotesObservations, Observation, Status
from cococat.core.clock import Clock
from cococat.core.directory import ChannelBinding
from cococat.core.errands import AllDone
from cococat.core.errors import CredentialsRefused, PlatformUnreachable
from cococat.core.failures import log_failure
from cococat.core.ids import ChannelAddress, named
from cococat.core.listener import ValidatesToken
from cococat.core.wanted_channels import key_of
from cococat.core.wishes import MISSING, Source, StoredWish

TRIES = 5
"""How often a platform that can't be reached is asked."""
TWIN = "warning: {other} has the same token, and a platform gives each update to one of them only"

Say = Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class Boot:
    """
    What the boot step works with, and how far it has come.

    Attributes:
        find: reads one channel with its secrets.
        check: asks a platform whether it takes a token.
        all_done: does several jobs at once.
        observations: where a refused token of a channel made by connect is told.
        clock: the time.
        wait: lets seconds pass, or less where the process is told to stop.
        say: prints a line for the operator; from any thread.
        has_asked_all: is set once each platform was asked, and has answered or can't be reached.
        faults: the channels that a deploy has to mend.

    """

    find: Callable[[ChannelAddress], ChannelBinding | None]
    check: ValidatesToken
    all_done: AllDone
    observations: NotesObservations
    clock: Clock
    wait: Callable[[float], object]
    say: Say
    has_asked_all: threading.Event = field(default_factory=threading.Event)
    faults: list[ChannelAddress] = field(default_factory=list)
    _names: dict[str, str] = field(default_factory=dict)

    def run(self, wishes: Iterable[StoredWish], goes_on: Callable[[], bool]) -> None:
        """
        Check the tokens of *wishes*, and print a line for each fault.

        Args:
            wishes: the channels that are wanted here.
            goes_on: False once the process is told to stop.

        """
        left = list(wishes)
        for failures in range(1, TRIES + 1):
            pause = pause_after(failures)
            is_last = failures == TRIES
            then = "its listener goes on trying" if is_last else f"asked again in {pause:.0f} s"
            jobs = [partial(self._is_settled, stored, then) for stored in left]
            settled = self.all_done(jobs)
            self.has_asked_all.set()
            left = [each for each, done in zip(left, settled, strict=True) if not done]
            if is_last or not left or not goes_on():
                break
            self.wait(pause)

    def _is_settled(self, stored: StoredWish, then: str) -> bool:
        """Check one token; return False where nobody could say anything of it, and tell *then*."""
        name = named(stored.wish.address)
        try:
            self._settle(stored, name)
        except PlatformUnreachable:
            self.say(f"{name}: the platform can't be reached; {then}")
            return False
        except Exception as error:  # noqa: BLE001 - one channel stops no other
            log_failure("a token was not checked", error)
            self.say(f"{name}: its token can't be read or checked ({_kind(error)}); {then}")
            return False
        return True

    def _settle(self, stored: StoredWish, name: str) -> None:
        binding = self.find(stored.wish.address)
        if binding is None:
            self._refuse(stored, name, CredentialsRefused("secret_missing", MISSING))
            return
        other = self._names.setdefault(key_of(binding), name)
        if other != name:
            self.say(f"{name}: {TWIN.format(other=other)}")
        try:
            warnings = self.check(binding)
        except CredentialsRefused as refused:
            self._refuse(stored, name, refused)
            return
        for warning in warnings:
            self.say(f"{name}: warning: {warning}")

    def _refuse(self, stored: StoredWish, name: str, refused: CredentialsRefused) -> None:
        self.say(f"{name}: {refused.message}")
        if stored.wish.source is Source.FILE:
            self.faults.append(stored.wish.address)
            return
        error = LastError(refused.code, refused.message, self.clock.now())
        seen = Observation(status=Status.AUTH_ERROR, generation=stored.generation, last_error=error)
        self.observations.note(stored.wish.address, seen)


def _kind(error: Exception) -> str:
    """Return the kind of *error*, without its text."""
    if isinstance(error, ClientError):
        return str(error.response["Error"]["Code"])
    return type(error).__name__
