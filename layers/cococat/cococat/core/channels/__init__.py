"""
The contract of a channel.

A channel is one file in this folder and one entry in `catalogue`. It is imported when it is
first used, so that a handler pays only for its own platform.
"""

import importlib
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from cococat.core.channels.catalogue import CATALOGUE
from cococat.core.clock import Clock
from cococat.core.directory import ChannelBinding
from cococat.core.errors import ConfigError, OperatorNeeded
from cococat.core.http import Request, Response
from cococat.core.items import Items
from cococat.core.libraries import Counters, Libraries
from cococat.core.limits import LIMITS, WHOLE, Limits
from cococat.core.messages import Reply
from cococat.core.rate_limit import Tallies
from cococat.core.reply_address import ReplyAddress
from cococat.core.scene_router import SceneRouter

if TYPE_CHECKING:
    from cococat.core.channel_status import NotesEvents
    from cococat.core.rendering import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """
    What a channel is made with.

    Attributes:
        binding: its entry, as the table has it.
        router: takes its messages.
        items: the messages table.
        clock: the time.
        libraries: AES and XML, for those that need them.
        counters: what is counted for the operator.
        tallies: what is counted against limits.
        events: where it is kept what platforms tell of the account.

    """

    binding: ChannelBinding
    router: SceneRouter
    items: Items
    clock: Clock
    libraries: Libraries
    counters: Counters
    tallies: Tallies
    events: "NotesEvents"


class Channel(ABC):
    """One platform account, connected to one scene or agent."""

    channel_type: str = ""
    resend_safe: ClassVar[bool] = False
    """Whether the same delivery twice is seen once by the user."""

    def __init__(self, wiring: Wiring) -> None:
        """Take what it works with; nothing begins before `start`."""
        self.wiring = wiring

    @property
    def limits(self) -> Limits:
        """Return what the platform takes; answers are cut into parts by it."""
        return LIMITS.get(self.channel_type, WHOLE)

    @abstractmethod
    def start(self, scene_id: str, config: dict[str, Any]) -> None:
        """Begin to listen for *scene_id* with the entry's *config*; never blocks."""

    @abstractmethod
    def send(self, reply: str, user_id: str) -> None:
        """
        Deliver *reply* to the platform's user *user_id*.

        Raises:
            DeliveryError: it did not, or may not have.

        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """
    One part of an answer, with all that is known of where it goes.

    Attributes:
        to: the reply address, its seal checked.
        reply: the whole answer.
        part: what to send of it.
        number: which part that is, from 1.
        of: how many there are.
        key: the same for every try of this part; the platform's idempotency key comes from it.
        again: whether an earlier try of this part may have arrived.
        shown: of the answer's progress, if the channel has shown any; see `progress.Shown`.

    """

    to: ReplyAddress
    reply: Reply
    part: "Part"
    number: int
    of: int
    key: str
    again: bool = False
    shown: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Spared:
    """
    Why a part was not to be sent: its user has it from a response, or fetches it.

    Attributes:
        needed: what a person has to change before anything can be sent, where that is the reason.

    """

    needed: OperatorNeeded | None = None


@runtime_checkable
class AnswersInPlace(Protocol):
    """A channel that answers a message where it was asked, not just its user."""

    def answer(self, delivery: Delivery) -> Spared | None:
        """
        Deliver one part of an answer; None where it was sent, else why that was not to be done.

        Raises:
            DeliveryError: it did not, or may not have.

        """
        ...


@runtime_checkable
class ChecksCredentials(Protocol):
    """A channel that can tell at once whether its account's credentials are good."""

    def check_credentials(self) -> bool:
        """
        Return True where they are proven good, False where nobody can tell yet.

        Raises:
            CredentialsRefused: the platform does not take them.
            PlatformUnreachable: it could not be asked.

        """
        ...


@runtime_checkable
class TakesTurns(Protocol):
    """A channel whose answers have to wait for their turn."""

    def turn(self, delivery: Delivery) -> int:
        """Return the seconds after which *delivery* may be sent; 0 for now."""
        ...


@runtime_checkable
class ReceivesRequests(Protocol):
    """A channel whose platform calls us."""

    def receive(self, request: Request) -> Response:
        """
        Verify and parse *request*, put its message into the mailbox, and acknowledge it.

        Raises:
            RequestRefused: the caller is turned away.
            MailboxUnavailable: the mailbox did not take it; the platform must try again.

        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """
    A file as its platform gives it.

    Attributes:
        content_type: what the platform says that it is, as in an HTTP header; empty for nothing.
        pieces: its bytes, one piece after the other; whoever reads them counts them.

    """

    content_type: str = ""
    pieces: Iterable[bytes] = field(repr=False)


@runtime_checkable
class FetchesAttachments(Protocol):
    """A channel that can get the files that came with its messages."""

    def fetch(self, ref: str) -> Fetched:
        """
        Return the file that the channel itself called *ref* (`Attachment.ref`) in a message.

        The router seals a channel's refs on their way into the mailbox, and they are unsealed
        before they come here, so *ref* is what this channel wrote and nothing else.

        Raises:
            AttachmentRefused: the platform does not have it, or not any more (`gone`).
            AnswerTooLong: it has more bytes than anybody is given.
            DeliveryError: the platform's API refuses it, in its own words.
            PlatformUnreachable: it could not be asked, or did not answer as it should.

        """
        ...


@runtime_checkable
class AddsHeaders(Protocol):
    """A channel whose answers have further headers, refusals and errors too."""

    def headers_for(self, request: Request) -> dict[str, str]:
        """Return the headers that whatever is answered to *request* has besides."""
        ...


class Channels(Protocol):
    """Makes channels ready for use."""

    def bind(self, binding: ChannelBinding) -> Channel:
        """Return the channel of *binding*, started; it may be one that served before."""
        ...


def channel_class(channel_type: str) -> type[Channel]:
    """
    Return the class of *channel_type*, importing it now.

    Raises:
        ConfigError: there is no such type in this version.

    """
    known = CATALOGUE.get(channel_type)
    if known is None or not known.implementation:
        message = f"this version has no channel of type '{channel_type}'"
        raise ConfigError(message)
    module, _, name = known.implementation.partition(":")
    found: type[Channel] = getattr(importlib.import_module(module), name)
    return found
