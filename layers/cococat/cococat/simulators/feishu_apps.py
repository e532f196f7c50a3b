"""Feishu's API for apps that it has not met: each is taken with the secret that it comes with."""

import json
import time
from collections.abc import Callable
from typing import Any

from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.simulators.feishu import App
from cococat.simulators.feishu_api import FeishuServer


class FeishuApps:
    """
    The API's side of many apps.

    Args:
        newcomers: how the ids begin of the apps that it takes; no other is known.
        now: the time, seconds since 1970.

    """

    def __init__(self, newcomers: str, now: Callable[[], float] = time.time) -> None:
        self._newcomers = newcomers
        self._now = now
        self._servers: dict[str, FeishuServer] = {}
        self._stranger = FeishuServer(app=App(app_id=""), now=now)
        self._placed: dict[str, str] = {}

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Answer *request*; see `HttpClient.send`."""
        if request.url.endswith("/tenant_access_token/internal"):
            return self._of_app(json.loads(request.body)).send(request, seconds)
        token = request.headers.get("authorization", "").partition(" ")[2]
        servers = self._servers.values()
        server = next((each for each in servers if token in each.tokens), self._stranger)
        return server.send(request, seconds)

    def wrote(self, what: dict[str, Any]) -> dict[str, Any]:
        """Take note that *user* has written *message*, so that it can be replied to."""
        self._placed[str(what["message"])] = str(what["user"])
        return {}

    def received(self) -> list[tuple[str, str]]:
        """Return what chats and people have received; see `people.Platform.received`."""
        all_chats = [server.chats for server in self._servers.values()]
        return [(sent.to, chats.text_of(sent)) for chats in all_chats for sent in chats.sent]

    def _of_app(self, asked: dict[str, str]) -> FeishuServer:
        app_id, secret = asked.get("app_id", ""), asked.get("app_secret", "")
        if app_id not in self._servers and app_id.startswith(self._newcomers):
            server = FeishuServer(app=App(app_id=app_id, app_secret=secret), now=self._now)
            server.chats.placed = self._placed
            self._servers[app_id] = server
        return self._servers.get(app_id, self._stranger)
