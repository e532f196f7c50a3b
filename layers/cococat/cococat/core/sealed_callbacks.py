"""
Sealed callbacks of WeChat and WeCom: signed, opened, and answered under the same seal.

Source: WeChat developer documentation, "Message encryption and decryption"; WeCom, "Callback
configuration" and "Encryption and decryption scheme".
"""

import secrets
from dataclasses import dataclass, field

from cococat.core.callback_query import QueryCheck, SignedQuery
from cococat.core.errors import SealBroken
from cococat.core.http import Request
from cococat.core.refusal import refused
from cococat.core.sealing import RANDOM, Envelope, sign
from cococat.core.values import value


@value(frozen=True, slots=True, kw_only=True)
class SealedCallback:
    """
    A verified message, and what its answer is sealed with.

    Attributes:
        message: what was in the envelope.
        token: the token that signed it.
        key: the EncodingAESKey that opened it.
        timestamp: the request's timestamp.
        nonce: the request's nonce.

    """

    message: bytes
    token: str = field(repr=False)
    key: str = field(repr=False)
    timestamp: str
    nonce: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedAnswer:
    """The four parts of a sealed answer, however they are written down."""

    encrypt: str
    signature: str
    timestamp: str
    nonce: str


class SealedCallbacks:
    """
    The sealed callbacks of one account.

    Args:
        queries: checks their queries.
        envelope: opens them.

    """

    def __init__(self, queries: QueryCheck, envelope: Envelope) -> None:
        self._queries = queries
        self._envelope = envelope

    def open(self, request: Request, sealed: str) -> SealedCallback:
        """
        Return what is in the envelope *sealed* that *request* brought.

        Raises:
            RequestRefused: it is not from the platform, not fresh, or damaged.

        """
        return self._open(self._queries.read(request), sealed)

    def open_query(self, request: Request, name: str) -> SealedCallback:
        """
        Return what is in the envelope that stands in the query of *request* under *name*.

        Raises:
            RequestRefused: it is not there, or as for `open`.

        """
        query = self._queries.read(request)
        if not query.values.get(name):
            raise refused(name)
        return self._open(query, query.values[name])

    def seal(
        self, answer: str, *, token: str, key: str, timestamp: str, nonce: str
    ) -> SealedAnswer:
        """Return *answer* sealed with *key* and signed with *token*."""
        sealed = self._envelope.seal(answer.encode("utf-8"), key, secrets.token_bytes(RANDOM))
        return SealedAnswer(
            encrypt=sealed,
            signature=sign(token, timestamp, nonce, sealed),
            timestamp=timestamp,
            nonce=nonce,
        )

    def _open(self, query: SignedQuery, sealed: str) -> SealedCallback:
        token = self._queries.signer(query, "msg_signature", sealed)
        try:
            opened = self._envelope.open(sealed)
        except SealBroken as error:
            raise refused(error.step) from error
        return SealedCallback(
            message=opened.message,
            token=token,
            key=opened.key,
            timestamp=query.timestamp,
            nonce=query.nonce,
        )
