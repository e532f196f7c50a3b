"""
How far a Discord bot has listened: the newest message of each channel that was active lately.

A new session hears only what comes after it began. What came before is asked for, channel by
channel, from the message that the cursor names.
"""

from dataclasses import dataclass

from cococat.core.discord_message import sent_at
from cococat.core.listener import Cursor

ACTIVE = 24 * 3600
"""Seconds for which a channel stays active after its newest message."""
MOST = 500
"""Channels that are remembered; the lease is one item, and is written with each move."""


@dataclass(frozen=True, slots=True)
class Place:
    """
    How far a channel was read.

    Attributes:
        last: id of the newest message.
        guild_id: the guild that the channel is in; empty for a direct conversation.

    """

    last: str
    guild_id: str = ""


class DiscordCursor:
    """
    The places in all active channels; its JSON is `{"channels": {channel: [message, guild]}}`.

    Args:
        stored: the cursor as it was kept; what is not of this form is left out.

    """

    def __init__(self, stored: Cursor) -> None:
        found = stored.get("channels")
        listed = found.items() if isinstance(found, dict) else ()
        self._places = {
            channel: Place(*place)
            for channel, place in listed
            if isinstance(place, list) and [type(each) for each in place] == [str, str]
            if place[0].isascii() and place[0].isdecimal()
        }
        self._gaps: dict[str, Place] = {}

    @property
    def gaps(self) -> dict[str, Place]:
        """Return the channels with messages that were not read, and how far they were before."""
        return dict(self._gaps)

    def open(self, channel: str, place: Place) -> None:
        """Take note of a gap after *place*, or after what was read last: it stays until `close`."""
        if channel not in self._gaps:
            self._gaps[channel] = self._places.get(channel, place)

    def fill(self, channel: str, message: str) -> None:
        """Take note that the gap of *channel* was read up to *message*."""
        self._gaps[channel] = Place(message, self._gaps[channel].guild_id)

    def postpone(self, channel: str) -> None:
        """Let the gap of *channel* be the last one."""
        self._gaps[channel] = self._gaps.pop(channel)

    def close(self, channel: str) -> None:
        """Take note that the gap of *channel* was read to its end."""
        place = self._gaps.pop(channel)
        if channel in self._places:
            self.move(channel, place.last, place.guild_id)

    def knows(self, channel: str) -> bool:
        """Tell whether *channel* was active."""
        return channel in self._places

    def move(self, channel: str, message: str, guild_id: str) -> None:
        """Take note that *message* of *channel* was read; an older one moves nothing."""
        place = self._places.get(channel)
        if place is None or int(place.last) < int(message):
            self._places[channel] = Place(message, guild_id)

    def places(self, now: float) -> dict[str, Place]:
        """Return the channels that are active, the latest first; none is past its gap."""
        active = [
            (channel, place)
            for channel, place in (self._places | self._gaps).items()
            if sent_at(place.last) > now - ACTIVE
        ]
        active.sort(key=lambda each: int(each[1].last), reverse=True)
        return dict(active[:MOST])

    def to_json(self, now: float) -> Cursor:
        """Return what is to be kept; channels that are not active are forgotten."""
        active = self.places(now)
        self._places = {name: at for name, at in self._places.items() if name in active}
        return {"channels": {name: [at.last, at.guild_id] for name, at in active.items()}}
