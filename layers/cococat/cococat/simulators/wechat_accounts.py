"""WeChat's API for accounts that it has not met: each is taken with the secret it comes with."""

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.simulators.wechat_api import WeChatApiServer
from cococat.simulators.wechat_users import Users


class WeChatAccounts:
    """
    The API of many Official Accounts, all of which may send customer-service messages.

    Args:
        newcomers: how the AppIDs begin of the accounts that it takes; no other is known.
        now: the time, seconds since 1970.

    """

    def __init__(self, newcomers: str, now: Callable[[], float] = time.time) -> None:
        self._newcomers = newcomers
        self._now = now
        self._users = Users()
        self._servers: dict[str, WeChatApiServer] = {}
        self._stranger = self._server("", "")

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Answer *request*; see `HttpClient.send`."""
        url = urlsplit(request.url)
        query = dict(parse_qsl(url.query))
        if url.path.endswith("/stable_token"):
            server = self._of_account(json.loads(request.body))
        else:
            server = self._that_gave(query.get("access_token", ""))
        return server.send(request, seconds)

    def wrote(self, what: dict[str, Any]) -> dict[str, Any]:
        """Take note that *user* has written, and may be sent messages."""
        self._users.act(str(what["user"]), "message", self._now())
        return {}

    def received(self) -> list[tuple[str, str]]:
        """Return what was sent to followers by API; see `people.Platform.received`."""
        return [(user, text) for user, texts in self._users.seen.items() for text in texts]

    def _of_account(self, asked: dict[str, str]) -> WeChatApiServer:
        app_id = asked.get("appid", "")
        if app_id not in self._servers and app_id.startswith(self._newcomers):
            self._servers[app_id] = self._server(app_id, asked.get("secret", ""))
        return self._servers.get(app_id, self._stranger)

    def _that_gave(self, token: str) -> WeChatApiServer:
        servers = self._servers.values()
        return next((each for each in servers if each.has_given(token)), self._stranger)

    def _server(self, app_id: str, secret: str) -> WeChatApiServer:
        return WeChatApiServer(app_id=app_id, app_secret=secret, users=self._users, now=self._now)
