"""
The keys of the management API: made once, shown once, kept only as digests.

A key is `ck_<id>_<random>`; 256 random bits need no slow digest, so it is SHA-256.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Self

SCOPES = ("read", "manage")
"""What a key may do; manage includes read."""

_KEY = re.compile(r"ck_([0-9a-f]{8})_[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminKey:
    """
    What is kept of a key.

    Attributes:
        id: names it, also to its owner.
        digest: SHA-256 of the whole key, in hex.
        scope: read or manage.
        note: whose it is.
        expires_at: seconds since 1970, or None.

    """

    id: str
    digest: str
    scope: str
    note: str = ""
    expires_at: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Return the key that *values* hold."""
        return cls(**values)

    def allows(self, scope: str) -> bool:
        """Tell whether it may be used for *scope*."""
        return self.scope in (scope, "manage")


def make(scope: str, *, note: str = "", expires_at: int | None = None) -> tuple[str, AdminKey]:
    """Return a new key, which nobody can show again, and what is to be kept of it."""
    identity = secrets.token_hex(4)
    key = f"ck_{identity}_{secrets.token_urlsafe(32)}"
    kept = AdminKey(id=identity, digest=_digest(key), scope=scope, note=note, expires_at=expires_at)
    return key, kept


def recognise(given: str, keys: Iterable[AdminKey], now: float) -> AdminKey | None:
    """Return which of *keys*, not yet expired, *given* is; every one is compared."""
    digest = _digest(given if _KEY.fullmatch(given) else "")
    found = [key for key in keys if hmac.compare_digest(key.digest, digest)]
    valid = [key for key in found if key.expires_at is None or key.expires_at > now]
    return valid[0] if valid else None


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("ascii", "replace")).hexdigest()
