"""One account's access token in the channels table: the token, the lease, the last failure."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from cococat.core.errors import CredentialsRefused, PlatformUnreachable
from cococat.core.ids import fingerprint
from cococat.core.items import Item, Items

SK = "token"
LIFETIME = 24 * 3600
"""Seconds that an item stays; the platforms' tokens are good for two hours at most."""
EARLY = 0.8
"""The part of a token's life after which it is renewed."""
MARGIN = 0.98
"""The part of a token's life for which it is used at all; then the platform may be quicker."""


def account_key(platform: str, *credentials: str) -> str:
    """
    Return the key of the token that *credentials* get from *platform*.

    All of them belong in, the secret too: a wrong one then never finds a good one's token.
    """
    return fingerprint("token", platform, *credentials)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """
    A platform's token.

    Attributes:
        value: the token itself.
        renew_at: when a new one is to be had, seconds since 1970.
        valid_until: when it is not to be used any more.

    """

    value: str = field(repr=False)
    renew_at: float
    valid_until: float


def access_token(value: str, expires_in: float, now: float) -> AccessToken:
    """
    Return the token *value*, which the platform has given out just *now*.

    Args:
        value: the token.
        expires_in: seconds that it is good for, as the platform says.
        now: seconds since 1970.

    Raises:
        PlatformUnreachable: that is no token that could be used.

    """
    if not value or expires_in <= 0:
        raise PlatformUnreachable("the platform gave out no token that is good for any time")
    return AccessToken(
        value=value, renew_at=now + EARLY * expires_in, valid_until=now + MARGIN * expires_in
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """
    Why the last request brought no token.

    Attributes:
        code: a stable word.
        message: what happened, for people.
        is_refusal: whether the platform does not take the credentials.
        are_wrong: see `CredentialsRefused`.

    """

    code: str
    message: str
    is_refusal: bool
    are_wrong: bool = True

    @classmethod
    def of(cls, error: Exception) -> Self:
        """Return what may be kept of *error*; the text of a stranger's may quote a secret."""
        if isinstance(error, CredentialsRefused):
            return cls(
                code=error.code, message=error.message, is_refusal=True, are_wrong=error.are_wrong
            )
        kind = "unreachable" if isinstance(error, PlatformUnreachable) else "internal"
        return cls(code=kind, message="The platform could not be asked.", is_refusal=False)

    def as_error(self) -> CredentialsRefused | PlatformUnreachable:
        """Return it as the error that everybody gets who wanted the token."""
        if self.is_refusal:
            return CredentialsRefused(self.code, self.message, are_wrong=self.are_wrong)
        return PlatformUnreachable(self.message)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRecord:
    """
    One account's item.

    Attributes:
        key: the account.
        token: the newest token, if there is one.
        holder: who is asking the platform for the next one.
        leased_until: when that one counts as dead, seconds since 1970.
        failure: why the last request brought nothing, if it did not.
        failures: how many have failed in a row.
        retry_at: before when the platform is not to be asked again.
        expires_at: seconds since 1970.
        version: counts the writes.

    """

    key: str
    token: AccessToken | None = None
    holder: str | None = None
    leased_until: float = 0
    failure: Failure | None = None
    failures: int = 0
    retry_at: float = 0
    expires_at: int
    version: int = 0

    def to_item(self) -> Item:
        """Return the item to store, with the next version."""
        key = {"pk": f"token#{self.key}", "sk": SK, "version": self.version + 1}
        return {name: value for name, value in asdict(self).items() if value is not None} | key

    @classmethod
    def from_item(cls, item: Item) -> Self:
        """Return the record that *item* holds."""
        values: dict[str, Any] = {name: item[name] for name in item.keys() - {"pk", "sk"}}
        for name, kind in (("token", AccessToken), ("failure", Failure)):
            if name in values:
                values[name] = kind(**values[name])
        return cls(**values)

    def good_token(self, now: float) -> AccessToken | None:
        """Return the token, if it may still be used."""
        return self.token if self.token is not None and now < self.token.valid_until else None

    def is_fresh(self, now: float) -> bool:
        """Tell whether the token is good and not to be renewed yet."""
        token = self.good_token(now)
        return token is not None and now < token.renew_at

    def is_leased(self, now: float) -> bool:
        """Tell whether somebody is asking the platform."""
        return self.holder is not None and now < self.leased_until

    def may_be_fetched(self, now: float) -> bool:
        """Tell whether the platform may be asked now."""
        return not self.is_leased(now) and now >= self.retry_at

    def leased(self, holder: str, until: float, now: float) -> Self:
        """Return the record while *holder* asks the platform."""
        expires_at = int(now) + LIFETIME
        return replace(self, holder=holder, leased_until=until, expires_at=expires_at)

    def renewed(self, token: AccessToken) -> Self:
        """Return the record once the platform has given out *token*."""
        return replace(self, token=token, holder=None, failure=None, failures=0, retry_at=0)

    def failed(self, failure: Failure, retry_at: float) -> Self:
        """Return the record once a request has failed."""
        failures = self.failures + 1
        return replace(self, holder=None, failure=failure, failures=failures, retry_at=retry_at)


def load(items: Items, key: str, now: float) -> TokenRecord:
    """Return the record of the account with *key*; an empty one where nothing is stored."""
    item = items.get(f"token#{key}", SK)
    if item is None:
        return TokenRecord(key=key, expires_at=int(now) + LIFETIME)
    return TokenRecord.from_item(item)
