"""
Access tokens of the platforms, shared by all processes.

A token lies in the channels table. Whoever finds it old takes a lease in the same item, asks the
platform, and stores the new one; the others go on with the old token while that is still valid,
and wait for the new one where it is not. A failure is stored too, so that everybody hears of it
and nobody asks again at once. So the platform gets one request, however many processes need one.
"""

import logging
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Protocol

from cococat.core.clock import Clock
from cococat.core.errors import Conflict, CredentialsRefused, PlatformUnreachable
from cococat.core.failures import log_failure
from cococat.core.items import Items, update
from cococat.core.token_record import AccessToken, Failure, TokenRecord, load

log = logging.getLogger(__name__)

FETCH_SECONDS = 10
"""Seconds that a request to the platform may take."""
LEASE_SECONDS = 15
"""Seconds after which another process takes over from one that has died; clocks differ a little."""
PATIENCE = 25
"""Seconds for which a caller waits for the process that asks."""
POLL = (0.1, 0.5)
"""Seconds between two looks at the item: the first pause, doubled up to the last."""
LOOK_AGAIN = 5
"""Seconds for which a process uses an old token before it looks for a new one again."""
LONGEST_PAUSE = 60
"""Seconds between two requests to a platform that keeps failing; the first pause is one second."""


class TokenSource(Protocol):
    """Asks one account's platform for a token."""

    def fetch(self, seconds: float) -> AccessToken:
        """
        Return a new token, or the one that the platform still holds to.

        Args:
            seconds: how long the request may take.

        Raises:
            CredentialsRefused: the platform does not take the account's credentials.
            PlatformUnreachable: it did not answer, or not as it should.

        """
        ...


class AccessTokens:
    """
    The tokens of all accounts.

    Args:
        items: the channels table.
        clock: the time.

    """

    def __init__(self, items: Items, clock: Clock) -> None:
        self._items = items
        self._clock = clock
        self._known: dict[str, tuple[float, str]] = {}

    def get(self, key: str, source: TokenSource) -> str:
        """
        Return a valid token of the account with *key*.

        Args:
            key: from `token_record.account_key`.
            source: asks the platform, if it is this process's turn.

        Raises:
            CredentialsRefused: the platform does not take the account's credentials.
            PlatformUnreachable: no token came, from here or from the process that asks.

        """
        good_until, token = self._known.get(key, (0.0, ""))
        if self._clock.now() < good_until:
            return token
        return self._remember(_Search(self._items, self._clock, key, source).run())

    def drop(self, key: str, failing: str) -> None:
        """Forget the token *failing*, which the platform refuses; a newer one stays."""
        self._known.pop(key, None)
        record = load(self._items, key, self._clock.now())
        if record.token is None or record.token.value != failing:
            return

        def change(current: TokenRecord) -> TokenRecord:
            is_it = current.token is not None and current.token.value == failing
            return replace(current, token=None) if is_it else current

        update(self._items, record, change)

    def _remember(self, record: TokenRecord) -> str:
        """Keep the token of *record* for this process and return it."""
        now = self._clock.now()
        token = record.good_token(now)
        if token is None:
            raise PlatformUnreachable("the platform's token was over at once")
        fresh = token.renew_at if token.renew_at > now else now + LOOK_AGAIN
        self._known[record.key] = (min(fresh, token.valid_until), token.value)
        return token.value


class _Search:
    """One caller's way to a token."""

    def __init__(self, items: Items, clock: Clock, key: str, source: TokenSource) -> None:
        self._items = items
        self._clock = clock
        self._key = key
        self._source = source
        self._me = uuid.uuid4().hex

    def run(self) -> TokenRecord:
        """Return a record whose token is good, from the table or from the platform."""
        deadline = self._clock.now() + PATIENCE
        pauses = _pauses()
        record = load(self._items, self._key, self._clock.now())
        while True:
            now = self._clock.now()
            if record.is_fresh(now):
                return record
            if record.may_be_fetched(now):
                record = self._take_turn(record)
                continue
            if record.good_token(now) is not None:
                return record
            if record.failure is not None and not record.is_leased(now):
                raise record.failure.as_error()
            if now >= deadline:
                raise PlatformUnreachable("another process asks the platform and gets no answer")
            self._clock.sleep(next(pauses))
            record = load(self._items, self._key, self._clock.now())

    def _take_turn(self, record: TokenRecord) -> TokenRecord:
        """Ask the platform, unless another one does so first; return the record as it is then."""
        now = self._clock.now()
        leased = record.leased(self._me, now + LEASE_SECONDS, now)
        item = leased.to_item()
        try:
            self._items.put(item, replacing=record.version or None)
        except Conflict as conflict:
            leased = TokenRecord.from_item(conflict.current)
            # A put whose answer got lost is made again, and then meets itself.
            if leased.holder != self._me:
                return leased
        else:
            leased = TokenRecord.from_item(item)
        return self._fetch(leased)

    def _fetch(self, leased: TokenRecord) -> TokenRecord:
        try:
            token = self._source.fetch(FETCH_SECONDS)
        except (CredentialsRefused, PlatformUnreachable) as error:
            return self._fail(leased, Failure.of(error))
        except Exception as error:
            log_failure("asking for an access token failed", error)
            self._fail(leased, Failure.of(error))
            raise
        return self._settle(leased, lambda current: current.renewed(token))

    def _fail(self, leased: TokenRecord, failure: Failure) -> TokenRecord:
        """Let everybody know of *failure*."""
        pause = min(2**leased.failures, LONGEST_PAUSE)
        log.warning("no access token came", extra={"reason": failure.code, "pause": pause})
        retry_at = self._clock.now() + pause
        return self._settle(leased, lambda current: current.failed(failure, retry_at))

    def _settle(
        self, leased: TokenRecord, change: Callable[[TokenRecord], TokenRecord]
    ) -> TokenRecord:
        """Store the end of this request, unless another one has taken over meanwhile."""

        def mine(current: TokenRecord) -> TokenRecord:
            return change(current) if current.holder == self._me else current

        return update(self._items, leased, mine)


def _pauses() -> Iterator[float]:
    """Yield the seconds between two looks at the item."""
    pause = POLL[0]
    while True:
        yield pause
        pause = min(2 * pause, POLL[1])
