"""
Reading what was written in a Discord bot's channels while nobody took it in.

Each such channel has a gap, which stays in the cursor until its list was read to the end: so what
the platform lists is never passed over, however long it can't be asked.
"""

import logging
from collections.abc import Callable

from cococat.core.channel_status import LastError, Status
from cococat.core.channels.discord import DiscordChannel
from cococat.core.clock import Clock
from cococat.core.discord_api import LIST
from cococat.core.discord_content import Json
from cococat.core.discord_cursor import DiscordCursor, Place
from cococat.core.discord_errors import PlatformBusy
from cococat.core.errors import PlatformUnreachable
from cococat.core.failures import log_failure
from cococat.core.listener import Hold

log = logging.getLogger(__name__)

LONGEST_WAIT = 30.0
PAGES = 10
"""Lists of one channel that are read at a time, of a hundred messages each."""
TRIES = 8
"""How often the platform is asked before what comes live is taken in meanwhile."""
AGAIN = 60.0
"""Seconds between two tries after that."""
NOT_LISTED = "Discord does not list what was written while the bot was away; it is asked again."

Take = Callable[[Json, str], object]
"""Takes in one message; the guild that it was written in may not be in it."""


class CatchUp:
    """
    Fills the gaps of a cursor.

    Args:
        channel: asks the platform.
        cursor: has the gaps.
        take: takes in a message.
        hold: the right to listen.
        clock: the time.

    """

    def __init__(
        self, channel: DiscordChannel, cursor: DiscordCursor, take: Take, hold: Hold, clock: Clock
    ) -> None:
        self._channel = channel
        self._cursor = cursor
        self._take = take
        self._hold = hold
        self._clock = clock
        self._again_at = 0.0

    def read(self) -> None:
        """
        Fill all gaps before anything else; after some tries, what is left waits for `go_on`.

        Raises:
            CredentialsRefused: the token is not good any more.
            LeaseLost: somebody else listens.

        """
        pause = 1.0
        for _ in range(TRIES):
            wait = self._try()
            if wait is None:
                return
            if wait > LONGEST_WAIT or not self._hold.wait(wait or pause):
                break
            pause = min(2 * pause, LONGEST_WAIT)
        log.error("channels are read later", extra={"channels": len(self._cursor.gaps)})

    def go_on(self) -> None:
        """Try once more, if it is time to; see `read`."""
        if self._clock.now() >= self._again_at and self._cursor.gaps:
            self._try()

    def _try(self) -> float | None:
        """Read in each channel; return None, or where it failed the seconds to wait, 0 for some."""
        for channel, place in self._cursor.gaps.items():
            try:
                self._fill(channel, place)
            except PlatformUnreachable as error:
                log_failure("a channel's messages could not be asked for", error)
                self._cursor.postpone(channel)
                now = self._clock.now()
                self._hold.note(Status.CONNECTED, LastError("not_listed", NOT_LISTED, now))
                wait = error.seconds if isinstance(error, PlatformBusy) else 0.0
                self._again_at = now + (wait or AGAIN)
                return wait
            if not self._hold.is_good():
                return None
        return None

    def _fill(self, channel: str, place: Place) -> None:
        """Read what comes after *place*, or a part of it where that is much."""
        last = place.last
        for _ in range(PAGES):
            listed = self._channel.api.messages_after(channel, last)
            self._hold.heard()
            for source in listed:
                self._take(source, place.guild_id)
            if not self._hold.is_good():
                return
            if listed:
                last = listed[-1]["id"]
                self._cursor.fill(channel, last)
            if len(listed) < LIST:
                self._cursor.close(channel)
                return
        self._cursor.postpone(channel)
