"""A platform that gives out access tokens, and processes that want one."""

from collections.abc import Callable

from cococat.core import access_tokens
from cococat.core.access_tokens import AccessTokens
from cococat.core.errors import CredentialsRefused
from cococat.core.token_record import (
    AccessToken,
    TokenRecord,
    access_token,
    account_key,
    load,
)
from tests.support.clock import START, FakeClock
from tests.support.items import MemoryItems

KEY = account_key("wechat", "wx0123456789abcdef", "secret")
REFUSED = CredentialsRefused("bad_secret", "The secret is wrong: copy it anew.")


class FakePlatform:
    """
    `cococat.core.access_tokens.TokenSource` that counts its tokens: `token-1` and so on.

    Attributes:
        fails: what the next requests raise, in order; None for one that works.
        takes: seconds that a request takes.
        requests: how many there were.

    """

    def __init__(self, clock: FakeClock, expires_in: float = 7200) -> None:
        self._clock = clock
        self._expires_in = expires_in
        self.fails: list[BaseException | None] = []
        self.takes = 0.0
        self.requests = 0

    def fetch(self, seconds: float) -> AccessToken:
        """Give out a token, or fail as told."""
        assert seconds == access_tokens.FETCH_SECONDS
        self.requests += 1
        number = self.requests
        self._clock.sleep(self.takes)
        failure = self.fails.pop(0) if self.fails else None
        if failure is not None:
            raise failure
        return access_token(f"token-{number}", self._expires_in, self._clock.now())


class Bench:
    """A table and a platform; each process is an `AccessTokens` of its own."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.items = MemoryItems(self.clock)
        self.platform = FakePlatform(self.clock)

    def process(self) -> AccessTokens:
        """Return what a new process has."""
        return AccessTokens(self.items, self.clock)

    def get(self) -> str:
        """Return what a new process gets."""
        return self.process().get(KEY, self.platform)

    def record(self) -> TokenRecord:
        """Return what is stored."""
        return load(self.items, KEY, self.clock.now())

    def token(self, value: str) -> AccessToken:
        """Return a token that is given out now."""
        return access_token(value, 7200, self.clock.now())

    def let_another_ask(self, seconds: float, end: Callable[[TokenRecord], TokenRecord]) -> None:
        """Let another process hold the lease, and store what *end* makes of it after *seconds*."""
        leased = self.record().leased("another", START + 15, START)
        self.items.put(leased.to_item(), replacing=None)

        def look() -> None:
            if self.clock.now() >= START + seconds and self.record().holder == "another":
                self.items.put(end(self.record()).to_item(), replacing=1)

        self.clock.while_asleep = look
