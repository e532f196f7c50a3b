"""
The WeChat Official Account API, as far as we call it: the access token.

Source: WeChat developer documentation, "Stable access token" (POST /cgi-bin/stable_token), and
"Global return codes".
"""

import json
import re
from dataclasses import dataclass, field
from http import HTTPStatus

from cococat.core import fields
from cococat.core.clock import Clock
from cococat.core.errors import CredentialsRefused, MalformedMessage, PlatformUnreachable
from cococat.core.http_client import HttpClient, json_request
from cococat.core.token_record import AccessToken, access_token

API_BASE = "https://api.weixin.qq.com"

_REFUSALS = {
    40001: "WeChat refuses the AppSecret; copy it again from the account's console",
    40013: "WeChat knows no account with this AppID",
    40125: "WeChat refuses the AppSecret; copy it again from the account's console",
    40164: "WeChat refuses our address{address}; add it to the account's IP allowlist",
    40243: "the AppSecret is frozen; unfreeze it in the account's console",
    89503: "an administrator of the account has to approve our address",
}
_ADDRESS = re.compile(r"invalid ip (?P<address>[0-9a-fA-F.:]{3,45})")


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
        answer = self.http.send(request, seconds)
        if answer.status != HTTPStatus.OK:
            message = f"WeChat answers with HTTP {answer.status}"
            raise PlatformUnreachable(message)
        try:
            return self._read(answer.body)
        except MalformedMessage as error:
            raise PlatformUnreachable("WeChat's answer can't be read") from error

    def _read(self, answer: bytes) -> AccessToken:
        source = fields.parse_object(answer)
        code = fields.integer(source, "errcode", 0)
        if code in _REFUSALS:
            raise CredentialsRefused(f"wechat_{code}", _sentence(code, source))
        if code:
            raise PlatformUnreachable(f"WeChat answers with errcode {code}")
        expires_in = fields.integer(source, "expires_in")
        return access_token(fields.text(source, "access_token"), expires_in, self.clock.now())


def _sentence(code: int, source: dict[str, object]) -> str:
    match = _ADDRESS.search(str(source.get("errmsg", "")))
    address = f" {match['address']}" if match else ""
    return f"{_REFUSALS[code].format(address=address)} (errcode {code})."
