"""HTTP to the platforms, by requests; see `cococat.core.http_client.HttpClient`."""

import requests
from requests.exceptions import ConnectTimeout, InvalidURL, ProxyError, SSLError
from urllib3.exceptions import HTTPError, NewConnectionError

from cococat.core.errors import AnswerLost, AnswerTooLong, NotSent
from cococat.core.http_client import HttpAnswer, HttpRequest

_NOTHING_WRITTEN = (ConnectTimeout, SSLError, ProxyError, InvalidURL)


class RequestsClient:
    """Makes requests with one session; no redirects, and no answer without an end."""

    def __init__(self) -> None:
        self._session = requests.Session()

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
        answer = self._session.request(
            request.method,
            request.url,
            data=request.body or None,
            headers=request.headers,
            timeout=seconds,
            allow_redirects=False,
            stream=True,
        )
        with answer:
            body = bytes(answer.raw.read(request.max_answer + 1, decode_content=True))
        if len(body) > request.max_answer:
            raise AnswerTooLong
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return HttpAnswer(status=answer.status_code, headers=headers, body=body)


def _is_before_writing(error: requests.RequestException) -> bool:
    """Tell whether *error* came before a byte of the request was written."""
    if isinstance(error, _NOTHING_WRITTEN):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)
