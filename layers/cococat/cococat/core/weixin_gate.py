"""
The gate of WeCom (企业微信) callbacks: of applications, and of intelligent bots.

WeCom seals everything, the question about our URL too; there is no plain mode. Outside and
inside are both XML or both JSON; a bot's are always JSON, and its envelopes end with no id.
Source: WeCom developer documentation, "Callback configuration" (90930), "Receiving messages"
(90238), "Intelligent bot: receiving messages" (100719); Tencent's demos in workweixin/weworkapi.
"""

import json
import re
from dataclasses import dataclass

from cococat.core import json_message
from cococat.core.errors import MalformedMessage
from cococat.core.http import Request, Response, text_response
from cococat.core.refusal import refused
from cococat.core.sealed_callbacks import SealedAnswer, SealedCallback, SealedCallbacks
from cococat.core.xml_message import XmlReader, write_sealed

MAX_BODY = 256 * 1024
"""Bytes of a callback: a bot's message may quote an answer of 20 KiB, escaped and in base64."""

_ECHO = re.compile(rb"[\x21-\x7e]{1,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WeComCallback:
    """
    A verified message.

    Attributes:
        sealed: what was in the envelope, and what the answer is sealed with.
        is_json: whether it came as JSON; the answer goes back in the same form.

    """

    sealed: SealedCallback
    is_json: bool


class WeComGate:
    """
    The gate of one application or bot.

    Args:
        callbacks: opens and seals.
        xml: reads strangers' XML; None for a bot, which has none.

    """

    def __init__(self, callbacks: SealedCallbacks, xml: XmlReader | None) -> None:
        self._callbacks = callbacks
        self._xml = xml

    def echo(self, request: Request) -> str:
        """
        Return what the platform wants to hear when it checks our URL.

        Raises:
            RequestRefused: it was not the platform, or not just now.

        """
        echo = self._callbacks.open_query(request, "echostr").message
        if not _ECHO.fullmatch(echo):
            raise refused("echostr")
        return echo.decode("ascii")

    def open(self, request: Request) -> WeComCallback:
        """
        Return the message that *request* holds.

        Raises:
            RequestRefused: it is not from the platform, not fresh, or damaged.

        """
        if len(request.body) > MAX_BODY:
            raise refused("size")
        if self._xml is None or request.body.startswith(b"{"):
            envelope, is_json = _from_json(request.body), True
        else:
            envelope, is_json = _from_xml(self._xml, request.body), False
        if not envelope:
            raise refused("Encrypt")
        return WeComCallback(sealed=self._callbacks.open(request, envelope), is_json=is_json)

    def seal(self, answer: str, callback: WeComCallback) -> Response:
        """Return *answer* to *callback*, sealed as that was, and in the same form."""
        asked = callback.sealed
        sealed = self._callbacks.seal(
            answer,
            token=asked.token,
            key=asked.key,
            timestamp=asked.timestamp,
            nonce=asked.nonce,
        )
        if callback.is_json:
            # Tencent's own answers to bots are JSON under the type of plain text.
            return text_response(200, _in_json(sealed))
        return text_response(200, write_sealed(sealed), "application/xml")


def _from_xml(xml: XmlReader, body: bytes) -> str:
    try:
        return xml.read(body).get("Encrypt", "")
    except MalformedMessage as error:
        raise refused("outer XML") from error


def _from_json(body: bytes) -> str:
    """Return the envelope in *body*; Tencent writes its name small, or with a capital letter."""
    try:
        outer = json_message.read(body)
    except MalformedMessage as error:
        raise refused("outer JSON") from error
    envelope = outer.get("encrypt") or outer.get("Encrypt")
    return envelope if isinstance(envelope, str) else ""


def _in_json(answer: SealedAnswer) -> str:
    """Return *answer* as JSON; these are the names of Tencent's demos, `msgsignature` is one."""
    return json.dumps(
        {
            "encrypt": answer.encrypt,
            "msgsignature": answer.signature,
            "timestamp": answer.timestamp,
            "nonce": answer.nonce,
        }
    )
