"""The admin keys' digests, in one secret of the stack."""

from collections.abc import Callable
from typing import Any

from cococat.aws.cache import AgingCache
from cococat.aws.secrets import Secrets, prefix
from cococat.core.admin_keys import AdminKey
from cococat.core.clock import Clock

CACHE_SECONDS = 30
"""How long a revoked key may still be good."""


class AdminKeySecret:
    """
    Reads and writes the admin keys.

    Args:
        secrets: the stack's secrets.
        stack: its name.
        clock: the time, for the cache.

    """

    def __init__(self, secrets: Secrets, stack: str, clock: Clock) -> None:
        self._secrets = secrets
        self._name = f"{prefix(stack)}admin-keys"
        self._cache = AgingCache(seconds=CACHE_SECONDS, size=1, clock=clock)

    def all(self) -> list[AdminKey]:
        """Return every key that there is; cached for a short while."""
        return self._cache.get("keys", self.read)

    def read(self) -> list[AdminKey]:
        """Return every key that there is now."""
        return _keys(self._secrets.json(self._name))

    def change(self, alter: Callable[[list[AdminKey]], list[AdminKey]]) -> None:
        """Keep what *alter* makes of the keys that there are, whoever else changes them too."""
        self._secrets.change(
            self._name, lambda held: {"keys": [key.to_dict() for key in alter(_keys(held))]}
        )


def _keys(held: dict[str, Any] | None) -> list[AdminKey]:
    values: list[dict[str, Any]] = [] if held is None else held["keys"]
    return [AdminKey.from_dict(each) for each in values]
