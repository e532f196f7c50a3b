"""
One channel's attendant: it holds the lease of the token and keeps a listener running.

The listener has a thread of its own. It is made anew after a failure, after a pause that grows
and is never the same twice, and when it hangs; what a hanging one still brings is dropped.
"""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cococat.core.channel_status import LastError, Observation, Status
from cococat.core.clock import Clock, time_of_day
from cococat.core.directory import ChannelBinding
from cococat.core.errands import AllDone
from cococat.core.errors import CredentialsRefused, LeaseLost, PlatformUnreachable
from cococat.core.failures import log_failure
from cococat.core.hold import GivenHold, MakeSignal
from cococat.core.ids import ChannelAddress
from cococat.core.keeper_figures import Gauges
from cococat.core.lease import Lease
from cococat.core.libraries import Counters
from cococat.core.listener import Listener, MakeListener, TakesProbes
from cococat.core.pauses import doubled
from cococat.core.session import Monotonic

log = logging.getLogger(__name__)

LONGEST_PAUSE = 60.0
REFUSED_PAUSE = 300.0
"""Seconds between two tries with a token that is refused; a new one is tried at once."""
NEXT_TRY = "It is tried again at {at}, and at once when the channel is connected again."
PROBE_SECONDS = 15.0
"""How long a probe may take."""
DRAIN = 8.0
"""Seconds for which a hand-over waits for work that has begun."""
UNREACHABLE = "The platform can't be reached; it is tried again and again."
SILENT = "The listener hung; it was replaced."
BROKEN = "The listener failed; the sidecar's log says why, and it is started again."

StartThread = Callable[[str, Callable[[], None]], object]


@dataclass(slots=True)
class _Probe:
    """A look at whether *listener* lives: when it began, and what it has told, if anything."""

    listener: Listener
    began_at: float
    verdict: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """
    What attendants work with.

    Attributes:
        make: makes the listener of a binding.
        start: starts a thread, by a name and what it does.
        signal: makes a `threading.Event`.
        all_done: does several jobs at once.
        monotonic: this process's own clock.
        clock: the time.
        counters: what is counted for the operator.
        gauges: what is shown to the operator.
        me: this replica.

    """

    make: MakeListener
    start: StartThread
    signal: MakeSignal
    all_done: AllDone
    monotonic: Monotonic
    clock: Clock
    counters: Counters
    gauges: Gauges
    me: str


