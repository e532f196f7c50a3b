"""
What takes in the messages of one Discord bot, while it may listen.

They come through the gateway, and after a new session began from the lists of the channels that
were active lately. The cursor moves only after the mailbox has a message, so whoever listens next
finds what this one did not get done; nothing is taken in twice.
"""

import logging
from collections import OrderedDict

from cococat.core import discord_message
from cococat.core.channel_status import LastError, Status
from cococat.core.channels.discord import DiscordChannel
from cococat.core.clock import Clock
from cococat.core.discord_catch_up import CatchUp
from cococat.core.discord_content import Json, snowflake
from cococat.core.discord_cursor import DiscordCursor, Place
from cococat.core.discord_message import Bot, Skipped, Turn
from cococat.core.discord_roles import OwnRoles
from cococat.core.errors import (
    CredentialsRefused,
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
NO_MAILBOX = (
    "The mailbox does not take messages; they wait in the sidecar. Its log says since when; "
    "the keeper makes a mailbox that is missing anew."
)


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
        self._late = CatchUp(channel, self._cursor, self._take, hold, clock)

    def know(self, bot: str) -> None:
        """Take note of who we are."""
        api = self._channel.api
        self.bot = Bot(id=bot, roles=OwnRoles(api, bot, self._clock))

    def take(self, source: Json, guild_id: str = "") -> None:
        """
        Take in one message, trying for as long as the right lasts.

        Where the platform has to be asked about it, and can't be, it is read from a list later.

        Args:
            source: the message object.
            guild_id: the guild that it was written in, where *source* does not say.

        Raises:
            CredentialsRefused: the token is not good any more.
            LeaseLost: somebody else listens.

        """
        try:
            self._take(source, guild_id)
        except PlatformUnreachable as error:
            log_failure("a message is read later", error)
            self._cursor.open(source["channel_id"], before(source, guild_id))
            self._keep_within(0.0)

    def leave(self, source: Json, guild_id: str = "") -> None:
        """Take note of a message that is not taken in here any more: whoever is next finds it."""
        try:
            channel = snowflake(source, "channel_id")
            is_ours = not isinstance(self._channel.read(source, self.bot, guild_id), Skipped)
        except MalformedMessage:
            return
        except (CredentialsRefused, PlatformUnreachable):
            is_ours = True
        if is_ours and not self._cursor.knows(channel):
            place = before(source, guild_id)
            self._cursor.move(channel, place.last, place.guild_id)
            self._keep_within(0.0)

    def miss(self, channel: str, place: Place) -> None:
        """Take note that what came after *place* in a channel was not heard; see `catch_up`."""
        self._cursor.open(channel, place)
        self._keep_within(0.0)

    def try_to_take(self, source: Json, guild_id: str = "") -> bool:
        """
        Take in one message; return False where the right has ended; see `take`.

        Raises:
            CredentialsRefused: the token is not good any more.
            MailboxUnavailable: the mailbox did not take it.
            PlatformUnreachable: the platform could not be asked whose role it mentions.
            LeaseLost: somebody else listens.

        """
        with self._hold.work() as is_good:
            if not is_good:
                return False
            try:
                identity, channel = snowflake(source, "id"), snowflake(source, "channel_id")
                key = discord_message.key_of(source, edits=self._channel.takes_edits)
            except MalformedMessage as error:
                log_failure("a message without ids was left aside", error)
                return True
            if key not in self._seen:
                found = self._route(source, guild_id)
                self._remember(key)
                self._note(identity, channel, str(source.get("guild_id") or guild_id), found)
            return True

    @property
    def takes_edits(self) -> bool:
        """Tell whether an edited message is one more message."""
        return self._channel.takes_edits

    def take_edit(self, source: Json) -> None:
        """
        Take in a message that was edited, or leave it aside for good: no list tells of an edit.

        What else was changed of a message is none; see `take`.
        """
        if not self.is_edit(source):
            return
        try:
            is_taken = self._take(source, "")
        except PlatformUnreachable as error:
            log_failure("an edit is about a role, and the platform can't be asked", error)
            is_taken = False
        if not is_taken:
            self.drop("edit")

    def is_edit(self, source: Json) -> bool:
        """Tell whether an update of a message is an edit that is wanted; from any thread."""
        try:
            return self.takes_edits and discord_message.is_edit(source, self._clock.now())
        except MalformedMessage as error:
            log_failure("an edit was left aside", error)
            return False

    def drop(self, kind: str, number: int = 1) -> None:
        """Tell that a *number* of edits or presses is left aside for good; from any thread."""
        log.warning("left aside for good", extra={"kind": kind, "number": number})
        for _ in range(number):
            self._channel.wiring.counters.count("Dropped", channel="discord", kind=kind)

    def press(self, source: Json) -> None:
        """Take in the press of a button, unless the right has ended; from any thread."""
        with self._hold.work() as is_good:
            if not is_good:
                self.drop("press")
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
            self._cursor.open(channel, place)
        self.fill()

    def fill(self) -> None:
        """Take in what was missed; see `catch_up`."""
        self._late.read()
        self._keep_within(KEEP)

    def go_on(self) -> None:
        """Do what is due; see `keep` and `catch_up`."""
        self._late.go_on()
        self.keep()

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

    def _take(self, source: Json, guild_id: str) -> bool:
        """
        Take in one message; return False where the right has ended before that.

        It does as `take`, but a platform that can't be asked is raised.
        """
        pause, has_waited = 1.0, False
        while self._hold.is_good():
            try:
                if self.try_to_take(source, guild_id):
                    if has_waited:
                        self._hold.note(Status.CONNECTED)
                    return True
                continue
            except MailboxUnavailable as error:
                log_failure("the mailbox did not take a message", error)
            self.leave(source, guild_id)
            self.keep()
            has_waited = True
            self._hold.note(Status.ERROR, LastError("mailbox", NO_MAILBOX, self._clock.now()))
            self._hold.wait(pause)
            pause = min(2 * pause, LONGEST_WAIT)
        self.leave(source, guild_id)
        return False

    def _route(self, source: Json, guild_id: str) -> Turn | Skipped | None:
        """Return what a message is; None for one that was left aside for good."""
        try:
            return self._channel.take(source, self.bot, guild_id)
        except (CredentialsRefused, MailboxUnavailable, PlatformUnreachable):
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


def before(source: Json, guild_id: str = "") -> Place:
    """Return the place before the message *source*."""
    last = str(int(snowflake(source, "id")) - 1)
    return Place(last, str(source.get("guild_id") or guild_id))
