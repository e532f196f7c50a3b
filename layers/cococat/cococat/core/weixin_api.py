"""
WeCom's (企业微信) API, as far as an application calls it.

All answers come with HTTP 200 and are judged by `errcode`, never by the words beside it. The token
travels in the query, so no URL is ever shown.
Source: WeCom developer documentation, "Get access_token" (91039), "Send application messages"
(90236), "Upload temporary media" (90253), "Get temporary media" (90254).
"""

import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, NoReturn
from urllib.parse import urlencode

from cococat.core import fields
from cococat.core.access_tokens import AccessTokens
from cococat.core.clock import Clock
from cococat.core.errors import (
    CredentialsRefused,
    DeliveryDelayed,
    DeliveryUnknown,
    MalformedMessage,
    PlatformUnreachable,
)
from cococat.core.http_client import HttpAnswer, HttpClient, HttpRequest, json_request
from cococat.core.multipart import FormFile, form
from cococat.core.platform_errors import raise_fault
from cococat.core.token_call import call_with_token
from cococat.core.token_record import AccessToken, access_token, account_key
from cococat.core.weixin_account import api_base
from cococat.core.weixin_errors import NOT_TRUSTED, ON_TOKEN, fault_of

log = logging.getLogger(__name__)

SECONDS = 10
"""Seconds that a call may take."""

_ADDRESS = re.compile(r"from ip: ?(?P<address>[0-9a-fA-F.:]{3,45})")
_HINT = re.compile(r"hint: ?\[(?P<hint>[0-9A-Za-z_-]{1,64})\]")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeComTokenSource:
    """
    Asks for the access token of one application; see `access_tokens.TokenSource`.

    Attributes:
        corp_id: the company's id.
        agent_id: the application's number.
        secret: the application's secret.
        api_base: where the API is.
        http: makes the request.
        clock: the time.

    """

    corp_id: str
    agent_id: str
    secret: str = field(repr=False)
    api_base: str
    http: HttpClient
    clock: Clock

    @property
    def key(self) -> str:
        """Return the key of its token: each application of a company has its own."""
        return account_key(self.api_base, self.corp_id, self.agent_id, self.secret)

    def fetch(self, seconds: float) -> AccessToken:
        """Return the token that WeCom holds to; see `TokenSource.fetch`."""
        query = urlencode({"corpid": self.corp_id, "corpsecret": self.secret})
        url = f"{self.api_base}/cgi-bin/gettoken?{query}"
        answer = self.http.send(HttpRequest(method="GET", url=url), seconds)
        if answer.status != HTTPStatus.OK:
            message = f"WeCom answers with HTTP {answer.status}"
            raise PlatformUnreachable(message)
        try:
            return self._read(fields.parse_object(answer.body))
        except MalformedMessage as error:
            raise PlatformUnreachable("WeCom's answer can't be read") from error

    def _read(self, source: Json) -> AccessToken:
        code = fields.integer(source, "errcode", 0)
        if code in ON_TOKEN:
            fault = ON_TOKEN[code]
            sentence = f"{fault.advice}{_address(code, source)} (errcode {code})."
            raise CredentialsRefused(fault.reason, sentence, are_wrong=code != NOT_TRUSTED)
        if code:
            message = f"WeCom answers with errcode {code}"
            raise PlatformUnreachable(message)
        expires_in = fields.integer(source, "expires_in")
        return access_token(fields.text(source, "access_token"), expires_in, self.clock.now())


def token_source(config: Json, http: HttpClient, clock: Clock) -> WeComTokenSource:
    """Return what asks for the token of the application that *config* is for."""
    return WeComTokenSource(
        corp_id=str(config["corp_id"]),
        agent_id=str(config["agent_id"]),
        secret=str(config["secret"]),
        api_base=api_base(config),
        http=http,
        clock=clock,
    )


