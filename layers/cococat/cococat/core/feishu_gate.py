"""
The gate of Feishu callbacks: lets in what the platform sent to this app, and only that.

    size -> JSON -> signature over the raw bytes -> decryption -> verification token -> app
    -> age

Every failure is one and the same refusal; the step that failed goes into the log and nowhere
else. A handshake is never signed, so its token, or the key that opens it, is what it is known by.
Source: Feishu Open Platform, "Event subscription", sections on the Encrypt Key and on the
Verification Token.
"""

import re
from collections.abc import Mapping, Sequence

from cococat.core import fields
from cococat.core.clock import Clock
from cococat.core.errors import MalformedMessage, SealBroken
from cococat.core.feishu_event import Event, Handshake, Json, parse
from cococat.core.feishu_sealing import is_same, sign, unseal
from cococat.core.http import Request
from cococat.core.libraries import Libraries
from cococat.core.refusal import refused
from cococat.core.text import is_sendable

MAX_BODY = 1024 * 1024
"""Bytes of a callback; the largest that is legal has about 210 KB."""
OLDEST = 8 * 3600
"""Seconds for which a callback is taken: the last redelivery comes after more than seven hours."""
FUTURE = 300
"""Seconds that the platform's clock may be ahead of ours."""

_SIGNED = ("x-lark-request-timestamp", "x-lark-request-nonce", "x-lark-signature")
_TIMESTAMP = re.compile(r"[0-9]{10}", re.ASCII)
_NONCE = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)


class FeishuGate:
    """
    The gate of one app.

    Args:
        app_id: the app.
        encrypt_keys: its Encrypt Keys, the current one first; none where its events come plain.
        tokens: its Verification Tokens, the current one first; none where it has no such check.
        libraries: bring AES, if it is needed.
        clock: the time.

    """

    def __init__(
        self,
        app_id: str,
        encrypt_keys: Sequence[str],
        tokens: Sequence[str],
        libraries: Libraries,
        clock: Clock,
    ) -> None:
        self._app_id = app_id
        self._keys = encrypt_keys
        self._tokens = tokens
        self._libraries = libraries
        self._clock = clock

    def open(self, request: Request) -> Handshake | Event:
        """
        Return what *request* says.

        Raises:
            RequestRefused: it is not from the platform, not for this app, too old, or damaged.

        """
        if not self._keys and not self._tokens:
            raise refused("config")
        if len(request.body) > MAX_BODY:
            raise refused("size")
        try:
            outer = fields.parse_object(request.body)
        except MalformedMessage as error:
            raise refused("outer JSON") from error
        if not self._keys:
            return self._admit(outer, 0)
        if request.headers.keys().isdisjoint(_SIGNED):
            return self._open_unsigned(outer)
        signature = [request.headers.get(name, "") for name in _SIGNED]
        return self._open_signed(request.body, outer, signature)

    def _open_signed(
        self, body: bytes, outer: Mapping[str, object], signature: list[str]
    ) -> Handshake | Event:
        timestamp, nonce, given = signature
        # Nothing parts the two in what is signed, so their forms have to.
        if not _TIMESTAMP.fullmatch(timestamp) or not _NONCE.fullmatch(nonce):
            raise refused("form")
        keys = [key for key in self._keys if is_same(given, sign(timestamp, nonce, key, body))]
        if not keys:
            raise refused("signature")
        return self._admit(self._unseal(outer, keys[:1]), int(timestamp))

    def _open_unsigned(self, outer: Mapping[str, object]) -> Handshake:
        said = self._admit(self._unseal(outer, self._keys), 0)
        if not isinstance(said, Handshake):
            raise refused("unsigned")
        return said

    def _unseal(self, outer: Mapping[str, object], keys: Sequence[str]) -> Json:
        sealed = outer.get("encrypt")
        if not isinstance(sealed, str):
            raise refused("encrypt")
        step = ""
        for key in keys:
            try:
                return fields.parse_object(unseal(sealed, key, self._libraries.cipher))
            except SealBroken as error:
                step = error.step
            except MalformedMessage:
                step = "inner JSON"
        raise refused(step)

    def _admit(self, inner: Json, signed_at: float) -> Handshake | Event:
        """Check who *inner* is from and for; *signed_at* is 0 where nobody signed it."""
        try:
            said = parse(inner)
        except MalformedMessage as error:
            raise refused("event") from error
        if self._tokens and not self._is_token(said.token):
            raise refused("token")
        if isinstance(said, Handshake):
            if not is_sendable(said.challenge):
                raise refused("challenge")
            return said
        if not is_same(said.app_id, self._app_id):
            raise refused("app_id")
        age = self._clock.now() - (signed_at or said.created)
        if not -FUTURE <= age <= OLDEST:
            raise refused("age")
        return said

    def _is_token(self, given: object) -> bool:
        """Tell whether *given*, whatever it is, is one of the tokens."""
        return isinstance(given, str) and any(is_same(given, token) for token in self._tokens)
