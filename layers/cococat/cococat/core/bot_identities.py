"""
Who our bots are on their platforms.

A door has to know whether a mention means its own bot, and has no time to ask the platform: so
whoever checks an account's credentials keeps the bot's id in the channels table, and the door
reads it there when it first needs it.
"""

from contextlib import suppress

from cococat.core.clock import Clock
from cococat.core.errors import Conflict
from cococat.core.items import Item, Items

SK = "bot"
LIFETIME = 10 * 365 * 24 * 3600
"""Seconds that an item stays: a bot keeps its id for as long as there is its account."""
LOOK_AGAIN = 60
"""Seconds after which a bot that was not known is looked for again; a known one never changes."""


class BotIdentities:
    """
    The bots of all accounts.

    Args:
        items: the channels table.
        clock: the time.

    """

    def __init__(self, items: Items, clock: Clock) -> None:
        self._items = items
        self._clock = clock
        self._known: dict[str, str] = {}
        self._missed_at: dict[str, float] = {}

    def get(self, account: str) -> str:
        """Return the platform's id of the bot of *account*; empty where nobody has kept it."""
        if account in self._known:
            return self._known[account]
        now = self._clock.now()
        if now < self._missed_at.get(account, -LOOK_AGAIN) + LOOK_AGAIN:
            return ""
        item = self._items.get(*_key(account))
        if item is None:
            self._missed_at[account] = now
            return ""
        self._known[account] = str(item["identity"])
        return self._known[account]

    def keep(self, account: str, identity: str) -> None:
        """Keep the platform's id of the bot of *account*."""
        pk, sk = _key(account)
        stored = self._items.get(pk, sk)
        if stored is not None and stored["identity"] == identity:
            return
        version = 0 if stored is None else stored["version"]
        item: Item = {"pk": pk, "sk": sk, "identity": identity, "version": version + 1}
        item["expires_at"] = int(self._clock.now()) + LIFETIME
        # Somebody else has checked the same account just now, and knows the same.
        with suppress(Conflict):
            self._items.put(item, replacing=version or None)


def _key(account: str) -> tuple[str, str]:
    return f"bot#{account}", SK
