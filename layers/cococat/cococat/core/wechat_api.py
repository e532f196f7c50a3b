"""
The WeChat Official Account API, as far as we call it.

Source: WeChat developer documentation, "Stable access token" (POST /cgi-bin/stable_token),
"Send customer service message", "Customer service typing state", "Upload temporary media".
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from cococat.core import fields
from cococat.core.access_tokens import AccessTokens
from cococat.core.clock import Clock
from cococat.core.errors import (
    AnswerLost,
    CredentialsRefused,
    DeliveryFailed,
    MalformedMessage,
    PlatformUnreachable,
)
from cococat.core.http_client import HttpAnswer, HttpClient, HttpRequest, json_request
from cococat.core.multipart import FormFile, form
from cococat.core.platform_errors import Remedy, raise_fault
from cococat.core.token_call import call_with_token
from cococat.core.token_record import AccessToken, access_token, account_key
from cococat.core.wechat_errors import (
    CREDENTIALS,
    FAULTS,
    MEDIA_GONE,
    TOKEN_FAULTS,
)

API_BASE = "https://api.weixin.qq.com"
SECONDS = 10
"""For one call."""

_ADDRESS = re.compile(r"invalid ip (?P<address>[0-9a-fA-F.:]{3,45})")
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class WeChatTokenSource:
    """
    Asks for the stable access token of one account; see `access_tokens.TokenSource`.

    Attributes:
        app_id: the account's AppID.
        app_secret: its AppSecret.
        api_base: where the API is.
        http: makes the request.
        clock: the time.

    """

    app_id: str
    app_secret: str = field(repr=False)
    api_base: str
    http: HttpClient
    clock: Clock

    @property
    def key(self) -> str:
        """Return the key of the account's token."""
        return account_key(self.api_base, self.app_id, self.app_secret)

    def fetch(self, seconds: float) -> AccessToken:
        """Return the token that WeChat holds to; see `TokenSource.fetch`."""
        question = {
            "grant_type": "client_credential",
            "appid": self.app_id,
            "secret": self.app_secret,
            "force_refresh": False,
        }
        body = json.dumps(question).encode("ascii")
        request = json_request(f"{self.api_base}/cgi-bin/stable_token", body)
        source = _read(self.http.send(request, seconds))
        code = _code(source)
        if code in TOKEN_FAULTS:
            message = f"{TOKEN_FAULTS[code].advice}{_address(source)} (errcode {code})."
            raise CredentialsRefused(f"wechat_{code}", message, are_wrong=code in CREDENTIALS)
        if code:
            raise PlatformUnreachable(f"WeChat answers with errcode {code}")
        try:
            value, lasts = fields.text(source, "access_token"), fields.integer(source, "expires_in")
        except MalformedMessage as error:
            raise PlatformUnreachable("WeChat's answer can't be read") from error
        return access_token(value, lasts, self.clock.now())


