"""
The Telegram Bot API, as far as we call it.

Every answer is `{"ok", "result"}` or `{"ok", "error_code", "description", "parameters"}`; what
stands in front of the API may answer with HTML. The token is part of every URL, so no URL and no
library's own error leaves this file. Source: Telegram Bot API, "Making requests".
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from cococat.core import fields
from cococat.core.errors import CredentialsRefused, MalformedMessage, PlatformUnreachable
from cococat.core.http_client import HttpAnswer, HttpClient, HttpRequest
from cococat.core.multipart import FormFile, form
from cococat.core.telegram_errors import REFUSED, is_bad_token

API_BASE = "https://api.telegram.org"
MAX_ANSWER = 5 * 1024 * 1024
"""Bytes; the server keeps an answer to getUpdates below 4 MiB (tdlib/telegram-bot-api)."""
CALL_SECONDS = 10.0

_TOKEN = re.compile(r"[1-9][0-9]{5,15}:[A-Za-z0-9_-]{30,64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiAnswer:
    """
    What the API says to one call.

    Attributes:
        is_ok: whether it did what was asked.
        result: what it returns, of any JSON type.
        code: the error's code, which is the HTTP status.
        description: what went wrong, for people; match fragments of it, in lower case.
        retry_after: seconds to wait, where it names them.
        migrate_to: the chat's new id, where the group became a supergroup.

    """

    is_ok: bool
    result: Any = None
    code: int = 0
    description: str = ""
    retry_after: int | None = None
    migrate_to: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """
    Who a bot is.

    Attributes:
        id: its user id.
        username: without the @.
        reads_groups: whether its privacy mode is off.

    """

    id: int
    username: str
    reads_groups: bool = True


class TelegramApi:
    """
    The API for one bot.

    Args:
        token: the bot's token.
        http: makes the requests.
        api_base: where the API is.

    """

    def __init__(self, token: str, http: HttpClient, api_base: str = API_BASE) -> None:
        self._token = token
        self._http = http
        self._base = api_base.rstrip("/")

    @property
    def has_good_form(self) -> bool:
        """Tell whether the token looks like one; the API answers any other with 404."""
        return _TOKEN.fullmatch(self._token) is not None

    def call(
        self,
        method: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        seconds: float = CALL_SECONDS,
        upload: FormFile | None = None,
    ) -> ApiAnswer:
        """
        Call *method* and return what the API says.

        Raises:
            NotSent: nothing was written.
            AnswerLost: it may have been done.

        """
        values = _given(parameters or {})
        if upload is None:
            body, content_type = json.dumps(values).encode("ascii"), "application/json"
        else:
            body, content_type = form(_flat(values), upload)
        request = HttpRequest(
            method="POST",
            url=self._url(method),
            headers={"content-type": content_type},
            body=body,
            max_answer=MAX_ANSWER,
        )
        return _read(self._http.send(request, seconds))

    def get_updates(self, parameters: Mapping[str, Any], *, seconds: float) -> ApiAnswer:
        """
        Poll with *parameters* and return what the API says.

        It is a GET, so that it goes out in one packet: a body would cost another.

        Raises:
            NotSent: nothing was written.
            AnswerLost: no whole answer came.

        """
        url = f"{self._url('getUpdates')}?{urlencode(_flat(_given(parameters)))}"
        return _read(
            self._http.send(HttpRequest(method="GET", url=url, max_answer=MAX_ANSWER), seconds)
        )

    def get_me(self) -> Bot:
        """
        Return who the bot is.

        Raises:
            CredentialsRefused: Telegram does not take the token.
            PlatformUnreachable: it could not be asked, or not now.

        """
        if not self.has_good_form:
            raise CredentialsRefused("telegram_token_form", REFUSED)
        answer = self.call("getMe")
        if is_bad_token(answer.code):
            raise CredentialsRefused(f"telegram_{answer.code}", REFUSED)
        if not answer.is_ok:
            raise PlatformUnreachable(f"getMe is answered with {answer.code}")
        try:
            return Bot(
                id=fields.integer(answer.result, "id"),
                username=fields.text(answer.result, "username"),
                reads_groups=fields.boolean(
                    answer.result, "can_read_all_group_messages", default=False
                ),
            )
        except (MalformedMessage, AttributeError) as error:
            raise PlatformUnreachable("the answer to getMe can't be read") from error

    def download(self, file_path: str, most: int, seconds: float = CALL_SECONDS) -> HttpAnswer:
        """
        Return the file at *file_path*, which getFile has named.

        Raises:
            NotSent: nothing was written.
            AnswerLost: no whole file came, or it is larger than *most* bytes.

        """
        url = f"{self._base}/file/bot{self._token}/{file_path}"
        return self._http.send(HttpRequest(method="GET", url=url, max_answer=most), seconds)

    def _url(self, method: str) -> str:
        return f"{self._base}/bot{self._token}/{method}"


def _read(answer: HttpAnswer) -> ApiAnswer:
    try:
        source = fields.parse_object(answer.body)
        if source.get("ok") is True:
            return ApiAnswer(is_ok=True, result=source.get("result"))
        parameters = fields.mapping(source, "parameters")
        return ApiAnswer(
            is_ok=False,
            code=fields.integer(source, "error_code", answer.status),
            description=fields.text(source, "description", ""),
            retry_after=_whole(parameters.get("retry_after", answer.headers.get("retry-after"))),
            migrate_to=_whole(parameters.get("migrate_to_chat_id")),
        )
    except MalformedMessage:
        retry_after = _whole(answer.headers.get("retry-after"))
        # A 404 that is not the API's own says nothing of the token: a gateway made it.
        code = 502 if answer.status < 500 and answer.status != 429 else answer.status  # noqa: PLR2004 - HTTP
        return ApiAnswer(is_ok=False, code=code, retry_after=retry_after)


def _whole(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value[:9])
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _given(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if value is not None}


def _flat(values: Mapping[str, Any]) -> dict[str, str]:
    """Return *values* for a form or a URL, in which nested ones are JSON."""
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in values.items()
    }
