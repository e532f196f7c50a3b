"""A Flask application as a WSGI server calls it, without a socket."""

import io
from collections.abc import Callable
from typing import Any


def prepare(request: dict[str, Any]) -> dict[str, Any]:
    """Return *request* as a WSGI server hands it over."""
    body = request["body"].encode("utf-8")
    headers = {
        f"HTTP_{name.upper().replace('-', '_')}": value
        for name, value in request["headers"].items()
        if name not in {"content-type", "content-length"}
    }
    return headers | {
        "REQUEST_METHOD": request["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": request["path"],
        "QUERY_STRING": request["query"],
        "CONTENT_TYPE": request["headers"]["content-type"],
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def answering(application: Any) -> Callable[[dict[str, Any]], tuple[int, str]]:  # noqa: ANN401 - Flask's own type
    """Return what lets *application* answer the request in an environ."""
    return lambda environ: _answer(application, environ)


def _answer(application: Any, environ: dict[str, Any]) -> tuple[int, str]:  # noqa: ANN401 - as above
    statuses: list[str] = []

    def start(status: str, _headers: list[tuple[str, str]], _error: object = None) -> object:
        statuses.append(status)
        return None

    body = b"".join(application(environ, start))
    return int(statuses[0][:3]), body.decode("utf-8")
