"""
The gate of WeChat callbacks: lets in what the platform signed just now, and only that.

The order of checks is that of the documentation. Every failure is one and the same refusal; the
step that failed goes into the log and nowhere else.
Source: WeChat developer documentation, "Message push" and "Message encryption and decryption".
"""

import re
from collections.abc import Callable, Mapping, Sequence

from cococat.core import json_message, xml_message
from cococat.core.callback_query import QueryCheck
from cococat.core.clock import Clock
from cococat.core.errors import MalformedMessage
from cococat.core.http import Request
from cococat.core.refusal import refused
from cococat.core.sealed_callbacks import SealedCallbacks
from cococat.core.sealing import Envelope
from cococat.core.values import value
from cococat.core.xml_message import MAX_BODY, Elements, Value, XmlReader, paths

JSON = "JSON"

_ECHO = re.compile(r"[A-Za-z0-9_=+/-]{1,128}", re.ASCII)


@value(frozen=True, slots=True, kw_only=True)
class Callback:
    """
    A verified message, and what its answer is sealed with.

    Attributes:
        values: its elements, by their paths.
        token: the token that signed it.
        key: the EncodingAESKey that opened it; empty for one that came plain.
        nonce: the request's nonce.
        is_json: whether it came as JSON instead of XML.

    """

    values: dict[str, str]
    token: str
    key: str
    nonce: str
    is_json: bool


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

    def answer(self, values: Mapping[str, Value], callback: Callback) -> str:
        """Return the answer *values* to *callback*, written and sealed as that was."""
        is_json = callback.is_json
        body = json_message.write(values) if is_json else xml_message.write(values)
        if self._sealed is None:
            return body
        answer = self._sealed.seal(
            body,
            token=callback.token,
            key=callback.key,
            timestamp=str(int(self._clock.now())),
            nonce=callback.nonce,
        )
        return json_message.write_sealed(answer) if is_json else xml_message.write_sealed(answer)

    def _open_sealed(self, request: Request, callbacks: SealedCallbacks) -> Callback:
        name, read = self._form(request.body)
        sealed = _read(read, request.body, f"outer {name}").get("Encrypt")
        if not sealed or not isinstance(sealed, str):
            raise refused("Encrypt")
        opened = callbacks.open(request, sealed)
        return Callback(
            values=paths(_read(read, opened.message, f"inner {name}")),
            token=opened.token,
            key=opened.key,
            nonce=opened.nonce,
            is_json=name == JSON,
        )

    def _open_plain(self, request: Request) -> Callback:
        query = self._queries.read(request)
        token = self._queries.signer(query, "signature")
        name, read = self._form(request.body)
        values = paths(_read(read, request.body, f"outer {name}"))
        return Callback(values=values, token=token, key="", nonce=query.nonce, is_json=name == JSON)

    def _form(self, body: bytes) -> tuple[str, Callable[[bytes], Elements]]:
        """Return the data format of *body*, and what reads it and what is sealed in it."""
        if body.lstrip()[:1] == b"{":
            return JSON, json_message.read
        return "XML", self._xml.nested


def _read(read: Callable[[bytes], Elements], body: bytes, step: str) -> Elements:
    try:
        return read(body)
    except MalformedMessage as error:
        raise refused(step) from error
