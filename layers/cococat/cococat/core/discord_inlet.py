"""
What takes in the messages of one Discord bot, while it may listen.

They come through the gateway, and after a new session began from the lists of the channels that
were active lately. The cursor moves only after the mailbox has a message, so whoever listens next
finds what this one did not get done; nothing is taken in twice.
"""

import logging
from collections import OrderedDict

from cococat.core import discord_message
from cococat.core.channels.discord import DiscordChannel
from cococat.core.clock import Clock
from cococat.core.discord_api import LIST
from cococat.core.discord_content import Json, snowflake
from cococat.core.discord_cursor import DiscordCursor
from cococat.core.discord_message import Bot, Skipped, Turn
from cococat.core.errors import (
    LeaseLost,
    MailboxUnavailable,
    MalformedMessage,
    PlatformUnreachable,
)
from cococat.core.failures import log_failure
from cococat.core.listener import Hold

log = logging.getLogger(__name__)

REMEMBERED = 5000
"""Messages that are known to have been taken in; beyond them the queue knows a repeat."""
KEEP = 2.0
"""Seconds between two writes of the cursor while messages for us come in known channels."""
KEEP_OTHERS = 30.0
"""The same while only others' messages move it."""
LONGEST_WAIT = 30.0
PAGES = 10
"""Lists of one channel that are read at most, of a hundred messages each."""
TRIES = 8
"""How often the list of one channel is asked for."""


class DiscordInlet:
    """
    Takes in messages for the time of one hold.

    Args:
        channel: parses and routes them.
        hold: the right to listen.
        clock: the time.

    Attributes:
        bot: our bot, once it is known.

    """

    def __init__(self, channel: DiscordChannel, hold: Hold, clock: Clock) -> None:
        self.bot = Bot(id="")
        self._channel = channel
        self._hold = hold
        self._clock = clock
        self._cursor = DiscordCursor(hold.cursor)
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._keep_at: float | None = None

    def take(self, source: Json, guild_id: str = "") -> None:
        """
        Take in one message, trying for as long as the right lasts.

        Args:
            source: the message object.
            guild_id: the guild that it was written in, where *source* does not say.

        Raises:
            LeaseLost: somebody else listens.

        """
        pause = 1.0
        while self._hold.is_good():
            try:
                self.try_to_take(source, guild_id)
                break
            except MailboxUnavailable as error:
                log_failure("the mailbox did not take a message", error)
            self._hold.wait(pause)
            pause = min(2 * pause, LONGEST_WAIT)

    def try_to_take(self, source: Json, guild_id: str = "") -> None:
        """
        Take in one message, unless the right has ended; see `take`.

        Raises:
            MailboxUnavailable: the mailbox did not take it.
            LeaseLost: somebody else listens.

        """
        with self._hold.work() as is_good:
            if not is_good:
                return
            try:
                identity, channel = snowflake(source, "id"), snowflake(source, "channel_id")
                key = discord_message.key_of(source, edits=self._channel.takes_edits)
            except MalformedMessage as error:
                log_failure("a message without ids was left aside", error)
                return
            if key not in self._seen:
                found = self._route(source, guild_id)
                self._remember(key)
                self._note(identity, channel, str(source.get("guild_id") or guild_id), found)

    @property
    def takes_edits(self) -> bool:
        """Tell whether an edited message is one more message."""
        return self._channel.takes_edits

    def take_edit(self, source: Json) -> None:
        """Take in a message that was edited; what else was changed of one is none; see `take`."""
        try:
            is_edit = discord_message.is_edit(source, self._clock.now())
        except MalformedMessage as error:
            log_failure("an edit was left aside", error)
            return
        if is_edit:
            self.take(source)

    def press(self, source: Json) -> None:
        """Take in the press of a button, unless the right has ended; from any thread."""
        with self._hold.work() as is_good:
            if not is_good:
                return
            try:
                self._channel.press(source)
            except Exception as error:  # noqa: BLE001 - one press stops no other
                log_failure("a press was left aside, or the platform not told of it", error)

    def catch_up(self) -> None:
        """
        Take in what was written in active channels since the cursor was there.

        Raises:
            CredentialsRefused: the token is not good any more.
            LeaseLost: somebody else listens.

        """
        for channel, place in self._cursor.places(self._clock.now()).items():
            last = place.last
            for _ in range(PAGES):
                listed = self._list(channel, last)
                for source in listed:
                    self.take(source, place.guild_id)
                if not self._hold.is_good():
                    return
                if len(listed) < LIST:
                    break
                last = listed[-1]["id"]
            else:
                log.error("a channel's messages are too many to be read", extra={"read": PAGES})

    def keep(self) -> None:
        """
        Keep the cursor, if it is time to.

        Raises:
            LeaseLost: somebody else listens.

        """
        now = self._clock.now()
        if self._keep_at is None or now < self._keep_at:
            return
        try:
            self._hold.keep(self._cursor.to_json(now))
        except LeaseLost:
            raise
        except Exception as error:  # noqa: BLE001 - kept with the next message or tick
            log_failure("the cursor was not kept", error)
            self._keep_at = now + KEEP
        else:
            self._keep_at = None

    def _route(self, source: Json, guild_id: str) -> Turn | Skipped | None:
        """Return what a message is; None for one that was left aside for good."""
        try:
            return self._channel.take(source, self.bot, guild_id)
        except MailboxUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - a poison message stops no other
            log_failure("a message was left aside", error)
            return None

    def _remember(self, key: str) -> None:
        self._seen[key] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)

    def _note(
        self, identity: str, channel: str, guild_id: str, found: Turn | Skipped | None
    ) -> None:
        """Take note of how far a channel was read, if it is one that we listen to."""
        if found is Skipped.HIDDEN:
            log.error("a message has no content: the message content intent is missing")
        is_known = self._cursor.knows(channel)
        if isinstance(found, Turn):
            self._cursor.move(channel, identity, guild_id)
            self._keep_within(KEEP if is_known else 0.0)
            self.keep()
        elif is_known:
            self._cursor.move(channel, identity, guild_id)
            self._keep_within(KEEP_OTHERS)

    def _keep_within(self, seconds: float) -> None:
        due = self._clock.now() + seconds
        self._keep_at = due if self._keep_at is None else min(self._keep_at, due)

    def _list(self, channel: str, message: str) -> list[Json]:
        """Return what came after *message*; nothing where the platform never says."""
        pause = 1.0
        for _ in range(TRIES):
            seconds = pause
            try:
                found = self._channel.api.messages_after(channel, message)
                if isinstance(found, list):
                    return found
                seconds = max(found, pause)
            except PlatformUnreachable as error:
                log_failure("a channel's messages could not be asked for", error)
            if not self._hold.wait(seconds):
                return []
            pause = min(2 * pause, LONGEST_WAIT)
        log.error("a channel's messages were given up")
        return []
