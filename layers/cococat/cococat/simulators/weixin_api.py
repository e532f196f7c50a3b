"""
WeCom's (企业微信) API, as our outbox meets it.

It is an `HttpClient`, so that it takes the place of the network. It refuses what the platform
refuses, and drops, cuts and swallows without a word what the platform does.
Source: WeCom developer documentation, "Get access_token" (91039), "Send application messages"
(90236), "Update template cards" (94888), "Upload temporary media" (90253), "Get temporary media"
(90254), "Global error codes" (90313), "Intelligent bot: active reply" (101138).
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlsplit

from cococat.core.errors import AnswerLost, NotSent
from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.simulators.weixin import App
from cococat.simulators.weixin_answer import Json, ok, problem
from cococat.simulators.weixin_cards import Cards
from cococat.simulators.weixin_media import Media
from cococat.simulators.weixin_message import MessageRefused, check, check_answer
from cococat.simulators.weixin_quota import Quota
from cococat.simulators.weixin_tokens import Tokens

DUPLICATE_SECONDS = 1800
ALL_INVALID, NO_RIGHT, BAD_PARAMETER = 81013, 301002, 40058
UNKNOWN = 40066  # no such URL

_CHECKS = ("enable_duplicate_check", "duplicate_check_interval")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """
    One message that a member or a group sees.

    Attributes:
        app: the number of the application; empty for a bot's answer.
        to: the member, in small letters; for a bot's answer the code it was sent with.
        kind: text, markdown …
        body: what is in it.

    """

    app: str
    to: str
    kind: str
    body: Json


@dataclass(slots=True, kw_only=True)
class WeComApi:
    """
    The API of one company.

    Attributes:
        apps: its applications.
        now: the time, seconds since 1970.
        newcomers: how the ids begin of companies whose applications it takes without having met
            them, whatever their numbers are; None where it knows its applications.
        invisible: members outside the applications' range, in small letters.
        unlicensed: members without a licence.
        failures: what becomes of the next calls, in order: an error code, `refused` (nothing was
            written), `lost` (it was done, but the answer did not come), or None.
        shown: all that anybody sees.
        calls: the path of every call.

    """

    apps: list[App] = field(default_factory=list)
    now: Callable[[], float]
    newcomers: str | None = None
    invisible: set[str] = field(default_factory=set)
    unlicensed: set[str] = field(default_factory=set)
    failures: list[int | str | None] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    tokens: Tokens = field(init=False)
    media: Media = field(init=False)
    cards: Cards = field(init=False)
    _quotas: dict[str, Quota] = field(init=False, default_factory=dict)
    _recent: dict[str, float] = field(init=False, default_factory=dict)
    _used: set[str] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        """Start with nothing given out."""
        self.tokens = Tokens(self.apps, self.now, self.newcomers)
        self.media = Media(self.now)
        self.cards = Cards(self.now)

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:  # noqa: ARG002 - the port's
        """Answer one call; see `HttpClient.send`."""
        parts = urlsplit(request.url)
        self.calls.append(parts.path)
        failure = self.failures.pop(0) if self.failures else None
        if failure == "refused":
            raise NotSent(failure)
        if isinstance(failure, int):
            return _answer(problem(failure))
        answer = self._route(parts.path, dict(parse_qsl(parts.query)), request)
        if failure == "lost":
            raise AnswerLost(failure)
        return answer

    def said_to(self, user: str, app: str) -> list[str]:
        """Return the texts of the application *app* that the member *user* sees."""
        mine = [each for each in self.shown if (each.to, each.app) == (user.lower(), app)]
        return [str(each.body.get("content", "")) for each in mine]

    def wrote(self, _what: Json) -> Json:
        """Take note of nothing: an application may write to its members at any time."""
        return {}

    def received(self) -> list[tuple[str, str]]:
        """Return what members and groups have received; see `people.Platform.received`."""
        return [(each.to, _as_text(each)) for each in self.shown]

    def _route(self, path: str, query: dict[str, str], request: HttpRequest) -> HttpAnswer:
        if path == "/cgi-bin/gettoken":
            return _answer(self.tokens.give(query))
        if path == "/cgi-bin/aibot/response":
            return _answer(self._respond(query.get("response_code", ""), request.body))
        app = self.tokens.app_of(query.get("access_token", ""))
        if isinstance(app, int):
            return _answer(problem(app))
        if path == "/cgi-bin/media/get":
            return self.media.get(app, query.get("media_id", ""))
        return _answer(self._post(path, query, _numbered(app, request.body), request))

    def _post(self, path: str, query: dict[str, str], app: App, request: HttpRequest) -> Json:
        match path.removeprefix("/cgi-bin/"):
            case "media/upload":
                return self.media.upload(app, query.get("type", ""), request)
            case "message/send":
                return self._message(app, request.body)
            case "message/update_template_card":
                return self.cards.update(app, request.body)
        return problem(UNKNOWN)

    def _message(self, app: App, raw: bytes) -> Json:
        try:
            message = check(raw, lambda media_id: self.media.is_known(app, media_id))
        except MessageRefused as refused:
            return problem(refused.code)
        if message["agentid"] != int(app.agent_id):
            return problem(NO_RIGHT)
        users = str(message.get("touser", "")).lower().split("|")
        lost = {name: [u for u in users if u in who] for name, who in self._lost().items()}
        reached = [user for user in users if user not in {u for us in lost.values() for u in us}]
        told = {name: "|".join(names) for name, names in lost.items() if names}
        if not reached and lost["invaliduser"] == users:
            return problem(ALL_INVALID)
        extra = self.cards.sent(app, message)
        if not self._is_repeated(app, message):
            self._show(app, reached, message)
        return ok(msgid="recall-id", **told, **extra)

    def _lost(self) -> dict[str, set[str]]:
        return {"invaliduser": self.invisible, "unlicenseduser": self.unlicensed}

    def _show(self, app: App, users: list[str], message: Json) -> None:
        quota = self._quotas.setdefault(app.agent_id, Quota())
        kind = str(message["msgtype"])
        for user in users:
            if quota.take(user, self.now()):
                self.shown.append(Shown(app=app.agent_id, to=user, kind=kind, body=message[kind]))

    def _is_repeated(self, app: App, message: Json) -> bool:
        """Tell whether the same message is to be swallowed, and remember it."""
        compared = {name: message[name] for name in message if name not in _CHECKS}
        key = json.dumps([app.agent_id, compared], sort_keys=True)
        seconds = int(message.get("duplicate_check_interval", DUPLICATE_SECONDS))
        last = self._recent.get(key, float("-inf"))
        self._recent[key] = self.now()
        return bool(message.get("enable_duplicate_check")) and self.now() - last < seconds

    def _respond(self, code: str, raw: bytes) -> Json:
        """Take the one answer that an address of a bot's message is good for."""
        try:
            body = check_answer(raw, code)
        except MessageRefused as refused:
            return problem(refused.code)
        if not code or code in self._used:
            return problem(BAD_PARAMETER)
        self._used.add(code)
        kind = str(body["msgtype"])
        self.shown.append(Shown(app="", to=code, kind=kind, body=body[kind]))
        return ok()


def _numbered(app: App, raw: bytes) -> App:
    """Return *app* with its number: a newcomer has the one that its message names."""
    if app.agent_id:
        return app
    named = re.search(rb'"agentid": ?"?([0-9]{1,16})', raw)
    return replace(app, agent_id=named[1].decode("ascii") if named else "0")


def _as_text(shown: Shown) -> str:
    """Return the words of a message, or else what is in it."""
    said = shown.body.get("content")
    return str(said) if said is not None else json.dumps(shown.body, ensure_ascii=False)


def _answer(value: Json) -> HttpAnswer:
    body = json.dumps(value, ensure_ascii=False).encode("utf-8")
    return HttpAnswer(status=200, headers={"content-type": "application/json"}, body=body)
