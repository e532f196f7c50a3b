"""
Whether an account may send by itself: the customer-service right.

An account without an AppSecret has it not. Of the others nobody knows until WeChat refuses a
message with 48001; that is remembered in the messages table, for every process and for a week,
because an account can be verified later. A new connect begins anew.
"""

import logging
from dataclasses import dataclass

from cococat.core.clock import Clock
from cococat.core.directory import ChannelBinding
from cococat.core.errors import Conflict
from cococat.core.ids import fingerprint
from cococat.core.items import Items

log = logging.getLogger(__name__)

SK = "service"
LIFETIME = 7 * 24 * 3600
CACHED = 30
"""Seconds for which a process does not look again."""


@dataclass(frozen=True, slots=True)
class _Known:
    has: bool
    until: float


class ServiceRight:
    """
    The right of one account.

    Args:
        items: the messages table.
        binding: the account's channel.
        clock: the time.

    """

    def __init__(self, items: Items, binding: ChannelBinding, clock: Clock) -> None:
        self._items = items
        self._clock = clock
        self._has_secret = "app_secret" in binding.config
        address = binding.address
        parts = (address.target_type, address.target_id, address.channel, address.name)
        self._key = fingerprint(SK, *parts, str(binding.generation))
        self._known: _Known | None = None

    def is_there(self) -> bool:
        """Tell whether the account may send by itself, as far as is known."""
        if not self._has_secret:
            return False
        now = self._clock.now()
        if self._known is None or self._known.until <= now:
            self._known = _Known(self._items.get(self._key, SK) is None, now + CACHED)
        return self._known.has

    def lost(self) -> None:
        """Remember that WeChat refuses it, and tell the operator once."""
        now = self._clock.now()
        self._known = _Known(has=False, until=now + CACHED)
        item = {"pk": self._key, "sk": SK, "expires_at": int(now) + LIFETIME, "version": 1}
        try:
            self._items.put(item, replacing=None)
        except Conflict:
            return
        log.warning("the account may not send by itself", extra={"reason": "no_service_right"})
