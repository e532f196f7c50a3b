"""HTTP to the platforms, by requests; see `cococat.core.http_client.HttpClient`."""

import ssl
import threading
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import requests
from requests.adapters import DEFAULT_CA_BUNDLE_PATH, HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.exceptions import ConnectTimeout, InvalidSchema, InvalidURL, ProxyError, SSLError
from requests.utils import default_headers
from urllib3.exceptions import HTTPError, NewConnectionError

from cococat.core.errors import AnswerLost, AnswerTooLong, NotSent
from cococat.core.http_client import HttpAnswer, HttpRequest

_NOTHING_WRITTEN = (ConnectTimeout, SSLError, ProxyError, InvalidURL, InvalidSchema)

MAX_CONNECTIONS = 100
"""Connections to one host that are kept while nobody uses them; in use may be any number."""
READ_AHEAD = 1024
"""Bytes; a poller waits with its buffer for the next answer, whose headers are about 400."""
MAX_REPEATED = 1000
"""Requests that are kept as they are sent: a poller's are the same until something comes."""


class _PlainAdapter(HTTPAdapter):
    """Its answers have their status and what they are read from, and nothing that costs more."""

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:  # noqa: ANN401 - as the base class
        """Leave out cookies, and what the base class makes of the headers."""
        response = requests.Response()
        response.request = req
        response.status_code = resp.status
        response.raw = resp
        return response


class OneTlsContext(_PlainAdapter):
    """
    Connections that share one TLS context for each bundle of certificates.

    Left to itself each makes its own, with all the certificates in it: nearly a MB. The bundle is
    certifi's, or what REQUESTS_CA_BUNDLE names; behind a proxy too.
    """

    def __init__(self) -> None:
        self._contexts = {DEFAULT_CA_BUNDLE_PATH: _context(DEFAULT_CA_BUNDLE_PATH)}
        self._lock = threading.Lock()
        super().__init__(pool_maxsize=MAX_CONNECTIONS)

    def build_connection_pool_key_attributes(
        self,
        request: requests.PreparedRequest,
        verify: bool | str,  # noqa: FBT001 - as the base class
        cert: Any = None,  # noqa: ANN401 - as the base class
    ) -> Any:  # noqa: ANN401 - as the base class
        """Give the context in place of the certificates."""
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        if not verify:
            return host, pool
        rest = {name: value for name, value in pool.items() if not name.startswith("ca_")}
        bundle = DEFAULT_CA_BUNDLE_PATH if verify is True else verify
        return host, rest | {"ssl_context": self._shared(bundle)}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:  # noqa: ANN401 - as the base class
        """Verify by the context; the base class looks for the certificates' file each time."""
        if not verify:
            super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]

    def _shared(self, bundle: str) -> ssl.SSLContext:
        with self._lock:
            if bundle not in self._contexts:
                self._contexts[bundle] = _context(bundle)
            return self._contexts[bundle]


def _context(bundle: str) -> ssl.SSLContext:
    """Return a context that believes the certificates in *bundle*, a file or a folder."""
    if Path(bundle).is_dir():
        made = ssl.create_default_context(capath=bundle)
    else:
        made = ssl.create_default_context(cafile=bundle)
    made.sslsocket_class = _FrugalSocket
    return made


class _FrugalSocket(ssl.SSLSocket):
    """A socket whose answers are read by a small buffer; http.client takes 8 KiB for each."""

    def makefile(self, mode: Any = "r", buffering: int | None = None, **more: Any) -> Any:  # noqa: ANN401 - as the base class
        """Return a file to read an answer from."""
        return super().makefile(mode, READ_AHEAD if buffering is None else buffering, **more)


class RequestsClient:
    """
    Makes requests by the adapters of requests; no redirects, and no answer without an end.

    A whole session would look at the environment, at ~/.netrc and for cookies at each call, and
    keep what came of it while a poll is open.
    """

    def __init__(self) -> None:
        self._adapters = {
            "https": OneTlsContext(),
            "http": _PlainAdapter(pool_maxsize=MAX_CONNECTIONS),
        }
        self._headers = dict(default_headers())
        self._no_cookies = RequestsCookieJar()
        self._repeated = lru_cache(maxsize=MAX_REPEATED)(self._prepare)
        self._settings = lru_cache(maxsize=100)(_settings)

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """
        Make *request* and return its answer; see `HttpClient.send`.

        Raises:
            NotSent: nothing of it was written.
            AnswerTooLong: it is longer than the request takes.
            AnswerLost: no whole answer came.

        """
        try:
            return self._send(request, seconds)
        except requests.RequestException as error:
            kind = NotSent if _is_before_writing(error) else AnswerLost
            raise kind(type(error).__name__) from None
        except (HTTPError, OSError) as error:
            raise AnswerLost(type(error).__name__) from None

    def _send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        scheme, _, rest = request.url.partition("://")
        adapter = self._adapters.get(scheme.lower())
        if adapter is None:
            raise InvalidSchema
        if request.headers or request.body:
            prepared = self._prepare(request.method, request.url, request.headers, request.body)
        else:
            prepared = self._repeated(request.method, request.url)
        settings = self._settings(f"{scheme}://{rest.partition('/')[0]}/")
        answer = adapter.send(prepared, stream=True, timeout=seconds, **settings)
        with answer:
            body = bytes(answer.raw.read(request.max_answer + 1, decode_content=True))
        if len(body) > request.max_answer:
            raise AnswerTooLong
        headers = {name.lower(): value for name, value in answer.raw.headers.itermerged()}
        return HttpAnswer(status=answer.status_code, headers=headers, body=body)

    def _prepare(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> requests.PreparedRequest:
        return requests.Request(
            method,
            url,
            headers=self._headers | dict(headers or {}),
            data=body or None,
            cookies=self._no_cookies,
        ).prepare()


def _settings(origin: str) -> dict[str, Any]:
    """Return the proxies and the certificates that the environment names for *origin*."""
    found = requests.Session().merge_environment_settings(origin, {}, None, None, None)
    return {name: found[name] for name in ("proxies", "verify")}


def _is_before_writing(error: requests.RequestException) -> bool:
    """Tell whether *error* came before a byte of the request was written."""
    if isinstance(error, _NOTHING_WRITTEN):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)
