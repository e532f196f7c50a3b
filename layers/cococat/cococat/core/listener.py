"""
What listens to a platform that does not call us: one listener a channel, in a thread of its own.

The `SceneKeeper` makes a listener once it has the lease of the channel's token, and runs it with
a `Hold`: the right to listen, for as long as that lasts. A listener never asks whether it is the
only one; it does its work inside `Hold.work`, and what comes after the hold has ended it drops
unread.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol, runtime_checkable

from cococat.core.channel_status import LastError, Status
from cococat.core.directory import ChannelBinding

Cursor = dict[str, Any]
"""
How far a listener has come, as plain JSON values; empty at the very first time.

Telegram: `{"offset": 123}`. Discord: `{"channels": {"<channel>": ["<message>", "<guild>"]}}`.
"""


class Hold(Protocol):
    """The right to listen to one channel: from taking its token's lease to handing it over."""

    @property
    def cursor(self) -> Cursor:
        """Return how far whoever listened last has come; of this hold's own, what was kept last."""
        ...

    def is_good(self) -> bool:
        """Tell whether the right lasts; once it does not, it never does again."""
        ...

    def wait(self, seconds: float) -> bool:
        """
        Let *seconds* pass, or less where the right ends; return whether it lasts.

        Nobody takes it for silence, however long it is.
        """
        ...

    def work(self) -> AbstractContextManager[bool]:
        """
        Do in its body what must not be cut into: take in what has come, and keep the cursor.

        A hand-over waits for it, for a few seconds. Its value is False where the right has ended:
        then what has come is dropped unread. From any thread, in several at a time.
        """
        ...

    def keep(self, cursor: Cursor) -> None:
        """
        Keep *cursor*, once everything before it is in the mailboxes.

        Raises:
            LeaseLost: somebody else listens by now, or may; the platform must not be told either.

        """
        ...

    def heard(self) -> None:
        """Tell that the platform has just answered, if only with nothing: a sign of life."""
        ...

    def note(self, status: Status, error: LastError | None = None) -> None:
        """Tell how it goes; `heard` alone means connected."""
        ...


class Listener(Protocol):
    """
    Listens to one channel, once: after a failure the keeper makes another.

    Attributes:
        silence: seconds without a sign of life after which it may be dead, and is probed.

    """

    silence: float

    def run(self, hold: Hold) -> None:
        """
        Listen until the right of *hold* ends; blocks, in a thread of the listener's own.

        Raises:
            CredentialsRefused: the platform does not take the token; no use to try again soon.
            PlatformUnreachable: it can't be reached; the keeper backs off and tries again.
            LeaseLost: somebody else listens.

        """
        ...

    def stop(self) -> None:
        """Make `run` return soon; returns at once, from another thread, and may come twice."""
        ...

    def probe(self) -> bool:
        """
        Tell whether it lives although nothing is heard of it; from another thread, in seconds.

        Quiet is not dead: False only where something is proven wrong.
        """
        ...


@runtime_checkable
class TakesProbes(Protocol):
    """A listener that can be given what its platform would send; see `cococat.core.probes`."""

    def feed(self, update: dict[str, Any]) -> None:
        """
        Parse and route *update* as if the platform had sent it; from another thread.

        Raises:
            MalformedMessage: it is not of the platform's form.
            MailboxUnavailable: the mailbox did not take it.

        """
        ...


MakeListener = Callable[[ChannelBinding], Listener]
"""Makes the listener of a channel; connects to nothing yet."""


class ValidatesToken(Protocol):
    """Asks a platform whether it takes a channel's token, before anybody listens with it."""

    def __call__(self, binding: ChannelBinding) -> tuple[str, ...]:
        """
        Return what an operator should know although the token is good, one sentence each.

        Raises:
            CredentialsRefused: the token, or a right that the bot needs, is refused.
            PlatformUnreachable: the platform could not be asked; that says nothing of the token.

        """
        ...
