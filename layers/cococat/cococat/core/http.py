"""An HTTP request and its answer, whatever server they went through."""

import json
from dataclasses import field
from typing import Any

from cococat.core.errors import RequestRefused
from cococat.core.values import value


@value(frozen=True, slots=True, kw_only=True)
class Request:
    """
    One HTTP request.

    Attributes:
        method: GET, POST …
        path: the path without the stage.
        query: the raw query string, still encoded.
        headers: by their names, in whatever case the server writes them; see `header`.
        body: the bytes as they came.
        received_at: when it came in, seconds since 1970; 0 where nobody says.
        caller: the address that it came from.
        principal: the AWS identity that signed it, where the API checks that.

    """

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    received_at: float = 0
    caller: str = ""
    principal: str = ""

    def header(self, name: str) -> str | None:
        """Return the header called *name*, which is in lower case, or None where there is none."""
        # API Gateway writes names in lower case (payload format 2.0), local servers as they like.
        found = self.headers.get(name)
        if found is None:
            return next((each for key, each in self.headers.items() if key.lower() == name), None)
        return found


@value(frozen=True, slots=True, kw_only=True)
class Response:
    """One HTTP answer."""

    status: int
    body: str
    headers: dict[str, str]


def json_response(
    status: int, value: dict[str, Any], headers: dict[str, str] | None = None
) -> Response:
    """Return *value* as a JSON answer."""
    return Response(
        status=status,
        body=json.dumps(value, ensure_ascii=False),
        headers={"content-type": "application/json; charset=utf-8"} | (headers or {}),
    )


def text_response(status: int, body: str, content_type: str = "text/plain") -> Response:
    """Return *body* as a text answer that no browser takes for anything else."""
    headers = {
        "content-type": f"{content_type}; charset=utf-8",
        "x-content-type-options": "nosniff",
    }
    return Response(status=status, body=body, headers=headers)


def error_response(refused: RequestRefused) -> Response:
    """Return the uniform answer to a caller who is turned away."""
    error = {"code": refused.code, "message": refused.message}
    return json_response(refused.status, {"error": error}, refused.headers)
