"""Calling a platform over HTTP: the port, its requests and its answers."""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol

MAX_ANSWER = 1024 * 1024
"""Bytes of an answer that are read where the request does not say another number."""
_PASSING = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """
    One request to a platform.

    Attributes:
        method: GET, POST …
        url: the whole URL; it may hold a token, so it is never shown.
        headers: by name.
        body: the bytes to send.
        max_answer: bytes of the answer that are taken at most.

    """

    method: str
    url: str = field(repr=False)
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    max_answer: int = MAX_ANSWER


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """
    A platform's answer.

    Attributes:
        status: the HTTP status.
        headers: by lower-case name.
        body: the bytes.

    """

    status: int
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


class HttpClient(Protocol):
    """Calls platforms; follows no redirect."""

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """
        Make *request* and return its answer, whatever its status.

        Args:
            request: what to send.
            seconds: how long to connect, and then between two pieces of the answer.

        Raises:
            NotSent: nothing of it was written; it may be made again.
            AnswerTooLong: its answer has more bytes than it takes.
            AnswerLost: it was written, or may have been, and no whole answer came.

        """
        ...


def may_pass(status: int) -> bool:
    """Tell whether the same request, a little later, may be answered with another *status*."""
    return status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def json_request(url: str, body: bytes, headers: dict[str, str] | None = None) -> HttpRequest:
    """Return the request that posts *body*, JSON in UTF-8, to *url*."""
    content_type = {"content-type": "application/json; charset=utf-8"}
    return HttpRequest(method="POST", url=url, headers=content_type | (headers or {}), body=body)
