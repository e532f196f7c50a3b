"""
Whether an account may send by itself: the customer-service right.

An account without an AppSecret has it not. Of the others nobody knows until WeChat refuses a
message. 48001 says that the account has it not; that is believed for a week, because an account
can be verified later. What a person has to mend (an address to allow, the quota of the day) may
be mended at any time, and is believed for ten minutes. Either is remembered in the messages
table, for every process. A new connect begins anew.
"""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cococat.core.clock import Clock
from cococat.core.directory import ChannelBinding
from cococat.core.errors import Conflict
from cococat.core.failures import log_failure
from cococat.core.ids import fingerprint
from cococat.core.items import Items
from cococat.core.wechat_errors import NO_RIGHT

if TYPE_CHECKING:
    from cococat.core.channel_status import NotesEvents

log = logging.getLogger(__name__)

SK = "service"
LIFETIME = 7 * 24 * 3600
"""Seconds for which 48001 is believed."""
PAUSE = 600
"""Seconds after which is tried again what a person has to mend."""
CACHED = 30
"""Seconds for which a process does not look again."""
ADVICE = (
    "WeChat does not let this account send customer-service messages (errcode 48001), as it lets "
    "verified ones (微信认证). It works all the same: answers go into WeChat's own requests, and a "
    "later one waits for its user's next message. Once the account may, connect it again."
)


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
        events: where an operator is told that the account has it not.
        clock: the time.

    """

    def __init__(
        self, items: Items, binding: ChannelBinding, events: "NotesEvents", clock: Clock
    ) -> None:
        self._items = items
        self._binding = binding
        self._events = events
        self._clock = clock
        address = binding.address
        parts = (address.target_type, address.target_id, address.channel, address.name)
        self._key = fingerprint(SK, *parts, str(binding.generation))
        self._known: _Known | None = None

    def is_there(self) -> bool:
        """Tell whether the account may send by itself, as far as is known."""
        if "app_secret" not in self._binding.config:
            return False
        now = self._clock.now()
        if self._known is None or self._known.until <= now:
            self._known = _Known(self._items.get(self._key, SK) is None, now + CACHED)
        return self._known.has

    def lost(self) -> None:
        """Remember that the account has it not, and tell the operator once."""
        if not self._remember(LIFETIME):
            return
        log.warning("the account may not send by itself", extra={"reason": NO_RIGHT})
        try:
            self._tell()
        except Exception as failure:  # noqa: BLE001 - the channel works without
            log_failure("a status was not noted", failure)

    def paused(self) -> None:
        """Remember that a person has to mend something before anything can be sent."""
        self._remember(PAUSE)

    def _remember(self, seconds: int) -> bool:
        """Keep for *seconds* that nothing can be sent; return whether that was not known yet."""
        now = self._clock.now()
        self._known = _Known(has=False, until=now + CACHED)
        item = {"pk": self._key, "sk": SK, "expires_at": int(now) + seconds, "version": 1}
        try:
            self._items.put(item, replacing=None)
        except Conflict:
            return False
        return True

    def _tell(self) -> None:
        # Here, because a door needs none of it.
        from cococat.core.channel_status import PlatformEvent

        address, generation = self._binding.address, self._binding.generation
        event = PlatformEvent(
            code=NO_RIGHT, message=ADVICE, at=self._clock.now(), generation=generation
        )
        self._events.note_event(address, event)
