"""
The signed query of WeChat and WeCom callbacks: its form, its freshness, and who signed it.

Every failure is one and the same refusal; the step that failed goes into the log and nowhere
else.
Source: WeChat developer documentation, "Message push"; WeCom, "Callback configuration".
"""

import re
from collections.abc import Mapping, Sequence

from cococat.core.clock import Clock
from cococat.core.errors import MalformedMessage
from cococat.core.http import Request
from cococat.core.query import single_values
from cococat.core.refusal import refused
from cococat.core.sealing import is_signed
from cococat.core.values import value

FRESH = 300
"""Seconds that a request's timestamp may lie before or after now."""

TIMESTAMP_DIGITS = 10

_NONCE = re.compile(r"[\x21-\x7e]{1,64}", re.ASCII)


@value(frozen=True, slots=True, kw_only=True)
class SignedQuery:
    """
    A fresh query of the right form.

    Attributes:
        values: all of its values.
        timestamp: seconds since 1970, ten digits.
        nonce: visible ASCII.

    """

    values: Mapping[str, str]
    timestamp: str
    nonce: str


class QueryCheck:
    """
    Checks the queries of one account's callbacks.

    Args:
        tokens: its tokens, the current one first; an earlier one while it is changed.
        clock: the time.

    """

    def __init__(self, tokens: Sequence[str], clock: Clock) -> None:
        self._tokens = tokens
        self._clock = clock

    def read(self, request: Request) -> SignedQuery:
        """
        Return the query of *request*, its signature not checked yet.

        Raises:
            RequestRefused: it is not of its form, or not fresh.

        """
        try:
            values = single_values(request.query)
        except MalformedMessage as error:
            raise refused("query") from error
        # The forms are checked because the signature does not part the two.
        timestamp, nonce = values.get("timestamp", ""), values.get("nonce", "")
        digits = len(timestamp) if timestamp.isascii() and timestamp.isdigit() else 0
        if digits != TIMESTAMP_DIGITS or not _NONCE.fullmatch(nonce):
            raise refused("form")
        if abs(self._clock.now() - int(timestamp)) > FRESH:
            raise refused("freshness")
        return SignedQuery(values=values, timestamp=timestamp, nonce=nonce)

    def signer(self, query: SignedQuery, name: str, *more: str) -> str:
        """
        Return the token that signed timestamp, nonce and *more*.

        Args:
            query: the query.
            name: where in it the signature is.
            more: what else is signed.

        Raises:
            RequestRefused: no token of the account did.

        """
        parts = (query.timestamp, query.nonce, *more)
        signature = query.values.get(name, "")
        for token in self._tokens:
            if is_signed(signature, token, *parts):
                return token
        raise refused("signature")