class WeComApi:
    """
    The API with one application's token.

    Args:
        source: asks for the token.
        tokens: the tokens that all processes share.

    """

    def __init__(self, source: WeComTokenSource, tokens: AccessTokens) -> None:
        self._source = source
        self._tokens = tokens

    def token(self) -> str:
        """Return a valid token; see `AccessTokens.get`."""
        return self._tokens.get(self._source.key, self._source)

    def post(self, path: str, body: Json) -> Json:
        """
        Call *path* with *body* and return the answer.

        Raises:
            DeliveryError: the call did not do what it should, or may not have.
            PlatformUnreachable: it could not be made, or its answer got lost.

        """
        # Raw UTF-8: escapes are shown to the member as they are, or refused (40033).
        raw = json.dumps(body, ensure_ascii=False).encode("utf-8")
        return self._call(lambda token: json_request(self._url(path, access_token=token), raw))

    def upload(self, kind: str, name: str, content: bytes, content_type: str) -> str:
        """
        Upload a file and return its media id, which is good for three days.

        Args:
            kind: image, voice, video or file.
            name: the file's name, with its ending.
            content: its bytes.
            content_type: what it is.

        Raises:
            DeliveryError: WeCom does not take it.
            PlatformUnreachable: it could not be asked.

        """
        file = FormFile(key="media", name=name, content=content, content_type=content_type)
        body, form_type = form({}, file)

        def request(token: str) -> HttpRequest:
            url = self._url("media/upload", access_token=token, type=kind)
            return HttpRequest(
                method="POST", url=url, headers={"content-type": form_type}, body=body
            )

        answer = self._call(request)
        try:
            return fields.text(answer, "media_id")
        except MalformedMessage as error:
            raise DeliveryDelayed("unreadable_answer") from error

    def download(self, media_id: str, max_answer: int) -> HttpAnswer:
        """
        Return the file *media_id* as the platform gives it.

        Raises:
            DeliveryError: WeCom does not give it.
            PlatformUnreachable: it could not be asked.

        """

        def call(token: str) -> HttpAnswer:
            url = self._url("media/get", access_token=token, media_id=media_id)
            request = HttpRequest(method="GET", url=url, max_answer=max_answer)
            answer = self._source.http.send(request, SECONDS)
            if answer.status != HTTPStatus.OK:
                message = f"WeCom answers with HTTP {answer.status}"
                raise PlatformUnreachable(message)
            if answer.headers.get("content-type", "").startswith("application/json"):
                judge(answer)
            return answer

        return call_with_token(self._tokens, self._source.key, self._source, call)

    def _call(self, make: Callable[[str], HttpRequest]) -> Json:
        def call(token: str) -> Json:
            return judge(self._source.http.send(make(token), SECONDS))

        return call_with_token(self._tokens, self._source.key, self._source, call)

    def _url(self, path: str, **query: str) -> str:
        return f"{self._source.api_base}/cgi-bin/{path}?{urlencode(query)}"


def judge(answer: HttpAnswer) -> Json:
    """
    Return what *answer* says.

    Raises:
        DeliveryError: it says that something is wrong, or nobody can tell what it says.

    """
    if answer.status != HTTPStatus.OK:
        raise DeliveryUnknown(f"http_{answer.status}")
    try:
        source = fields.parse_object(answer.body)
        code = fields.integer(source, "errcode", 0)
    except MalformedMessage as error:
        raise DeliveryUnknown("unreadable_answer") from error
    if code:
        _raise(code, source)
    return source


def _raise(code: int, source: Json) -> NoReturn:
    hint = _HINT.search(str(source.get("errmsg", "")))
    facts = {"errcode": code, "hint": hint["hint"] if hint else ""}
    log.warning("WeCom answers with an error", extra=facts)
    raise_fault(fault_of(code), detail=_address(code, source))


def _address(code: int, source: Json) -> str:
    """Return the address that WeCom does not trust, where that is the error."""
    found = _ADDRESS.search(str(source.get("errmsg", "")))
    return f": {found['address']}" if code == NOT_TRUSTED and found else ""
