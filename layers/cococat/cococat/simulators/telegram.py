"""
Telegram's Bot API, simulated: updates by long polling, messages of bots, files, limits, errors.

`SimulatedTelegram` is an `HttpClient`, so that a poller talks to it in the same process and in
virtual time; `api_server` puts it behind a port, for other processes and other libraries.
Source: Telegram Bot API; tdlib/telegram-bot-api.
"""

import json
import re
import secrets
from collections import deque
from collections.abc import Callable
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.simulators import telegram_sends
from cococat.simulators.telegram_bot import ApiRefusal, Clock, Sent, SimulatedBot, Update

MAX_DOWNLOAD = 20 * 1024 * 1024

_PATH = re.compile(r"/(file/)?bot([^/]+)/(.+)")
_GROUP = 0
"""Ids of groups are below this, those of people above it."""


class SimulatedTelegram:
    """
    Telegram.

    Args:
        clock: its time.
        newcomers: how the tokens begin that it takes for those of bots it has not met; None where
            it knows its bots.

    Attributes:
        bots: by token.
        is_strict: whether it limits how often is sent.
        broken: how many of the next requests are answered by a gateway, with HTML.

    """

    def __init__(self, clock: Clock, *, newcomers: str | None = None) -> None:
        self._clock = clock
        self._newcomers = newcomers
        self.bots: dict[str, SimulatedBot] = {}
        self.is_strict = True
        self.broken = 0
        self._sends: dict[tuple[str, int], deque[float]] = {}

    def bot(self, token: str, **more: Any) -> SimulatedBot:  # noqa: ANN401 - as SimulatedBot
        """Return the bot with *token*, made where there is none."""
        if token not in self.bots:
            self.bots[token] = SimulatedBot(token=token, **more)
        return self.bots[token]

    def write(self, token: str, chat: int, text: str, **more: Any) -> int:  # noqa: ANN401 - JSON
        """Let a person write *text* to the bot in their *chat*; return the update's number."""
        bot = self.bots[token]
        message = self.message(bot, chat) | {"text": text} | more
        return bot.deliver({"message": message}, self._clock.now())

    def message(self, bot: SimulatedBot, chat: int) -> dict[str, Any]:
        """Return a message in *chat* that says nothing yet."""
        is_group = chat < _GROUP
        person = {"id": 42 if is_group else chat, "is_bot": False, "first_name": "Ann"}
        place = (
            {"id": chat, "type": "supergroup", "title": "Group"}
            if is_group
            else {"id": chat, "type": "private", "first_name": "Ann"}
        )
        return {
            "message_id": bot.new_message_id(chat),
            "date": int(self._clock.now()),
            "chat": place,
            "from": person,
        }

    def heard(self, token: str, chat: int) -> list[str]:
        """Return what is to be read in *chat* of the bot's messages."""
        return [sent.text for sent in self.bots[token].sent if sent.chat == chat]

    def wrote(self, what: dict[str, Any]) -> dict[str, Any]:
        """Let a person write *text* to the bot with *token* in their *chat*."""
        bot, chat = self.bot(str(what["token"])), int(what["chat"])
        self.write(bot.token, chat, str(what["text"]))
        return {"message_id": bot.last_message_id(chat)}

    def received(self) -> list[tuple[str, str]]:
        """Return what is to be read in chats; see `people.Platform.received`."""
        bots = list(self.bots.values())
        return [(str(sent.chat), sent.text) for bot in bots for sent in list(bot.sent)]

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:  # noqa: ARG002 - as HttpClient
        """Answer *request*; see `HttpClient.send`."""
        if self.broken > 0:
            self.broken -= 1
            return HttpAnswer(status=502, body=b"<html><h1>502 Bad Gateway</h1></html>")
        parts = urlsplit(request.url)
        match = _PATH.fullmatch(unquote(parts.path))
        bot = self._find(match[2]) if match else None
        if match is None or bot is None:
            refusal = _unknown_token(match[2] if match else "")
            return _json(refusal.code, _error(refusal))
        if match[1]:
            content = bot.files.get(match[3])
            return HttpAnswer(status=404 if content is None else 200, body=content or b"")
        return self._call(bot, match[3].lower(), _parameters(request, parts.query))

    def _find(self, token: str) -> SimulatedBot | None:
        """Return the bot with *token*, made where it is welcome as a newcomer."""
        if self._newcomers is not None and token.startswith(self._newcomers):
            return self.bot(token)
        return self.bots.get(token)

    def _call(self, bot: SimulatedBot, method: str, values: dict[str, Any]) -> HttpAnswer:
        bot.calls.append(method)
        try:
            scripted = bot.refusals.get(method)
            refusal = scripted.pop(0) if scripted else None
            if refusal is not None:
                raise refusal
            do = _METHODS.get(method, _unknown_method)
            return _json(200, {"ok": True, "result": do(self, bot, values)})
        except ApiRefusal as refusal:
            return _json(refusal.code, _error(refusal))

    def get_updates(self, bot: SimulatedBot, values: dict[str, Any]) -> list[Update]:
        """Poll."""
        return bot.poll(values, self._clock)

    def sent(self, bot: SimulatedBot, do: Callable[[], Sent], chat: object) -> dict[str, Any]:
        """Send by *do*, unless too much is sent, and return the message."""
        self._limit(bot, str(chat))
        sent = do()
        return {
            "message_id": sent.message_id,
            "date": int(self._clock.now()),
            "chat": {"id": sent.chat, "type": "supergroup" if sent.chat < _GROUP else "private"},
            "from": bot.user(),
            "text": sent.text,
        }

    def _limit(self, bot: SimulatedBot, chat: str) -> None:
        if not self.is_strict:
            return
        group = int(chat) if chat.startswith("-") else 0
        rates = [(0, telegram_sends.PER_SECOND, 1.0)]
        rates += [(group, telegram_sends.PER_GROUP_MINUTE, 60.0)] if group else []
        now = self._clock.now()
        for key, most, window in rates:
            times = self._sends.setdefault((bot.token, key), deque())
            while times and times[0] <= now - window:
                times.popleft()
            if len(times) >= most:
                wait = int(times[0] + window - now) + 1
                raise ApiRefusal(
                    429, f"Too Many Requests: retry after {wait}", {"retry_after": wait}
                )
        for key, _, _ in rates:
            self._sends[bot.token, key].append(now)


