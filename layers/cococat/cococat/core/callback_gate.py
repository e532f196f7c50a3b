"""
The gate of WeChat and WeCom callbacks: lets in what the platform signed just now, and only that.

The order of checks is that of the documentation. Every failure is one and the same refusal; the
step that failed goes into the log and nowhere else.
Source: WeChat developer documentation, "Message push" and "Message encryption and decryption".
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cococat.core.clock import Clock
from cococat.core.errors import MalformedMessage, SealBroken
from cococat.core.http import Request
from cococat.core.query import single_values
from cococat.core.refusal import refused
from cococat.core.sealing import RANDOM, Envelope, is_signed, sign
from cococat.core.xml_message import MAX_BODY, XmlReader, write

FRESH = 300
"""Seconds that a request's timestamp may lie before or after now."""

_TIMESTAMP = re.compile(r"[0-9]{10}", re.ASCII)
_NONCE = re.compile(r"[\x21-\x7e]{1,64}", re.ASCII)
_ECHO = re.compile(r"[A-Za-z0-9_=+/-]{1,128}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """
    A verified message, and what its answer is sealed with.

    Attributes:
        values: its elements.
        token: the token that signed it.
        key: the EncodingAESKey that opened it; empty for one that came plain.
        nonce: the request's nonce.

    """

    values: dict[str, str]
    token: str
    key: str
    nonce: str


class CallbackGate:
    """
    The gate of one account.

    Args:
        tokens: its tokens, the current one first; an earlier one while it is changed.
        envelope: what opens its sealed messages; None for an account in plain mode.
        xml: reads strangers' XML.
        clock: the time.

    """

    def __init__(
        self, tokens: Sequence[str], envelope: Envelope | None, xml: XmlReader, clock: Clock
    ) -> None:
        self._tokens = tokens
        self._envelope = envelope
        self._xml = xml
        self._clock = clock

    def echo(self, request: Request) -> str:
        """
        Return what the platform wants to hear when it checks our URL.

        Raises:
            RequestRefused: it was not the platform, or not just now.

        """
        query = _query(request)
        signed = self._signed(query)
        self._check_signature(query.get("signature", ""), signed)
        echo = query.get("echostr", "")
        if not _ECHO.fullmatch(echo):
            raise refused("echostr")
        return echo

    def open(self, request: Request) -> Callback:
        """
        Return the message that *request* holds.

        Raises:
            RequestRefused: it is not from the platform, not fresh, or damaged.

        """
        if len(request.body) > MAX_BODY:
            raise refused("size")
        if self._envelope is None:
            return self._open_plain(request)
        return self._open_sealed(request, self._envelope)

    def seal(self, xml: str, callback: Callback) -> str:
        """Return the answer *xml* to *callback* in the form in which that came."""
        if self._envelope is None:
            return xml
        timestamp = int(self._clock.now())
        random = secrets.token_bytes(RANDOM)
        sealed = self._envelope.seal(xml.encode("utf-8"), callback.key, random)
        return write(
            {
                "Encrypt": sealed,
                "MsgSignature": sign(callback.token, str(timestamp), callback.nonce, sealed),
                "TimeStamp": timestamp,
                "Nonce": callback.nonce,
            }
        )

    def _open_sealed(self, request: Request, envelope: Envelope) -> Callback:
        sealed = self._read(request.body, "outer XML").get("Encrypt", "")
        if not sealed:
            raise refused("Encrypt")
        query = _query(request)
        signed = self._signed(query)
        token = self._check_signature(query.get("msg_signature", ""), (*signed, sealed))
        try:
            opened = envelope.open(sealed)
        except SealBroken as error:
            raise refused(error.step) from error
        values = self._read(opened.message, "inner XML")
        return Callback(values=values, token=token, key=opened.key, nonce=signed[1])

    def _open_plain(self, request: Request) -> Callback:
        query = _query(request)
        signed = self._signed(query)
        token = self._check_signature(query.get("signature", ""), signed)
        values = self._read(request.body, "outer XML")
        return Callback(values=values, token=token, key="", nonce=signed[1])

    def _signed(self, query: Mapping[str, str]) -> tuple[str, str]:
        """Return timestamp and nonce, their forms checked: the signature does not part them."""
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        if not _TIMESTAMP.fullmatch(timestamp) or not _NONCE.fullmatch(nonce):
            raise refused("form")
        if abs(self._clock.now() - int(timestamp)) > FRESH:
            raise refused("freshness")
        return timestamp, nonce

    def _check_signature(self, signature: str, parts: tuple[str, ...]) -> str:
        """Return the token that signed *parts*."""
        signers = [token for token in self._tokens if is_signed(signature, token, *parts)]
        if not signers:
            raise refused("signature")
        return signers[0]

    def _read(self, body: bytes, step: str) -> dict[str, str]:
        try:
            return self._xml.read(body)
        except MalformedMessage as error:
            raise refused(step) from error


def _query(request: Request) -> dict[str, str]:
    try:
        return single_values(request.query)
    except MalformedMessage as error:
        raise refused("query") from error
