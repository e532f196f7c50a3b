"""
People of a simulated platform that runs in another process: what they write, and what they read.

    POST /simulator/wrote     {…}, as the platform's own `wrote` wants it  ->  {…}
    GET  /simulator/received                           ->  {"received": [{"to", "text"}]}
"""

import json
from typing import Any, Protocol
from urllib.parse import urlsplit

from cococat.core.errors import PlatformUnreachable
from cococat.core.http_client import HttpAnswer, HttpClient, HttpRequest

PREFIX = "/simulator/"
SECONDS = 5.0

Json = dict[str, Any]


class Platform(HttpClient, Protocol):
    """A platform's API, with people on its other side."""

    def received(self) -> list[tuple[str, str]]:
        """Return all that people have received, in order: who or where, and the text."""
        ...

    def wrote(self, what: Json) -> Json:
        """
        Take note that somebody has written, and return what they get to know.

        Raises:
            KeyError, TypeError, ValueError: *what* does not say who, or what.

        """
        ...


class WithPeople:
    """
    A platform's API whose people can be asked over HTTP, too.

    Args:
        platform: the platform.

    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Answer *request*; see `HttpClient.send`."""
        path = urlsplit(request.url).path
        if not path.startswith(PREFIX):
            return self._platform.send(request, seconds)
        match request.method, path.removeprefix(PREFIX):
            case "POST", "wrote":
                return self._wrote(request.body)
            case "GET", "received":
                return json_answer({"received": named(self._platform)})
        return HttpAnswer(status=404)

    def _wrote(self, body: bytes) -> HttpAnswer:
        try:
            return json_answer(self._platform.wrote(json.loads(body)))
        except (ValueError, KeyError, TypeError):
            return HttpAnswer(status=400)


class Person:
    """
    Somebody who writes to us, on a simulated platform.

    Args:
        http: reaches the simulator.
        base_url: where it is.
        name: who they are there.

    Attributes:
        name: the same.

    """

    def __init__(self, http: HttpClient, base_url: str, name: str) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self.name = name

    def wrote(self, **what: str | int) -> Json:
        """
        Let the platform know what they have written; see `Platform.wrote`.

        Raises:
            PlatformUnreachable: no simulator answers.

        """
        return self._ask("POST", "wrote", json.dumps(what).encode())

    def heard(self) -> list[str]:
        """
        Return what they have received.

        Raises:
            PlatformUnreachable: no simulator answers.

        """
        received = self._ask("GET", "received").get("received")
        if not isinstance(received, list):
            raise PlatformUnreachable("no simulator answers there")
        return [str(each["text"]) for each in received if each["to"] == self.name]

    def _ask(self, method: str, what: str, body: bytes = b"") -> Json:
        """
        Return the simulator's answer.

        Raises:
            PlatformUnreachable: there is none.

        """
        url = f"{self._base_url}{PREFIX}{what}"
        said = self._http.send(HttpRequest(method=method, url=url, body=body), SECONDS)
        if said.status != 200:  # noqa: PLR2004 - HTTP
            raise PlatformUnreachable(f"the simulator answers {said.status}")
        found: Json = json.loads(said.body)
        return found


def named(platform: Platform) -> list[Json]:
    """Return what people of *platform* have received, as it is told."""
    return [{"to": to, "text": text} for to, text in platform.received()]


def json_answer(value: Json) -> HttpAnswer:
    """Return *value* as an answer."""
    headers = {"content-type": "application/json; charset=utf-8"}
    body = json.dumps(value, ensure_ascii=False).encode("utf-8")
    return HttpAnswer(status=200, headers=headers, body=body)
