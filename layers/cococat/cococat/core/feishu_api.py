"""
The Feishu API, as far as we call it: access tokens, and requests that need one.

Source: Feishu Open Platform, "Get tenant_access_token" (internal apps), "Generic error codes",
"Rate limits".
"""

import json
import logging
import re
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import quote, urlencode

from cococat.core import feishu_errors, fields
from cococat.core.access_tokens import AccessTokens
from cococat.core.clock import Clock
from cococat.core.errors import (
    CredentialsRefused,
    DeliveryError,
    DeliveryUnknown,
    MalformedMessage,
    OperatorNeeded,
    PlatformUnreachable,
    TokenRefused,
)
from cococat.core.feishu_account import Account
from cococat.core.http_client import (
    MAX_ANSWER,
    HttpAnswer,
    HttpClient,
    HttpRequest,
    json_request,
)
from cococat.core.platform_errors import Fault, Remedy, raise_fault
from cococat.core.token_call import call_with_token
from cococat.core.token_record import AccessToken, access_token

SECONDS = 10
"""Seconds that one request may take."""
LONGEST_WAIT = 3600
"""Seconds that Feishu can make us wait for its rates; it names 0 where less than one is left."""
SERVER_ERROR, TOO_MANY = 500, 429
REFUSED_TOKEN = frozenset(
    code for code, fault in feishu_errors.FAULTS.items() if fault.remedy is Remedy.REFRESH_TOKEN
)

_SECONDS = re.compile(r"[0-9]{1,5}", re.ASCII)
_LOG_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)

