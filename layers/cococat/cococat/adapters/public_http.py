"""
HTTP to hosts that strangers named; see `cococat.core.http_client.HttpClient`.

A name is looked up once, each of its addresses has to be public, and the connection is made to
the very address that was checked: what the name means a moment later is nobody's way in.
"""

import http.client
import socket
import ssl
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cache
from threading import Timer
from typing import Self
from urllib.parse import SplitResult, urlsplit

import certifi

from cococat.core.errors import AddressRefused, AnswerLost, AnswerTooLong, NotSent
from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.core.public_address import is_public

CONNECT = 5
MOST_ADDRESSES = 3
PORTS = {"http": 80, "https": 443}

Resolve = Callable[[str, int], list[str]]
"""Returns the addresses of a host, for a port."""


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of *host*, each once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicHttpClient:
    """
    Calls hosts on the public Internet, and those that the deployment names; no redirects.

    Attributes:
        allowed_hosts: hosts that may have any address, and be called without TLS.
        resolve: looks a host up.
        authorities: a file with the certificate authorities to trust; empty for the usual ones.

    """

    allowed_hosts: frozenset[str]
    resolve: Resolve = resolve
    authorities: str = ""

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """
        Make *request* and return its answer, all within *seconds*; see `HttpClient.send`.

        Raises:
            AddressRefused: its host is not public, or is to be called without TLS.
            NotSent: nothing of it was written.
            AnswerTooLong: the answer is longer than the request takes.
            AnswerLost: no whole answer came in time.

        """
        url = _split(request.url)
        try:
            opened = self._open(url, min(seconds, CONNECT))
        except OSError as error:
            raise NotSent(type(error).__name__) from None
        with closing(opened), _Deadline(opened, seconds) as deadline:
            with closing(self._connection(url, opened)) as connection:
                answer = _exchange(connection, _target(url), request)
            if deadline.has_passed:
                raise AnswerLost("too late")
        return answer

    def _open(self, url: SplitResult, seconds: float) -> socket.socket:
        """Return a connection to the host of *url*, by an address that was checked."""
        host, port = url.hostname or "", url.port or PORTS[url.scheme]
        is_listed = host in self.allowed_hosts
        if url.scheme != "https" and not is_listed:
            raise AddressRefused("no TLS")
        try:
            addresses = self.resolve(host, port)
        except UnicodeError:  # a part of the name is empty, or too long
            raise AddressRefused("not a host") from None
        if not (is_listed or all(map(is_public, addresses))):
            raise AddressRefused("not public")
        failed: OSError = ConnectionError()
        for address in addresses[:MOST_ADDRESSES]:
            try:
                return socket.create_connection((address, port), seconds)
            except OSError as error:
                failed = error
        raise failed

    def _connection(self, url: SplitResult, opened: socket.socket) -> http.client.HTTPConnection:
        """Return *opened*, with TLS where *url* asks for it, as what speaks HTTP."""
        host = url.hostname or ""
        connection = http.client.HTTPConnection(host, url.port or PORTS[url.scheme])
        connection.default_port = PORTS[url.scheme]
        connection.sock = opened
        if url.scheme == "https":
            context = _context(self.authorities or certifi.where())
            try:
                connection.sock = context.wrap_socket(opened, server_hostname=host)
            except OSError as error:
                raise NotSent(type(error).__name__) from None
        return connection


class _Deadline:
    """Ends a connection for good when its time is over, whatever it does then."""

    def __init__(self, opened: socket.socket, seconds: float) -> None:
        self.has_passed = False
        self._handle = opened.dup()  # TLS takes the socket over; the connection stays the same
        self._timer = Timer(seconds, self._end)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()
        self._handle.close()

    def _end(self) -> None:
        self.has_passed = True
        with suppress(OSError):
            self._handle.shutdown(socket.SHUT_RDWR)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good or "@" in parts.netloc:
        raise AddressRefused("not a URL")
    return parts


def _target(url: SplitResult) -> str:
    return (url.path or "/") + (f"?{url.query}" if url.query else "")


def _exchange(
    connection: http.client.HTTPConnection, target: str, request: HttpRequest
) -> HttpAnswer:
    headers = {"Accept-Encoding": "identity", "Connection": "close"} | request.headers
    try:
        connection.sock.settimeout(None)  # the deadline is for all of it
        connection.request(request.method, target, body=request.body or None, headers=headers)
        with connection.getresponse() as response:
            body = response.read(request.max_answer + 1)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise AnswerLost(type(error).__name__) from None
    if len(body) > request.max_answer:
        raise AnswerTooLong
    if response.length:
        raise AnswerLost("cut off")
    found = {name.lower(): value for name, value in response.getheaders()}
    return HttpAnswer(status=response.status, headers=found, body=body)


@cache
def _context(authorities: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=authorities)
