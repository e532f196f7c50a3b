"""How a channel is: what is wanted, and what was observed of it last."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from cococat.core.ids import ChannelAddress

STALE = 30
"""Seconds without a sign of life after which a channel that a sidecar holds counts as gone."""
PATIENCE = 60
"""Seconds for which a channel may wait for its first sidecar before that is told."""
NO_LISTENER = "no_listener"
UNHEARD = "No sidecar listens to it: start one, or look at its log."


class Status(StrEnum):
    """The state of a channel."""

    DISCONNECTED = "disconnected"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    AUTH_ERROR = "auth_error"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class LastError:
    """
    What went wrong last.

    Attributes:
        code: a stable word.
        message: what happened and what to do, for people; no secret is in it.
        at: seconds since 1970.

    """

    code: str
    message: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SendError:
    """
    Why an answer could not be sent, and what a person has to do about it.

    Attributes:
        code: a stable word.
        message: what happened and what to do, for people; no secret is in it.
        at: seconds since 1970.
        generation: the wish that it was sent for.
        is_credentials: whether the credentials are to blame.

    """

    code: str
    message: str
    at: float
    generation: int
    is_credentials: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformEvent:
    """
    What a platform told last of the account itself, and not of what somebody said.

    Attributes:
        code: a stable word.
        message: what happened and what to do, for people.
        chat: the platform's id of the chat that it happened in; empty for the whole account.
        at: seconds since 1970.
        generation: the wish that it was told of.
        stops: whether the account is no use from then on, until it is heard of again.

    """

    code: str
    message: str
    chat: str = ""
    at: float
    generation: int
    stops: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """
    What was last seen of a channel.

    Attributes:
        status: its state.
        generation: the wish that it was seen of; an older one says nothing any more.
        last_error: what went wrong last, if anything did.
        connected_since: seconds since 1970, while it is connected.
        message_count: how many messages came through it.
        last_message_at: when the last one came.
        owner: the sidecar that holds it, if one does.
        alive_at: when that one last gave a sign of life, or since when a first one is waited for.
        heard_at: when the platform last answered that one.
        last_event: what the platform told last of the account.
        send_error: why nothing could be sent, until something is.

    """

    status: Status
    generation: int
    last_error: LastError | None = None
    connected_since: float | None = None
    message_count: int = 0
    last_message_at: float | None = None
    owner: str = ""
    alive_at: float | None = None
    heard_at: float | None = None
    last_event: PlatformEvent | None = None
    send_error: SendError | None = None


class CountsMessages(Protocol):
    """Counts the messages of channels."""

    def count_message(self, address: ChannelAddress, generation: int, now: float) -> bool:
        """
        Count one message; a channel of *generation* that was connecting is connected.

        Not where a sidecar holds it: that one tells how it is, and why.
        Returns whether a send error is known of the channel.
        """
        ...


class NotesObservations(Protocol):
    """Keeps how channels are."""

    def note(self, address: ChannelAddress, observation: Observation) -> bool:
        """
        Keep the state of *observation*, unless a later wish has been observed already.

        Nor does `connecting` replace `connected` of the same wish: a message may have come
        before anybody noted how it began. Counters stay as they are. Returns whether it was kept.
        """
        ...


class NotesEvents(Protocol):
    """Keeps what platforms tell of accounts."""

    def note_event(self, address: ChannelAddress, event: PlatformEvent) -> None:
        """
        Keep *event*, unless a later one is known; it may come more than once.

        Nor does what happens in one chat replace that the account is no use.
        """
        ...


class NotesSending(Protocol):
    """Keeps whether answers can be sent; nobody who listens changes that."""

    def note_send_error(self, address: ChannelAddress, error: SendError) -> None:
        """Keep *error*, unless one of a later wish is known."""
        ...

    def clear_send_error(self, address: ChannelAddress) -> None:
        """Remove the send error of the channel at *address*: something was sent."""
        ...


class SendingObservations(CountsMessages, NotesSending, Protocol):
    """What the outbox tells of channels."""


class Observations(SendingObservations, NotesObservations, NotesEvents, Protocol):
    """Keeps what was observed of the channels."""

    def read(self, address: ChannelAddress) -> Observation | None:
        """Return what was last seen of the channel at *address*."""
        ...

    def forget(self, address: ChannelAddress, generation: int) -> None:
        """Remove what is known of the channel at *address*, unless it is of a later wish."""
        ...


def relevant(observation: Observation | None, generation: int) -> Observation | None:
    """Return what *observation* tells of the wish of *generation*: an older one, its counts."""
    if observation is None:
        return None
    event, unsent = observation.last_event, observation.send_error
    if event is not None and event.generation != generation:
        event = None
    if unsent is not None and unsent.generation != generation:
        unsent = None
    if observation.generation != generation:
        observation = Observation(
            status=Status.CONNECTING,
            generation=observation.generation,
            message_count=observation.message_count,
            last_message_at=observation.last_message_at,
        )
    if event is not None and event.stops and event.at > (observation.last_message_at or 0):
        error = LastError(event.code, event.message, event.at)
        observation = replace(
            observation, status=Status.ERROR, generation=generation, last_error=error
        )
    if unsent is not None and observation.status in (Status.CONNECTED, Status.CONNECTING):
        status = Status.AUTH_ERROR if unsent.is_credentials else Status.ERROR
        error = LastError(unsent.code, unsent.message, unsent.at)
        observation = replace(observation, status=status, generation=generation, last_error=error)
    else:
        unsent = None
    return replace(observation, last_event=event, send_error=unsent)


def is_held(observation: Observation, now: float) -> bool:
    """Tell whether a sidecar that lives at *now* has the channel."""
    return bool(observation.owner) and (observation.alive_at or 0) >= now - STALE


def attended(observation: Observation, now: float) -> Observation:
    """
    Return *observation* as it reads at *now*: where nobody listens any more, or yet, it says so.

    A channel that waits for its first sidecar goes on connecting: it is as good as it was.
    """
    since, status = observation.alive_at, observation.status
    if observation.owner:
        is_alone, status = not is_held(observation, now), Status.DISCONNECTED
    else:
        is_alone = status is Status.CONNECTING and since is not None and now - since > PATIENCE
    if not is_alone:
        return observation
    error = LastError(NO_LISTENER, UNHEARD, since or now)
    return replace(observation, status=status, last_error=error, connected_since=None)


def shown(observation: Observation | None, *, enabled: bool, generation: int) -> Status:
    """
    Return the state to show for a channel.

    Args:
        observation: what was last seen, as it reads now.
        enabled: whether it is wanted.
        generation: of the wish.

    """
    if not enabled:
        return Status.DISCONNECTED
    if observation is None or observation.generation != generation:
        return Status.CONNECTING
    return observation.status