def _message(telegram: SimulatedTelegram, bot: SimulatedBot, values: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    send = lambda: telegram_sends.send_message(bot, values)  # noqa: E731 - one line is enough
    return telegram.sent(bot, send, values.get("chat_id"))


def _file_sender(kind: str) -> Callable[..., Any]:
    def send_file(telegram: SimulatedTelegram, bot: SimulatedBot, values: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        content = values.get(kind)
        content = content if isinstance(content, bytes) else None
        send = lambda: telegram_sends.send_file(bot, values, kind, content)  # noqa: E731
        return telegram.sent(bot, send, values.get("chat_id"))

    return send_file


def _edit(telegram: SimulatedTelegram, bot: SimulatedBot, values: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    edit = lambda: telegram_sends.edit_message(bot, values)  # noqa: E731
    return telegram.sent(bot, edit, values.get("chat_id"))


def _get_file(_: SimulatedTelegram, bot: SimulatedBot, values: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    name = str(values.get("file_id"))
    if name not in bot.files:
        raise ApiRefusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
    if len(bot.files[name]) > MAX_DOWNLOAD:
        raise ApiRefusal(400, "Bad Request: file is too big")
    return {"file_id": name, "file_unique_id": name, "file_path": name}


def _set_webhook(_: SimulatedTelegram, bot: SimulatedBot, values: dict[str, Any]) -> bool:
    bot.webhook = str(values.get("url", ""))
    return True


def _delete_webhook(_: SimulatedTelegram, bot: SimulatedBot, values: dict[str, Any]) -> bool:
    bot.webhook = ""
    if str(values.get("drop_pending_updates", "")).lower() == "true":
        bot.waiting.clear()
    return True


def _unknown_method(*_: object) -> Any:  # noqa: ANN401 - as the other methods
    raise ApiRefusal(404, "Not Found: method not found")


_METHODS: dict[str, Callable[[SimulatedTelegram, SimulatedBot, dict[str, Any]], Any]] = {
    "getme": lambda _, bot, __: bot.user(),
    "getupdates": SimulatedTelegram.get_updates,
    "sendmessage": _message,
    "sendphoto": _file_sender("photo"),
    "senddocument": _file_sender("document"),
    "editmessagetext": _edit,
    "sendchataction": lambda *_: True,
    "answercallbackquery": lambda *_: True,
    "setmycommands": lambda *_: True,
    "getfile": _get_file,
    "setwebhook": _set_webhook,
    "deletewebhook": _delete_webhook,
    "getwebhookinfo": lambda _, bot, __: {"url": bot.webhook, "pending_update_count": 0},
}
"""Method in lower case -> what does it."""


def new_token() -> str:
    """Return a token such as BotFather gives out."""
    return f"{secrets.randbelow(9 * 10**8) + 10**8}:{secrets.token_urlsafe(27)[:35]}"


def _parameters(request: HttpRequest, query: str) -> dict[str, Any]:
    """Return a call's parameters: from the query, a form, JSON, or parts with files."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    content_type = headers.get("content-type", "")
    values: dict[str, Any] = dict(parse_qsl(query))
    if content_type.startswith("application/json"):
        body: dict[str, Any] = json.loads(request.body or b"{}")
        return values | body
    if content_type.startswith("multipart/form-data"):
        head = f"content-type: {content_type}\r\n\r\n".encode()
        for part in BytesParser(policy=HTTP).parsebytes(head + request.body).iter_parts():
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            is_file = part.get_filename() is not None
            values[str(name)] = content if is_file else bytes(content).decode("utf-8")
        return values
    return values | dict(parse_qsl(request.body.decode("utf-8")))


def _unknown_token(token: str) -> ApiRefusal:
    if re.fullmatch(r"[1-9][0-9]{5,15}:[A-Za-z0-9_-]{30,64}", token):
        return ApiRefusal(401, "Unauthorized")
    return ApiRefusal(404, "Not Found")


def _error(refusal: ApiRefusal) -> dict[str, Any]:
    body = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    return body | ({"parameters": refusal.parameters} if refusal.parameters else {})


def _json(status: int, body: dict[str, Any]) -> HttpAnswer:
    headers = {"content-type": "application/json"}
    if "parameters" in body and "retry_after" in body["parameters"]:
        headers["retry-after"] = str(body["parameters"]["retry_after"])
    return HttpAnswer(status=status, headers=headers, body=json.dumps(body).encode("utf-8"))
