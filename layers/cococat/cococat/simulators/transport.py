"""How a simulator reaches a door: over HTTP, or in the same process in tests."""

from collections.abc import Callable

import requests

from cococat.core.http import Request, Response

Transport = Callable[[Request], Response]
"""Carries a request to a door and brings its answer back."""

MARGIN = 15
"""Seconds that an answer may take beyond what the request itself asks to wait."""


def over_http(base_url: str, *, wait: float = 0) -> Transport:
    """
    Return a transport to the doors at *base_url*.

    Args:
        base_url: scheme, host and perhaps a path in front of every request's own.
        wait: seconds that a door may hold a request.

    Raises:
        requests.RequestException: (when used) the doors can't be reached.

    """
    session = requests.Session()

    def carry(request: Request) -> Response:
        query = f"?{request.query}" if request.query else ""
        answer = session.request(
            request.method,
            f"{base_url}{request.path}{query}",
            data=request.body,
            headers=request.headers,
            timeout=(5, wait + MARGIN),
            allow_redirects=False,
        )
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Response(status=answer.status_code, body=answer.text, headers=headers)

    return carry
