"""
The WeChat platform's API for one Official Account: tokens, customer-service messages, uploads.

It refuses what the platform refuses, with the platform's codes, keeps its quotas, and notes what
a user sees.
Source: WeChat developer documentation, "Stable access token", "Get access token", "Send customer
service message", "Customer service typing state", "Upload temporary media", "Get temporary media",
"API call limits", "Global return codes".
"""

import json
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cococat.core.http import Request, Response
from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.simulators.wechat_calls import Refused, check_text, object_of, user_of
from cococat.simulators.wechat_users import QuotaUsed, Users, as_seen

TOKEN_LIFE = 7200
RENEWED_EARLY = 300
"""Seconds before its end from which a stable token is renewed."""
TYPING = 15
TALKING = 30
DAY = 24 * 3600
BEIJING = 8 * 3600
"""Seconds that its clocks are ahead of UTC."""
MB = 1024 * 1024
_ESCAPED = re.compile(rb"\\u[0-9a-fA-F]{4}")
_MEDIA = {
    "image": ((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8"), 10 * MB, (40137, 40009)),
    "voice": ((b"#!AMR", b"ID3"), 2 * MB, (40005, 40010)),
}
"""Kind of file -> how it begins, how large it may be, and the codes of what it is not."""


@dataclass(slots=True)
class _Token:
    value: str
    ends: float


@dataclass(slots=True, kw_only=True)
class WeChatApiServer:
    """
    The API.

    Attributes:
        app_id: the account's AppID.
        app_secret: its AppSecret.
        users: its followers, and what they see.
        now: the time, seconds since 1970.
        has_right: whether the account may send customer-service messages.
        allowed: whether the caller's address is on the account's IP allowlist.
        a_day: how many customer-service messages it may send each day.
        fails: the codes that the next calls with a token are refused with, in order; 0 for none.
        calls: the path of every call.
        pictures: those that followers have sent, by their media ids.
        tokens: how many tokens were given out.

    """

    app_id: str
    app_secret: str = field(repr=False)
    users: Users
    now: Callable[[], float] = time.time
    has_right: bool = True
    allowed: bool = True
    a_day: int = 500_000
    fails: list[int] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    tokens: int = 0
    _stable: _Token | None = None
    _classic: list[_Token] = field(default_factory=list)
    _media: dict[str, float] = field(default_factory=dict)
    _typing: dict[str, float] = field(default_factory=dict)
    _sent: dict[int, int] = field(default_factory=dict)

    def answer(self, request: Request) -> Response:
        """Answer one call, errors too with status 200."""
        self.calls.append(request.path)
        try:
            return _json(self._do(request))
        except (Refused, QuotaUsed) as refused:
            return _error(refused)

    def download(self, request: Request) -> bytes | Response:
        """Return the picture that a call asks for, or the error that it is answered with."""
        self.calls.append(request.path)
        query = dict(parse_qsl(request.query))
        try:
            self._check_token(query)
            return self.pictures[query.get("media_id", "")]
        except KeyError:
            return _error(Refused(40007, "invalid media_id"))
        except Refused as refused:
            return _error(refused)

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:  # noqa: ARG002 - the port's
        """Answer *request*; see `cococat.core.http_client.HttpClient`."""
        url = urlsplit(request.url)
        asked = Request(
            method=request.method,
            path=url.path,
            query=url.query,
            headers=request.headers,
            body=request.body,
        )
        is_file = url.path.endswith("/media/get")
        answer = self.download(asked) if is_file else self.answer(asked)
        if isinstance(answer, bytes):
            return HttpAnswer(status=200, headers={"content-type": "image/png"}, body=answer)
        body = answer.body.encode("utf-8")
        return HttpAnswer(status=answer.status, headers=answer.headers, body=body)

    def has_given(self, token: str) -> bool:
        """Tell whether *token* is one of those that were given out, and are not revoked."""
        return self._given(token) is not None

    def revoke(self) -> None:
        """Let every token be old at once, as after a change of the AppSecret."""
        self._stable, self._classic = None, []

    def _do(self, request: Request) -> dict[str, Any]:
        query = dict(parse_qsl(request.query))
        match request.path.removeprefix("/cgi-bin/"):
            case "stable_token":
                return self._stable_token(object_of(request))
            case "token":
                return self._classic_token(query)
            case "message/custom/send":
                self._check_token(query)
                return self._send(request)
            case "message/custom/typing":
                self._check_token(query)
                return self._type(object_of(request))
            case "media/upload":
                self._check_token(query)
                return self._upload(request, query)
        raise Refused(40066, "invalid url")

    def _stable_token(self, asked: dict[str, Any]) -> dict[str, Any]:
        self._check_account(asked.get("appid"), asked.get("secret"))
        if asked.get("grant_type") != "client_credential":
            raise Refused(40002, "invalid grant_type")
        now, token = self.now(), self._stable
        if asked.get("force_refresh") or token is None or token.ends - RENEWED_EARLY <= now:
            token = self._stable = self._new_token()
        return {"access_token": token.value, "expires_in": int(token.ends - now)}

    def _classic_token(self, query: dict[str, str]) -> dict[str, Any]:
        self._check_account(query.get("appid"), query.get("secret"))
        for earlier in self._classic:
            earlier.ends = min(earlier.ends, self.now() + RENEWED_EARLY)
        self._classic.append(self._new_token())
        return {"access_token": self._classic[-1].value, "expires_in": TOKEN_LIFE}

    def _new_token(self) -> _Token:
        self.tokens += 1
        return _Token(f"74_{secrets.token_urlsafe(90)}", self.now() + TOKEN_LIFE)

    def _check_account(self, app_id: object, secret: object) -> None:
        if app_id != self.app_id:
            raise Refused(40013, "invalid appid")
        if secret != self.app_secret:
            raise Refused(40125, "invalid appsecret")
        if not self.allowed:
            raise Refused(40164, "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist")

    def _check_token(self, query: dict[str, str]) -> None:
        if self.fails:
            code = self.fails.pop(0)
            if code:
                raise Refused(code, "as the test wants it")
        value = query.get("access_token", "")
        if not value:
            raise Refused(41001, "access_token missing")
        found = self._given(value)
        if found is None:
            raise Refused(40001, "invalid credential, access_token is invalid or not latest")
        if found.ends <= self.now():
            raise Refused(42001, "access_token expired")

    def _given(self, value: str) -> _Token | None:
        known = [*self._classic, *([self._stable] if self._stable else [])]
        return next((each for each in known if each.value == value), None)

    def _send(self, request: Request) -> dict[str, Any]:
        message = object_of(request)
        day = int(self.now() + BEIJING) // DAY
        self._sent[day] = self._sent.get(day, 0) + 1
        if self._sent[day] > self.a_day:
            raise Refused(45009, "reach max api daily quota limit")
        if _ESCAPED.search(request.body):
            raise Refused(40033, "invalid charset, should not have \\uxxxx")
        if not self.has_right:
            raise Refused(48001, "api unauthorized")
        user = user_of(message)
        if user not in self.users.followers:
            raise Refused(43004, "require subscribe")
        self._check(message)
        self.users.book(user, self.now())
        self._typing.pop(user, None)
        kind = message["msgtype"]
        self.users.see(user, as_seen(kind, message[kind]))
        return {"errcode": 0, "errmsg": "ok"}

    def _check(self, message: dict[str, Any]) -> None:
        """Refuse what is not of its kind's form."""
        kind = message.get("msgtype")
        held = message.get(str(kind))
        if kind not in {"text", "news", "msgmenu", *_MEDIA} or not isinstance(held, dict):
            raise Refused(40008, "invalid message type")
        if kind == "text":
            check_text(held.get("content"))
        elif kind in _MEDIA and self._media.get(held["media_id"], 0) <= self.now():
            raise Refused(40007, "invalid media_id")
        elif kind == "news" and len(held["articles"]) != 1:
            raise Refused(45008, "article size out of limit")
        elif kind == "msgmenu":
            check_text(held.get("head_content"))

    def _type(self, message: dict[str, Any]) -> dict[str, Any]:
        user, now = user_of(message), self.now()
        if not self.has_right:
            raise Refused(48001, "api unauthorized")
        if message.get("command") not in {"Typing", "CancelTyping"}:
            raise Refused(45072, "command should be Typing or CancelTyping")
        if now - self.users.last_exchange(user) > TALKING:
            raise Refused(45080, "no message from the user in 30 s")
        if message["command"] == "CancelTyping":
            self._typing.pop(user, None)
        elif self._typing.get(user, 0) > now:
            raise Refused(45081, "already typing")
        else:
            self._typing[user] = now + TYPING
        return {"errcode": 0, "errmsg": "ok"}

    def is_typing(self, user: str) -> bool:
        """Tell whether *user* sees that an answer is being written."""
        return self._typing.get(user, 0) > self.now()

    def _upload(self, request: Request, query: dict[str, str]) -> dict[str, Any]:
        kind = query.get("type", "")
        if kind not in _MEDIA:
            raise Refused(40004, "invalid media type")
        head, _, rest = request.body.partition(b"\r\n\r\n")
        content = rest.rpartition(b"\r\n--")[0]
        if b'name="media"' not in head or b"filename=" not in head or not head.isascii():
            raise Refused(41005, "media data missing")
        beginnings, largest, (wrong, too_large) = _MEDIA[kind]
        if not content.startswith(beginnings):
            raise Refused(wrong, f"invalid {kind} format")
        if len(content) > largest:
            raise Refused(too_large, f"invalid {kind} size")
        media_id = secrets.token_urlsafe(48)
        self._media[media_id] = self.now() + 3 * 24 * 3600
        return {"type": kind, "media_id": media_id, "created_at": int(self.now())}


def _json(value: dict[str, Any]) -> Response:
    body = json.dumps(value, ensure_ascii=False)
    return Response(status=200, body=body, headers={"content-type": "application/json"})


def _error(refused: Refused | QuotaUsed) -> Response:
    return _json({"errcode": refused.code, "errmsg": f"{refused} rid: 6566af8c-0b1c2d3e-4f5a6b7c"})
