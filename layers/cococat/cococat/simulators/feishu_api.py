"""
Feishu's API with one app, as our outbox meets it.

It answers in the same process (as an `HttpClient`), or behind a server of a test's own.
Source: Feishu Open Platform, "Get tenant_access_token", "Generic error codes", "Rate limits",
"Upload image", "Upload file", "Get resource files of a message", "Get the content of a message",
"Get bot information".
"""

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from cococat.core.errors import AnswerLost, NotSent
from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.simulators.feishu import App
from cococat.simulators.feishu_chats import Chats
from cococat.simulators.feishu_forwards import answered
from cococat.simulators.feishu_refusal import Refused

Json = dict[str, Any]

LIFE = 7200
RENEWED_BELOW = 1800
"""Seconds of life that a token must have left to be given out again."""
PER_SECOND, PER_MINUTE = 50, 1000
CARD = 230099
NOT_SENT, LOST, BROKEN, HTML = "not sent", "lost", "broken", "html"
"""Failures of the network and of the gateway, beside the codes of the API itself."""


@dataclass(slots=True, kw_only=True)
class FeishuServer:
    """
    The API's side of one app.

    Attributes:
        app: the app.
        now: the time, seconds since 1970.
        chats: what was sent.
        fails: what goes wrong with the next calls but those for tokens, in order: an error code,
            one with the HTTP status that it comes with, or one of the failures above; 0 for
            nothing.
        calls: method and path of each call.
        tokens: each token that was given out, and when it ends.
        uploads: the files that were uploaded, by their keys.
        reset: seconds after which a limit ends, as its header says.
        resources: the files in users' messages: (message, key) -> content type and bytes.
        forwards: message -> it and what was forwarded in it, as `feishu_forwards.item` makes them.

    """

    app: App
    now: Callable[[], float]
    chats: Chats = field(init=False)
    fails: list[int | tuple[int, int] | str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    tokens: dict[str, float] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)
    reset: str = "3"
    resources: dict[tuple[str, str], tuple[str, bytes]] = field(default_factory=dict)
    forwards: dict[str, list[Json]] = field(default_factory=dict)
    _times: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with no message."""
        self.chats = Chats(now=self.now)

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:  # noqa: ARG002 - the port's
        """Answer *request*; see `cococat.core.http_client.HttpClient`."""
        url = urlsplit(request.url)
        path = url.path.removeprefix("/open-apis")
        self.calls.append(f"{request.method} {path}")
        try:
            if path == "/auth/v3/tenant_access_token/internal":
                return _json(200, self._token(request))
            failure = self.fails.pop(0) if self.fails else 0
            self._fail_before(failure)
            answer = self._answer(request, path, parse_qs(url.query))
        except Refused as refused:
            return self._refusal(refused)
        if failure == LOST:
            raise AnswerLost(LOST)
        return answer

    def revoke(self) -> None:
        """Let no token that was given out be good any more."""
        self.tokens = dict.fromkeys(self.tokens, 0.0)

    def _fail_before(self, failure: int | tuple[int, int] | str) -> None:
        if failure == NOT_SENT:
            raise NotSent(NOT_SENT)
        if failure == BROKEN:
            raise Refused(2200, 500)
        if failure == HTML:
            raise Refused(0, 502)
        if isinstance(failure, tuple):
            raise Refused(*failure)
        if isinstance(failure, int) and failure:
            raise Refused(failure, 429 if failure == 99991400 else 400)  # noqa: PLR2004

    def _token(self, request: HttpRequest) -> Json:
        asked = json.loads(request.body)
        if (asked.get("app_id"), asked.get("app_secret")) != (self.app.app_id, self.app.app_secret):
            raise Refused(10014)
        now = self.now()
        good = [token for token, ends in self.tokens.items() if ends - now >= RENEWED_BELOW]
        token = good[-1] if good else f"t-{secrets.token_hex(16)}"
        self.tokens.setdefault(token, now + LIFE)
        left = int(self.tokens[token] - now)
        return {"code": 0, "msg": "ok", "tenant_access_token": token, "expire": left}

    def _answer(self, request: HttpRequest, path: str, query: dict[str, list[str]]) -> HttpAnswer:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or self.now() >= self.tokens.get(token, 0):
            raise Refused(99991663)
        self._check_rate()
        for method, pattern, action in _ROUTES:
            match = re.fullmatch(pattern, path)
            if match and method == request.method:
                names = {name: unquote(value) for name, value in match.groupdict().items()}
                values = {name: each[0] for name, each in query.items()}
                return action(self, request, names | values)
        raise Refused(404, 404)

    def _check_rate(self) -> None:
        now = self.now()
        self._times = [at for at in self._times if now - at < 60]  # noqa: PLR2004 - a minute
        in_second = sum(now - at < 1 for at in self._times)
        if in_second >= PER_SECOND or len(self._times) >= PER_MINUTE:
            raise Refused(99991400, 429)
        self._times.append(now)

    def _refusal(self, refused: Refused) -> HttpAnswer:
        if not refused.code:
            headers = {"content-type": "text/html"}
            return HttpAnswer(status=refused.status, headers=headers, body=b"<html>Bad Gateway")
        # An error of a card names, in its text alone, what is wrong with it.
        more = ", ext=ErrCode: 11310; ErrMsg: too many tables;" if refused.code == CARD else ""
        answer = _json(refused.status, {"code": refused.code, "msg": f"refused{more}"})
        extra = {"x-tt-logid": "20261124LOGID"}
        if refused.status == 429:  # noqa: PLR2004
            extra["x-ogw-ratelimit-reset"] = self.reset
        return HttpAnswer(status=answer.status, headers=answer.headers | extra, body=answer.body)

    def _bot(self, _request: HttpRequest, _names: dict[str, str]) -> HttpAnswer:
        bot = {"open_id": self.app.bot, "app_name": "CocoCat", "activate_status": 2}
        return _json(200, {"code": 0, "msg": "ok", "bot": bot})

    def _send(self, request: HttpRequest, names: dict[str, str]) -> HttpAnswer:
        body = json.loads(request.body)
        if names.get("receive_id_type") not in ("chat_id", "open_id"):
            raise Refused(99992402)
        return _data(message_id=self.chats.send(body["receive_id"], body, len(request.body)).id)

    def _reply(self, request: HttpRequest, names: dict[str, str]) -> HttpAnswer:
        chat = self.chats.placed.get(names["message"], "")
        body = json.loads(request.body)
        sent = self.chats.send(chat, body, len(request.body), answers=names["message"])
        return _data(message_id=sent.id)

    def _patch(self, request: HttpRequest, names: dict[str, str]) -> HttpAnswer:
        self.chats.replace_card(names["message"], json.loads(request.body), len(request.body))
        return _data()

    def _image(self, request: HttpRequest, _names: dict[str, str]) -> HttpAnswer:
        return _data(image_key=self._keep("img_", request))

    def _file(self, request: HttpRequest, _names: dict[str, str]) -> HttpAnswer:
        return _data(file_key=self._keep("file_", request))

    def _keep(self, prefix: str, request: HttpRequest) -> str:
        if not request.headers["content-type"].startswith("multipart/form-data"):
            raise Refused(234001)
        key = f"{prefix}{len(self.uploads)}"
        self.uploads[key] = request.body
        return key

    def _resource(self, _request: HttpRequest, names: dict[str, str]) -> HttpAnswer:
        found = self.resources.get((names["message"], names["key"]))
        if found is None or names["type"] not in ("image", "file"):
            raise Refused(234003)
        content_type, content = found
        named = f'attachment; filename="{names["key"]}"'
        headers = {"content-type": content_type, "content-disposition": named}
        return HttpAnswer(status=200, headers=headers, body=content)

    def _items(self, _request: HttpRequest, names: dict[str, str]) -> HttpAnswer:
        found = self.forwards.get(names["message"])
        if found is None:
            raise Refused(230110)
        items = answered(found, with_names=names.get("with_sender_name") == "true")
        return _json(200, {"code": 0, "msg": "success", "data": {"items": items}})

    def _card(self, request: HttpRequest, _names: dict[str, str]) -> HttpAnswer:
        return _data(card_id=self.chats.kit.make(json.loads(request.body)))

    def _grow(self, request: HttpRequest, names: dict[str, str]) -> HttpAnswer:
        self.chats.kit.grow(names["card"], names["element"], json.loads(request.body))
        return _data()

    def _settle(self, request: HttpRequest, names: dict[str, str]) -> HttpAnswer:
        self.chats.kit.settle(names["card"], json.loads(request.body))
        return _data()

    def _rewrite(self, request: HttpRequest, names: dict[str, str]) -> HttpAnswer:
        self.chats.kit.rewrite(names["card"], json.loads(request.body))
        return _data()


_MESSAGE = "/im/v1/messages/(?P<message>[^/]+)"
_ENTITY = "/cardkit/v1/cards/(?P<card>[^/]+)"
_ROUTES: tuple[
    tuple[str, str, Callable[[FeishuServer, HttpRequest, dict[str, str]], HttpAnswer]], ...
] = (
    ("GET", "/bot/v3/info", FeishuServer._bot),  # noqa: SLF001 - the class's own table
    ("POST", "/im/v1/messages", FeishuServer._send),  # noqa: SLF001
    ("POST", f"{_MESSAGE}/reply", FeishuServer._reply),  # noqa: SLF001
    ("GET", _MESSAGE, FeishuServer._items),  # noqa: SLF001
    ("PATCH", _MESSAGE, FeishuServer._patch),  # noqa: SLF001
    ("POST", "/im/v1/images", FeishuServer._image),  # noqa: SLF001
    ("POST", "/im/v1/files", FeishuServer._file),  # noqa: SLF001
    ("GET", f"{_MESSAGE}/resources/(?P<key>[^/]+)", FeishuServer._resource),  # noqa: SLF001
    ("POST", "/cardkit/v1/cards", FeishuServer._card),  # noqa: SLF001
    ("PUT", f"{_ENTITY}/elements/(?P<element>[^/]+)/content", FeishuServer._grow),  # noqa: SLF001
    ("PATCH", f"{_ENTITY}/settings", FeishuServer._settle),  # noqa: SLF001
    ("PUT", _ENTITY, FeishuServer._rewrite),  # noqa: SLF001
)


def _json(status: int, value: Json) -> HttpAnswer:
    headers = {"content-type": "application/json; charset=utf-8"}
    return HttpAnswer(status=status, headers=headers, body=json.dumps(value).encode("ascii"))


def _data(**values: str) -> HttpAnswer:
    return _json(200, {"code": 0, "msg": "success", "data": values})
