"""lark-oapi as a client of Feishu's API, with a simulator in the network's place."""

import warnings
from functools import cache
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest

from cococat.core.http_client import HttpClient, HttpRequest
from cococat.simulators.feishu import App
from tests.support import lark

BASE = "https://open.feishu.test"


class LarkClient:
    """
    One app's calls, made by lark-oapi.

    Args:
        app: the app.
        server: who answers.
        patch: puts that in the place of the network.

    """

    def __init__(self, app: App, server: HttpClient, patch: pytest.MonkeyPatch) -> None:
        self._server = server
        self._config = _module("core.model").Config()
        self._config.app_id, self._config.app_secret = app.app_id, app.app_secret
        self._config.domain = BASE
        cache_of_tokens = _module("core.cache.local_cache").LocalCache()
        patch.setattr(_module("core.token.manager").TokenManager, "cache", cache_of_tokens)
        network = SimpleNamespace(request=self._carry)
        patch.setattr(_module("core.http.transport"), "requests", network)

    def message(self, call: str, body: dict[str, Any], **named: str) -> Any:  # noqa: ANN401 - untyped code
        """Make a call of `im.v1.message`: create, reply or patch; *named*: query and path."""
        return self._call("im.v1", "message", f"{call}_message", body, named)

    def card(self, call: str, body: dict[str, Any], **named: str) -> Any:  # noqa: ANN401 - untyped code
        """Make a call of `cardkit.v1.card`: create, settings or update."""
        return self._call("cardkit.v1", "card", f"{call}_card", body, named)

    def element(self, body: dict[str, Any], **named: str) -> Any:  # noqa: ANN401 - untyped code
        """Write into an element of a card."""
        name = "content_card_element"
        return self._call("cardkit.v1", "card_element", name, body, named)

    def _call(
        self, api: str, resource: str, name: str, body: dict[str, Any], named: dict[str, str]
    ) -> Any:  # noqa: ANN401 - untyped code
        made = _built(api, f"{name}_request_body", body)
        request = _built(api, f"{name}_request", {**named, "request_body": made})
        kind = _camel(resource)
        caller = getattr(_module(f"api.{api}.resource.{resource}"), kind)(self._config)
        return getattr(caller, name.removesuffix(f"_{resource}"))(request)

    def _carry(self, method: str, url: str, **given: Any) -> SimpleNamespace:  # noqa: ANN401 - as requests
        params = given.get("params") or []
        query = f"?{urlencode(params)}" if params else ""
        headers = {name.lower(): value for name, value in (given.get("headers") or {}).items()}
        body = given.get("data") or b""
        raw = body.encode() if isinstance(body, str) else body
        request = HttpRequest(method=method, url=url + query, headers=headers, body=raw)
        answer = self._server.send(request, 10)
        return SimpleNamespace(
            status_code=answer.status, headers=answer.headers, content=answer.body
        )


def _built(api: str, name: str, values: dict[str, Any]) -> Any:  # noqa: ANN401 - untyped code
    """Return a model of lark-oapi's, as its builder makes it."""
    builder = getattr(_module(f"api.{api}.model.{name}"), _camel(name)).builder()
    for key, value in values.items():
        given = value
        if isinstance(value, dict):
            given = _built(api, key, value)
        builder = getattr(builder, key)(given)
    return builder.build()


def _camel(name: str) -> str:
    return "".join(word.title() for word in name.split("_"))


@cache
def _module(name: str) -> Any:  # noqa: ANN401 - untyped code
    with warnings.catch_warnings(action="ignore"):
        return lark.module(name)
