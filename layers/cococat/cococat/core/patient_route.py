"""
Routing for platforms that try again only where a connection was lost.

WeChat and WeCom say on all of their pages that a connection which times out is tried again; of
an answer with an error not all of them do. So where no queue takes a message, the door tries
for a while, and then holds the connection until the platform gives it up.
"""

from collections.abc import Mapping

from cococat.core.clock import Clock
from cococat.core.directory import ChannelBinding
from cococat.core.errors import MailboxUnavailable
from cococat.core.messages import ChatMessage
from cococat.core.scene_router import SceneRouter

SEND_AGAIN = 4.0
"""Seconds for which the mailbox is tried, counted from the platform's request."""
SEND_PAUSE = 0.5
CUT = 5.5
"""Seconds after which the platform has surely given up a connection (it does so after 5)."""


class PatientRoute:
    """
    The way into the mailbox of one channel's agent.

    Args:
        router: the scene router.
        binding: the channel.
        clock: the time.

    """

    def __init__(self, router: SceneRouter, binding: ChannelBinding, clock: Clock) -> None:
        self._router = router
        self._binding = binding
        self._clock = clock

    def route(
        self,
        message: ChatMessage,
        identity: str,
        started: float,
        in_place: Mapping[str, str] | None = None,
    ) -> None:
        """
        Put *message*, whose request came in at *started*, into the mailbox.

        The others are as for `SceneRouter.route`.

        Raises:
            MailboxUnavailable: no queue took it; the platform has given up by then.

        """
        try:
            self.within(SEND_AGAIN, message, identity, started, in_place)
        except MailboxUnavailable:
            self._clock.sleep(max(0, started + CUT - self._clock.now()))
            raise

    def within(
        self,
        seconds: float,
        message: ChatMessage,
        identity: str,
        started: float,
        in_place: Mapping[str, str] | None = None,
    ) -> None:
        """
        Put *message* into the mailbox within *seconds* of its request; see `route`.

        Raises:
            MailboxUnavailable: no queue took it by then.

        """
        while True:
            try:
                return self._router.route(self._binding, message, identity, in_place)
            except MailboxUnavailable:
                if self._clock.now() - started >= seconds:
                    raise
            self._clock.sleep(SEND_PAUSE)
