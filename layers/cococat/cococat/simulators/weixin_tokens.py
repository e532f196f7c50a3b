"""
Access tokens of WeCom (企业微信), as its API gives them out.

A repeated question inside a token's life brings the same token; the platform may end one early.
Source: WeCom developer documentation, "Get access_token" (91039).
"""

import secrets
from collections.abc import Callable

from cococat.simulators.weixin import App
from cococat.simulators.weixin_answer import Json, problem

LIFE = 7200
NO_TOKEN, BAD_TOKEN, OLD_TOKEN = 41001, 40014, 42001
BAD_SECRET, BAD_CORP = 40001, 40013


class Tokens:
    """
    The tokens of a company's applications.

    Args:
        apps: the applications.
        now: the time, seconds since 1970.
        newcomers: how the ids begin of companies whose applications it takes without having met
            them; None where it knows its applications.

    """

    def __init__(
        self, apps: list[App], now: Callable[[], float], newcomers: str | None = None
    ) -> None:
        self._apps = apps
        self._now = now
        self._newcomers = newcomers
        self._given: dict[str, tuple[App, float]] = {}
        self.questions = 0

    def give(self, query: dict[str, str]) -> Json:
        """Answer the question for a token."""
        self.questions += 1
        self._welcome(query.get("corpid", ""), query.get("corpsecret", ""))
        of_corp = [app for app in self._apps if app.corp_id == query.get("corpid")]
        if not of_corp:
            return problem(BAD_CORP)
        app = next((each for each in of_corp if each.secret == query.get("corpsecret")), None)
        if app is None:
            return problem(BAD_SECRET)
        token, until = self._current(app)
        expires_in = int(until - self._now())
        return {"errcode": 0, "errmsg": "ok", "access_token": token, "expires_in": expires_in}

    def app_of(self, token: str) -> App | int:
        """Return the application that *token* is of, or the error that there is."""
        if not token:
            return NO_TOKEN
        app, until = self._given.get(token, (None, 0.0))
        if app is None:
            return BAD_TOKEN
        return app if self._now() < until else OLD_TOKEN

    def end(self) -> None:
        """End every token early, as the platform may."""
        self._given.clear()

    def _welcome(self, corp_id: str, secret: str) -> None:
        """Take an application that asks for the first time, if it is welcome as a newcomer."""
        if self._newcomers is None or not corp_id.startswith(self._newcomers):
            return
        if (corp_id, secret) not in {(app.corp_id, app.secret) for app in self._apps}:
            app = App(corp_id=corp_id, agent_id="", secret=secret, token="", encoding_aes_key="")
            self._apps.append(app)

    def _current(self, app: App) -> tuple[str, float]:
        for token, (owner, until) in self._given.items():
            if owner == app and self._now() < until:
                return token, until
        token, until = secrets.token_urlsafe(64), self._now() + LIFE
        self._given[token] = app, until
        return token, until