class WeChatApi:
    """
    The API, called for one account.

    Args:
        source: asks for its access tokens.
        tokens: keeps them.

    """

    def __init__(self, source: WeChatTokenSource, tokens: AccessTokens) -> None:
        self._source = source
        self._tokens = tokens

    def check(self) -> None:
        """
        Get a token.

        Raises:
            CredentialsRefused: WeChat does not give one.
            PlatformUnreachable: it could not be asked.

        """
        self._tokens.get(self._source.key, self._source)

    def post(self, path: str, values: Mapping[str, Any]) -> None:
        """
        Post *values* to *path*.

        Raises:
            DeliveryError: it was refused; `code` is the reason in `wechat_errors`.
            PlatformUnreachable: it could not be asked, or may have been.

        """
        # Raw: WeChat shows \\uXXXX as it is, or refuses it (40033).
        body = json.dumps(values, ensure_ascii=False).encode("utf-8")
        self._call(lambda token: json_request(self._url(path, token), body))

    def upload(self, kind: str, file: FormFile) -> str:
        """
        Upload *file*, its field `media`, and return its media id; it is good for three days.

        Args:
            kind: image or voice.
            file: the file.

        Raises:
            DeliveryError: it was refused; see `post`.
            PlatformUnreachable: it could not be asked, or may have been.

        """
        body, content_type = form({}, file)

        def request(token: str) -> HttpRequest:
            url = f"{self._url('media/upload', token)}&type={kind}"
            headers = {"content-type": content_type}
            return HttpRequest(method="POST", url=url, headers=headers, body=body)

        try:
            return fields.text(self._call(request), "media_id")
        except MalformedMessage as error:
            raise AnswerLost("WeChat's answer can't be read") from error

    def media(self, media_id: str, most: int) -> HttpAnswer:
        """
        Return the file that WeChat calls *media_id*, *most* bytes of it at most.

        Raises:
            DeliveryError: it was refused; see `post`.
            PlatformUnreachable: it could not be asked.

        """
        named = quote(media_id, safe="")

        def fetch(token: str) -> HttpAnswer:
            answer = self._get(f"{self._url('media/get', token)}&media_id={named}", most)
            is_json = "json" in answer.headers.get("content-type", "") or answer.body[:1] == b"{"
            return self._video(_read(answer), most) if is_json else answer

        return call_with_token(self._tokens, self._source.key, self._source, fetch)

    def _video(self, said: dict[str, Any], most: int) -> HttpAnswer:
        """Return the video of which *said* names the place, unless it is an error."""
        self._check(said)
        url = str(said.get("video_url", "")).replace("http://", "https://", 1)
        if not url.startswith("https://"):
            raise AnswerLost("WeChat's answer can't be read")
        return self._get(url, most)

    def _get(self, url: str, most: int) -> HttpAnswer:
        """Return what *url* holds; any status but 200 is no file."""
        request = HttpRequest(method="GET", url=url, max_answer=most)
        answer = self._source.http.send(request, SECONDS)
        if answer.status in _GONE:
            raise DeliveryFailed(MEDIA_GONE)
        return _good(answer)

    def _call(self, request: Callable[[str], HttpRequest]) -> dict[str, Any]:
        def call(token: str) -> dict[str, Any]:
            answer = _read(self._source.http.send(request(token), SECONDS))
            self._check(answer)
            return answer

        return call_with_token(self._tokens, self._source.key, self._source, call)

    def _check(self, answer: dict[str, Any]) -> None:
        """Raise what the error in *answer* means, if it is one."""
        code = _code(answer)
        if code == 0:
            return
        fault = FAULTS.get(code)
        if fault is None:
            raise DeliveryFailed(f"wechat_{code}".replace("-", "_"))
        detail = f"{_address(answer)} (errcode {code})." if fault.remedy is Remedy.OPERATOR else ""
        raise_fault(fault, detail=detail)

    def _url(self, path: str, token: str) -> str:
        return f"{self._source.api_base}/cgi-bin/{path}?access_token={token}"


def _good(answer: HttpAnswer) -> HttpAnswer:
    if answer.status != HTTPStatus.OK:
        message = f"WeChat answers with HTTP {answer.status}"
        raise AnswerLost(message)
    return answer


def _read(answer: HttpAnswer) -> dict[str, Any]:
    try:
        return fields.parse_object(_good(answer).body)
    except MalformedMessage as error:
        raise AnswerLost("WeChat's answer can't be read") from error


def _code(source: dict[str, Any]) -> int:
    try:
        return fields.integer(source, "errcode", 0)
    except MalformedMessage as error:
        raise AnswerLost("WeChat's answer can't be read") from error


def _address(source: dict[str, Any]) -> str:
    """Return which address of ours WeChat refuses, where it says so."""
    match = _ADDRESS.search(str(source.get("errmsg", "")))
    return f": {match['address']}" if match else ""
