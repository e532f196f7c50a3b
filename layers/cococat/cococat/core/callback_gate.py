"""
The gate of WeChat callbacks: lets in what the platform signed just now, and only that.

The order of checks is that of the documentation. Every failure is one and the same refusal; the
step that failed goes into the log and nowhere else.
Source: WeChat developer documentation, "Message push" and "Message encryption and decryption".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cococat.core.callback_query import QueryCheck
from cococat.core.clock import Clock
from cococat.core.errors import MalformedMessage
from cococat.core.http import Request
from cococat.core.refusal import refused
from cococat.core.sealed_callbacks import SealedCallbacks
from cococat.core.sealing import Envelope
from cococat.core.xml_message import MAX_BODY, XmlReader, write_sealed

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
        self._queries = QueryCheck(tokens, clock)
        self._sealed = None if envelope is None else SealedCallbacks(self._queries, envelope)
        self._xml = xml
        self._clock = clock

    def echo(self, request: Request) -> str:
        """
        Return what the platform wants to hear when it checks our URL.

        Raises:
            RequestRefused: it was not the platform, or not just now.

        """
        query = self._queries.read(request)
        self._queries.signer(query, "signature")
        echo = query.values.get("echostr", "")
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
        if self._sealed is None:
            return self._open_plain(request)
        return self._open_sealed(request, self._sealed)

    def seal(self, xml: str, callback: Callback) -> str:
        """Return the answer *xml* to *callback* in the form in which that came."""
        if self._sealed is None:
            return xml
        answer = self._sealed.seal(
            xml,
            token=callback.token,
            key=callback.key,
            timestamp=str(int(self._clock.now())),
            nonce=callback.nonce,
        )
        return write_sealed(answer)

    def _open_sealed(self, request: Request, callbacks: SealedCallbacks) -> Callback:
        sealed = self._read(request.body, "outer XML").get("Encrypt", "")
        if not sealed:
            raise refused("Encrypt")
        opened = callbacks.open(request, sealed)
        values = self._read(opened.message, "inner XML")
        return Callback(values=values, token=opened.token, key=opened.key, nonce=opened.nonce)

    def _open_plain(self, request: Request) -> Callback:
        query = self._queries.read(request)
        token = self._queries.signer(query, "signature")
        values = self._read(request.body, "outer XML")
        return Callback(values=values, token=token, key="", nonce=query.nonce)

    def _read(self, body: bytes, step: str) -> dict[str, str]:
        try:
            return self._xml.read(body)
        except MalformedMessage as error:
            raise refused(step) from error
