"""
A session at Discord's gateway: what was sent in it, and what a RESUME brings again.

Source: Discord API documentation, "Gateway" (Resuming), "Gateway events" (payload structure).
"""

import copy
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
Wire = Callable[[Json], None]
"""Sends one frame through a connection."""


@dataclass(slots=True, kw_only=True)
class Session:
    """
    One session.

    Attributes:
        id: its id.
        may_read: whether it asked for the content of messages.
        wire: the connection that it has just now.
        sent: its events, in order; the number of each is its place, from 1.
        resumed: how often it was resumed.

    """

    may_read: bool = True
    wire: Wire | None = None
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    sent: list[Json] = field(default_factory=list)
    resumed: int = 0

    def emit(self, kind: str, data: object) -> None:
        """Send an event, as it is at this moment; without a connection it waits for a RESUME."""
        event = {"op": 0, "t": kind, "s": len(self.sent) + 1, "d": copy.copy(data)}
        self.sent.append(event)
        if self.wire is not None:
            self.wire(event)

    def resume(self, wire: Wire, after: int) -> None:
        """Go on through *wire*, with the events after number *after*."""
        self.wire = wire
        self.resumed += 1
        for event in self.sent[after:]:
            wire(event)
        self.emit("RESUMED", {})