log = logging.getLogger(__name__)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeishuTokenSource:
    """
    Asks for the tenant access token of one app; see `access_tokens.TokenSource`.

    Attributes:
        account: the app.
        http: makes the request.
        clock: the time.

    """

    account: Account
    http: HttpClient
    clock: Clock

    def fetch(self, seconds: float) -> AccessToken:
        """Return the token that Feishu holds to; see `TokenSource.fetch`."""
        account = self.account
        body = json.dumps({"app_id": account.app_id, "app_secret": account.app_secret})
        url = f"{account.api_base}/open-apis/auth/v3/tenant_access_token/internal"
        answer = self.http.send(json_request(url, body.encode("ascii")), seconds)
        try:
            return self._read(fields.parse_object(answer.body))
        except MalformedMessage as error:
            raise PlatformUnreachable("Feishu's answer can't be read") from error

    def _read(self, source: Json) -> AccessToken:
        code = fields.integer(source, "code")
        fault = feishu_errors.FAULTS.get(code)
        if fault is not None and fault.remedy is Remedy.OPERATOR:
            raise CredentialsRefused(f"feishu_{code}", f"{fault.advice} (code {code})")
        if code:
            raise PlatformUnreachable(f"Feishu answers with code {code}")
        token, expires_in = (
            fields.text(source, "tenant_access_token"),
            fields.integer(source, "expire"),
        )
        return access_token(token, expires_in, self.clock.now())


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """
    One request to the API.

    Attributes:
        method: GET, POST …
        path: below `/open-apis`.
        query: its values by their names.
        body: sent as JSON; None for none.
        raw: bytes and their content type, for what is no JSON.

    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Json | None = field(default=None, repr=False)
    raw: tuple[bytes, str] | None = field(default=None, repr=False)


class FeishuApi:
    """
    The API with one app's token.

    Args:
        account: the app.
        http: makes the requests.
        tokens: the access tokens of all apps.
        clock: the time.

    """

    def __init__(
        self, account: Account, http: HttpClient, tokens: AccessTokens, clock: Clock
    ) -> None:
        self._account = account
        self._http = http
        self._tokens = tokens
        self._source = FeishuTokenSource(account=account, http=http, clock=clock)

    def check(self) -> None:
        """
        Ask for a token.

        Raises:
            CredentialsRefused: Feishu does not take the app's credentials.
            PlatformUnreachable: it could not be asked.

        """
        self._tokens.get(self._account.token_key, self._source)

    def bot(self) -> str:
        """
        Return the open_id of the app's bot.

        Raises:
            CredentialsRefused: the app has no bot, or may not be used.
            PlatformUnreachable: Feishu could not be asked, or says nothing of it.

        """
        try:
            source = self.call(Call(method="GET", path="/bot/v3/info"))
            return fields.text(fields.mapping(source, "bot"), "open_id")
        except OperatorNeeded as error:
            raise CredentialsRefused(error.code, error.message) from None
        except (DeliveryError, MalformedMessage) as error:
            raise PlatformUnreachable("Feishu does not say who the bot is") from error

    def call(self, call: Call, max_answer: int = MAX_ANSWER) -> Json:
        """
        Return what Feishu answers to *call*, the whole of it.

        Raises:
            DeliveryError: it refuses, or may not have heard.
            PlatformUnreachable: it could not be asked, or its answer got lost.

        """
        answer = self.fetch(call, max_answer)
        try:
            source = fields.parse_object(answer.body)
            code = fields.integer(source, "code")
        except MalformedMessage:
            # A gateway's own page: what is behind it may have heard, or not.
            raise DeliveryUnknown("platform_failed") from None
        if code:
            refuse(code, answer)
        return source

    def fetch(self, call: Call, max_answer: int = MAX_ANSWER) -> HttpAnswer:
        """
        Return the answer to *call*; a token that Feishu refuses is renewed once.

        Raises:
            DeliveryError: there is no token.
            PlatformUnreachable: it could not be asked, or its answer got lost.

        """

        def once(token: str) -> HttpAnswer:
            answer = self._http.send(self._request(call, token, max_answer), SECONDS)
            if code_of(answer) in REFUSED_TOKEN:
                raise TokenRefused("token_refused")
            return answer

        return call_with_token(self._tokens, self._account.token_key, self._source, once)

    def _request(self, call: Call, token: str, max_answer: int) -> HttpRequest:
        query = f"?{urlencode(call.query)}" if call.query else ""
        body, content_type = call.raw or (b"", "application/json; charset=utf-8")
        if call.body is not None:
            body = json.dumps(call.body, ensure_ascii=False).encode("utf-8")
        headers = {"authorization": f"Bearer {token}"}
        return HttpRequest(
            method=call.method,
            url=f"{self._account.api_base}/open-apis{call.path}{query}",
            headers=headers | ({"content-type": content_type} if body else {}),
            body=body,
            max_answer=max_answer,
        )


def segment(text: str) -> str:
    """Return *text*, which came from outside, as one segment of a path."""
    return quote(text, safe="")


def code_of(answer: HttpAnswer) -> int:
    """
    Return the error code of an answer, 0 where it has none.

    What is named as a file is one, whatever a user has written into it.
    """
    if "content-disposition" in answer.headers:
        return 0
    if not answer.headers.get("content-type", "application/json").startswith("application/json"):
        return 0
    try:
        return fields.integer(fields.parse_object(answer.body), "code", 0)
    except MalformedMessage:
        return 0


def refuse(code: int, answer: HttpAnswer) -> NoReturn:
    """
    Raise what *answer*, which has the error *code*, means.

    Raises:
        DeliveryError: always.

    """
    inner, log_id = feishu_errors.inner_code(answer.body), answer.headers.get("x-tt-logid")
    facts = {"code": code, "inner_code": inner, "log_id": _plain(log_id)}
    log.warning("feishu refuses", extra=facts)
    fault = feishu_errors.FAULTS.get(code)
    if fault is None and answer.status >= SERVER_ERROR:
        fault = Fault(Remedy.RETRY, "platform_failed")
    if fault is None and answer.status == TOO_MANY:
        fault = Fault(Remedy.WAIT, "rate_limited", seconds=1)
    reset = answer.headers.get("x-ogw-ratelimit-reset", "")
    seconds = min(max(int(reset), 1), LONGEST_WAIT) if _SECONDS.fullmatch(reset) else None
    raise_fault(fault or feishu_errors.UNKNOWN, seconds=seconds)


def _plain(text: str | None) -> str:
    """Return an id for the log, if it has the form of one."""
    return text if text is not None and _LOG_ID.fullmatch(text) else ""
