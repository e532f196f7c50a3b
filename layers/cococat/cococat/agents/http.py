"""http: the user's own agent, asked over HTTPS; `http_answer` says what it may answer."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import Self

import requests
import urllib3.exceptions

from cococat.agents.http_answer import read_answer
from cococat.agents.run import within
from cococat.core.agent import to_reply
from cococat.core.agent_spec import AgentSpec
from cococat.core.body_signature import signed_headers
from cococat.core.errors import AgentError, AgentTimeout, AgentUnavailable
from cococat.core.mailbox import MailboxMessage
from cococat.core.messages import Reply
from cococat.core.progress import Say

TIMEOUT = 50
"""Seconds that an answer may take to begin, where the agent's options say nothing else."""
CONNECT = 5
PAUSE = 0.5
"""Seconds before the second request, where the agent names none."""
LEAST = 1.0
"""Seconds that must be left for a request."""
CHUNK = 16 * 1024
HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "Accept": "application/json, text/event-stream, application/x-ndjson, text/plain",
    "Accept-Encoding": "identity",
    "User-Agent": "CocoCat",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAgent:
    """
    An agent that is asked over HTTP.

    Attributes:
        url: where.
        secret: what it shares with us; requests are signed with it.
        timeout: seconds that an answer may take to begin, and between two of its pieces.
        session: what keeps connections open.

    """

    url: str
    secret: str = field(repr=False)
    timeout: float
    session: requests.Session = field(repr=False)

    @classmethod
    def of(cls, spec: AgentSpec) -> Self:
        """
        Return the agent of *spec*.

        Raises:
            AgentUnavailable: its secret is not to be had.

        """
        secret = spec.secrets.get("secret", "")
        if not secret:
            raise AgentUnavailable("no_secret")
        timeout = spec.options.get("timeout", TIMEOUT)
        return cls(url=spec.options["url"], secret=secret, timeout=timeout, session=_session())

    def answer(self, message: MailboxMessage, seconds: float, say: Say) -> Reply | None:
        """Return what the agent answers; see `cococat.core.agent.Agent`."""
        if seconds < LEAST:
            raise AgentTimeout("no_time")
        body = message.to_json().encode("utf-8")
        ends = time.monotonic() + seconds
        return to_reply(within(seconds, lambda: self._ask(body, ends, say)))

    def _ask(self, body: bytes, ends: float, say: Say) -> str | Reply | None:
        """Ask once, and once more where nothing had been answered and there is time for it."""
        try:
            return self._post(body, ends, say)
        except _Again as failed:
            if ends - time.monotonic() - failed.pause < LEAST:
                raise failed.error from None
            time.sleep(failed.pause)
        try:
            return self._post(body, ends, say)
        except _Again as failed:
            raise failed.error from None

    def _post(self, body: bytes, ends: float, say: Say) -> str | Reply | None:
        left = max(ends - time.monotonic(), 0.001)
        try:
            response = self.session.post(
                self.url,
                data=body,
                headers=HEADERS | signed_headers(self.secret, body, time.time()),
                timeout=(min(CONNECT, left), min(self.timeout, left)),
                allow_redirects=False,
                stream=True,
            )
        except requests.ReadTimeout:
            raise _Again(AgentTimeout("no_answer"), PAUSE) from None
        except requests.ConnectionError:
            raise _Again(AgentError("unreachable"), PAUSE) from None
        except (requests.RequestException, ValueError):
            raise AgentError("request_failed") from None
        with response:
            return _read(response, say)


class _Again(Exception):
    """Raised when a second request may bring what the first did not."""

    def __init__(self, error: AgentError, pause: float) -> None:
        super().__init__(error.detail)
        self.error = error
        self.pause = pause


def _read(response: requests.Response, say: Say) -> str | Reply | None:
    status = response.status_code
    if status == HTTPStatus.NO_CONTENT:
        return None
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise _Again(AgentError(f"status_{status}"), _pause(response))
    if status != HTTPStatus.OK:
        raise AgentError(f"status_{status}")
    return read_answer(response.headers.get("Content-Type", ""), _pieces(response), say)


def _pieces(response: requests.Response) -> Iterator[bytes]:
    """Yield the body as it comes."""
    try:
        while piece := response.raw.read1(CHUNK, decode_content=True):
            yield piece
    except urllib3.exceptions.HTTPError:
        raise AgentError("answer_cut_off") from None


def _pause(response: requests.Response) -> float:
    """Return the seconds that the agent wants us to wait."""
    after = response.headers.get("Retry-After", "")
    return float(after) if after.isascii() and after.isdecimal() else PAUSE


@cache
def _session() -> requests.Session:
    """Return the process's session: it takes no cookies, and nothing from the environment."""
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session
