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
from collections.abc import Sequence

from cococat.core import fields
from cococat.core.clock import Clock
from cococat.core.errors import MalformedMessage, SealBroken
from cococat.core.feishu_event import Event, Handshake, Json, parse
from cococat.core.feishu_sealing import EncryptKey, is_same
from cococat.core.http import Request
from cococat.core.refusal import refused
from cococat.core.text import is_sendable

MAX_BODY = 1024 * 1024
"""Bytes of a callback; the largest that is legal has about 210 KB."""
OLDEST = 8 * 3600
"""Seconds for which a callback is taken: the last redelivery comes after more than seven hours."""
FUTURE = 300
"""Seconds that the platform's clock may be ahead of ours."""

_TIME, _NONCE, _SIGNATURE = (
    "x-lark-request-timestamp",
    "x-lark-request-nonce",
    "x-lark-signature",
)
_SIGNED = re.compile(r"[0-9]{10} [\x21-\x7e]{1,128}", re.ASCII)
"""Time and nonce; neither of them has a blank."""


class FeishuGate:
    """
    The gate of one app.

    Args:
        app_id: the app.
        keys: its Encrypt Keys, the current one first; none where its events come plain.
        tokens: its Verification Tokens, the current one first; none where it has no such check.
        clock: the time.

    """

    def __init__(
        self,
        app_id: str,
        keys: Sequence[EncryptKey],
        tokens: Sequence[str],
        clock: Clock,
    ) -> None:
        self._app_id = app_id
        self._keys = keys
        self._tokens = tokens
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
        timestamp, nonce = request.header(_TIME) or "", request.header(_NONCE) or ""
        given = request.header(_SIGNATURE) or ""
        if not (timestamp or nonce or given):
            return self._open_unsigned(outer)
        # Nothing parts the two in what is signed, so their forms have to.
        if not _SIGNED.fullmatch(f"{timestamp} {nonce}"):
            raise refused("form")
        for key in self._keys:
            if is_same(given, key.sign(timestamp, nonce, request.body)):
                return self._admit(_unsealed(outer, (key,)), int(timestamp))
        raise refused("signature")

    def _open_unsigned(self, outer: Json) -> Handshake:
        said = self._admit(_unsealed(outer, self._keys), 0)
        if not isinstance(said, Handshake):
            raise refused("unsigned")
        return said

    def _admit(self, inner: Json, signed_at: float) -> Handshake | Event:
        """Check who *inner* is from and for; *signed_at* is 0 where nobody signed it."""
        try:
            said = parse(inner, signed_at)
        except MalformedMessage as error:
            raise refused("event") from error
        if self._tokens and not _is_one(said.token, self._tokens):
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


def _is_one(given: object, tokens: Sequence[str]) -> bool:
    """Tell whether *given*, whatever it is, is one of *tokens*; it is compared with all."""
    found = False
    if isinstance(given, str):
        for token in tokens:
            found |= is_same(given, token)
    return found


def _unsealed(outer: Json, keys: Sequence[EncryptKey]) -> Json:
    sealed = outer.get("encrypt")
    if not isinstance(sealed, str):
        raise refused("encrypt")
    step = ""
    for key in keys:
        try:
            return fields.parse_object(key.unseal(sealed))
        except SealBroken as error:
            step = error.step
        except MalformedMessage:
            step = "inner JSON"
    raise refused(step)
