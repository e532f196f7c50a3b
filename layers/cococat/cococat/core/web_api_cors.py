"""
Web pages that may call a web_api entry: its `cors_origins`.

Source: the Fetch standard (WHATWG), "CORS protocol". Keys travel in a header and never in a
cookie, so no answer allows credentials.
"""

from cococat.core.errors import RequestRefused
from cococat.core.http import Request, Response

ANY = "*"
HEADERS = "authorization, content-type, idempotency-key, x-api-key"
EXPOSED = "location, retry-after"
MAX_AGE = 600
"""Seconds for which a browser need not ask again."""


class Cors:
    """
    What one entry says to web pages.

    Args:
        origins: those that may call, each as `https://shop.example`, or `*` for all.

    """

    def __init__(self, origins: list[str]) -> None:
        self._origins = frozenset(origins)

    def headers(self, request: Request) -> dict[str, str]:
        """Return what an answer to *request* needs for its page to see it, refusals too."""
        if not self._origins:
            return {}
        origin = request.header("origin")
        if ANY in self._origins:
            return {"access-control-allow-origin": ANY, "access-control-expose-headers": EXPOSED}
        if origin is None or origin not in self._origins:
            return {"vary": "origin"}
        return {
            "access-control-allow-origin": origin,
            "access-control-expose-headers": EXPOSED,
            "vary": "origin",
        }

    def preflight(self, request: Request, allowed: str) -> Response | None:
        """
        Return the answer to a browser's question before *request*, or None where it is none.

        Args:
            request: what came.
            allowed: the method that the address takes.

        Raises:
            RequestRefused: the page may not call.

        """
        origin, asks = request.header("origin"), request.header("access-control-request-method")
        if not self._origins or request.method != "OPTIONS" or origin is None or asks is None:
            return None
        if not self._origins & {ANY, origin}:
            raise RequestRefused(403, "origin_refused", "Pages of this origin may not call.")
        headers = {
            "access-control-allow-methods": allowed,
            "access-control-allow-headers": HEADERS,
            "access-control-max-age": str(MAX_AGE),
        }
        return Response(status=204, body="", headers=headers)