class Attendant:
    """
    Attends to one channel for as long as the lease is held.

    Args:
        binding: the channel.
        lease: of its token.
        workshop: what to work with.

    """

    def __init__(self, binding: ChannelBinding, lease: Lease, workshop: Workshop) -> None:
        self.binding = binding
        self.lease = lease
        self._workshop = workshop
        self._failures = 0
        self._connected_at: float | None = None
        self._probe: _Probe | None = None
        self._ending_since: float | None = None
        self._listener: Listener | None = None
        self._hold = self._new_hold()
        self._begin()

    @property
    def is_ending(self) -> bool:
        """Tell whether it takes in nothing new."""
        return self._ending_since is not None

    def end(self) -> None:
        """Let the listener take in nothing new, and stop it."""
        if self._ending_since is None:
            self._ending_since = self._workshop.monotonic()
            self._hold.end()
            self._stop_listener()

    def is_done(self) -> bool:
        """Tell whether, after `end`, nothing is under way any more, or has been for too long."""
        since = self._ending_since
        if since is None:
            return False
        return self._hold.is_idle or self._workshop.monotonic() - since > DRAIN

    def retire(self) -> None:
        """Give up the right to listen for good; the lease stays as it is."""
        self._hold.revoke()

    def leave(self) -> None:
        """Hand the lease back, so that another one goes on; to be tried again where it fails."""
        self.retire()
        self.lease.release()

    def watch(self) -> None:
        """See whether the listener is silent when it should not be; probe it, or replace it."""
        listener, now = self._listener, self._workshop.monotonic()
        if self._probe is not None and self._probe.listener is not listener:
            self._probe = None  # whatever it tells is of one that is gone
        if self._probe is not None:
            self._judge(self._probe, now)
        elif listener is not None and now - self._hold.sign_at > listener.silence:
            probe = self._probe = _Probe(listener, now)
            self._workshop.start(self._name("probe"), lambda: _look(probe))

    @property
    def takes_probes(self) -> bool:
        """Tell whether there is a listener just now that takes them."""
        return self._hold.is_good() and isinstance(self._listener, TakesProbes)

    def feed(self, update: dict[str, Any]) -> None:
        """Give *update* to the listener; where that is gone, the log tells."""
        listener: object = self._listener
        with self._hold.work() as is_good:
            if is_good and isinstance(listener, TakesProbes):
                listener.feed(update)
            else:
                log.warning(
                    "a probe was dropped", extra={"channel": readable(self.binding.address)}
                )

    def observation(self) -> Observation:
        """Return how the channel is."""
        hold, now = self._hold, self._workshop.clock.now()
        if hold.status is not Status.CONNECTED:
            self._connected_at = None
        elif self._connected_at is None:
            self._connected_at = now
        ago = None if hold.heard_at is None else self._workshop.monotonic() - hold.heard_at
        return Observation(
            status=hold.status,
            generation=self.binding.generation,
            last_error=hold.error,
            connected_since=self._connected_at,
            owner=self._workshop.me,
            alive_at=now,
            heard_at=None if ago is None else now - ago,
        )

    def _new_hold(self) -> GivenHold:
        return GivenHold(self.lease, self._workshop.monotonic, self._workshop.signal())

    def _begin(self) -> None:
        hold = self._hold
        self._workshop.start(self._name("listen"), lambda: self._listen(hold))

    def _name(self, what: str) -> str:
        return f"{what} {readable(self.binding.address)}"

    def _listen(self, hold: GivenHold) -> None:
        """Run listeners, one after the other, until the right ends; the thread's own."""
        while hold.is_good():
            try:
                pause = self._run_one(hold)
            except LeaseLost:
                log.warning("a lease was lost", extra={"channel": readable(self.binding.address)})
                hold.end()
                return
            hold.wait(pause)

    def _run_one(self, hold: GivenHold) -> float:
        """Run a listener to its end, and return how long to wait before there is another."""
        began = self._workshop.monotonic()
        try:
            listener = self._workshop.make(self.binding)
            if hold is self._hold:
                self._listener = listener
            listener.run(hold)
        except LeaseLost:
            raise
        except CredentialsRefused as refused:
            at = time_of_day(self._workshop.clock.now() + REFUSED_PAUSE)
            message = f"{refused.message} {NEXT_TRY.format(at=at)}"
            self._tell(hold, Status.AUTH_ERROR, refused.code, message)
            return REFUSED_PAUSE
        except PlatformUnreachable:
            self._tell(hold, Status.RECONNECTING, "platform_unreachable", UNREACHABLE)
        except Exception as error:  # noqa: BLE001 - one listener stops no other
            log_failure("a listener failed", error)
            self._tell(hold, Status.ERROR, "internal", BROKEN)
        finally:
            if hold is self._hold:
                self._listener = None
        self._failures = 0 if (hold.heard_at or 0.0) > began else self._failures + 1
        return pause_after(self._failures)

    def _tell(self, hold: GivenHold, status: Status, code: str, message: str) -> None:
        log.warning(
            "a listener ended", extra={"channel": readable(self.binding.address), "code": code}
        )
        channel = self.binding.address.channel
        self._workshop.counters.count("ListenerFailed", channel=channel, code=code)
        hold.note(status, LastError(code, message, self._workshop.clock.now()))

    def _judge(self, probe: _Probe, now: float) -> None:
        """Go by what *probe* has told, if it has or has had the time."""
        if probe.verdict is None and now - probe.began_at <= PROBE_SECONDS:
            return
        self._probe = None
        if probe.verdict:
            self._hold.sign_at = now
        else:
            self._replace()

    def _replace(self) -> None:
        log.error(
            "a listener hangs: it is replaced", extra={"channel": readable(self.binding.address)}
        )
        channel = self.binding.address.channel
        self._workshop.counters.count("ListenerReplaced", channel=channel)
        self._hold.revoke()
        self._stop_listener()
        self._listener = None
        self._hold = self._new_hold()
        error = LastError("silent", SILENT, self._workshop.clock.now())
        self._hold.note(Status.RECONNECTING, error)
        self._begin()

    def _stop_listener(self) -> None:
        listener = self._listener
        if listener is None:
            return
        try:
            listener.stop()
        except Exception as error:  # noqa: BLE001 - it is told to stop, that is all
            log_failure("a listener could not be stopped", error)


def _look(probe: _Probe) -> None:
    try:
        probe.verdict = probe.listener.probe()
    except Exception as error:  # noqa: BLE001 - a probe that fails proves nothing good
        log_failure("a probe failed", error)
        probe.verdict = False


def readable(address: ChannelAddress) -> str:
    """Return *address* for a line of the log."""
    return f"{address.target_type} {address.target_id} {address.channel}/{address.name}"


def pause_after(failures: int) -> float:
    """Return the seconds to wait after *failures* in a row: up to 1, 2, 4 … 60, with jitter."""
    longest = doubled(1.0, max(failures, 0), LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1)  # noqa: S311 - no secret
