"""
The answers that are pushed to the program of a web_api entry's owner: its `callback_url`.

Each is one signed POST. It may come more than once, always with the same `Idempotency-Key`;
the outbox repeats what did not get through, and keeps what never will as a dead letter.
"""

import json
import re
from http import HTTPStatus
from typing import Any

from cococat.core.body_signature import signed_headers
from cococat.core.clock import Clock
from cococat.core.errors import (
    AddressRefused,
    AnswerLost,
    DeliveryDelayed,
    DeliveryFailed,
    NotSent,
    OperatorNeeded,
)
from cococat.core.http_client import HttpClient, json_request, may_pass

SECONDS = 10
LONGEST = 3600
"""Seconds that a receiver may ask us to wait."""

_DECIMAL = re.compile(r"[0-9]{1,9}", re.ASCII)
_REFUSED = (
    "The host of callback_url can't be called: it must be public and https, or be in the "
    "deployment's AllowedHosts."
)
_WRONG = {
    HTTPStatus.UNAUTHORIZED: "asks for a sign-in, and all that we send is a signature",
    HTTPStatus.FORBIDDEN: "does not let us in",
    HTTPStatus.NOT_FOUND: "knows no such path",
    HTTPStatus.METHOD_NOT_ALLOWED: "takes no POST",
    HTTPStatus.GONE: "is gone",
}
"""Answers that say that the address is no good, whatever is sent there."""


class Callback:
    """
    Pushes to one address.

    Args:
        url: where.
        secret: what its owner shares with us; what we send is signed with it.
        clock: the time.

    """

    def __init__(self, url: str, secret: str, clock: Clock) -> None:
        self._url = url
        self._secret = secret
        self._clock = clock

    def push(self, http: HttpClient, answer: dict[str, Any], key: str) -> None:
        """
        Send *answer*.

        Args:
            http: calls no host that is not public, or not allowed by the deployment.
            answer: what to send, as JSON.
            key: the same for every try.

        Raises:
            DeliveryDelayed: it did not get through; the receiver knows a repeat by its key.
            DeliveryFailed: it never will.
            OperatorNeeded: nothing will, until the address or what is behind it is changed.

        """
        body = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
        signature = signed_headers(self._secret, body, self._clock.now())
        headers = signature | {"Idempotency-Key": key, "User-Agent": "CocoCat"}
        try:
            got = http.send(json_request(self._url, body, headers), SECONDS)
        except AddressRefused:
            raise OperatorNeeded("callback_address_refused", _REFUSED) from None
        except NotSent:
            raise DeliveryDelayed("callback_unreachable") from None
        except AnswerLost:
            raise DeliveryDelayed("callback_no_answer") from None
        _judge(got.status, got.headers.get("retry-after", ""))


def _judge(status: int, retry_after: str) -> None:
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    code = f"callback_status_{status}"
    if may_pass(status):
        seconds = int(retry_after) if _DECIMAL.fullmatch(retry_after) else None
        raise DeliveryDelayed(code, None if seconds is None else min(seconds, LONGEST))
    if status < HTTPStatus.BAD_REQUEST:
        raise OperatorNeeded(code, _advice(status, "redirects, which is not followed"))
    if status in _WRONG:
        raise OperatorNeeded(code, _advice(status, _WRONG[HTTPStatus(status)]))
    raise DeliveryFailed(code)


def _advice(status: int, what: str) -> str:
    return f"The server at callback_url {what} (HTTP {status}). Correct the address or the server."
