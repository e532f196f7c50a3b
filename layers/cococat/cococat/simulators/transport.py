"""How a simulator reaches a door: over HTTP, or in the same process in tests."""

from collections.abc import Callable

import requests

from cococat.core.http import Request, Response

Transport = Callable[[Request], Response]
"""Carries a request to a door and brings its answer back."""

CONNECT = 5


class Cut(Exception):
    """Raised when a connection was given up before its answer came."""


def over_http(base_url: str, *, patience: float) -> Transport:
    """
    Return a transport to the doors at *base_url*.

    Args:
        base_url: scheme, host and perhaps a path in front of every request's own.
        patience: seconds after which an answer is not waited for any more.

    Raises:
        Cut: (when used) no answer came in time.
        requests.RequestException: (when used) the doors can't be reached.

    """
    session = requests.Session()

    def carry(request: Request) -> Response:
        query = f"?{request.query}" if request.query else ""
        try:
            answer = session.request(
                request.method,
                f"{base_url}{request.path}{query}",
                data=request.body,
                headers=request.headers,
                timeout=(CONNECT, patience),
                allow_redirects=False,
            )
        except requests.ReadTimeout as error:
            raise Cut from error
        answer.encoding = "utf-8"
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Response(status=answer.status_code, body=answer.text, headers=headers)

    return carry
