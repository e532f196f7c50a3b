"""
People who write to a bot of a simulated Bot API that runs in another process.

    POST /simulator/write  {"token", "chat", "text"}  -> {"message_id"}
    POST /simulator/heard  {"token", "chat"}          -> {"texts"}
"""

import json
from typing import Any

from cococat.core.errors import PlatformUnreachable
from cococat.core.http_client import HttpAnswer, HttpClient, HttpRequest
from cococat.simulators.telegram import SimulatedTelegram

PREFIX = "/simulator/"
SECONDS = 5.0


def answer(telegram: SimulatedTelegram, path: str, body: bytes) -> HttpAnswer:
    """Do for a person what *path* says."""
    try:
        asked: dict[str, Any] = json.loads(body)
        token, chat = str(asked["token"]), int(asked["chat"])
        bot = telegram.bot(token)
        if path == f"{PREFIX}heard":
            said: dict[str, Any] = {"texts": telegram.heard(token, chat)}
        elif path == f"{PREFIX}write":
            telegram.write(token, chat, str(asked["text"]))
            said = {"message_id": bot.last_message_id(chat)}
        else:
            return HttpAnswer(status=404)
    except (ValueError, KeyError, TypeError):
        return HttpAnswer(status=400)
    return HttpAnswer(
        status=200, headers={"content-type": "application/json"}, body=json.dumps(said).encode()
    )


class Person:
    """
    Somebody who writes to a bot.

    Args:
        http: reaches the simulator.
        base_url: where it is.
        token: the bot's.
        chat: theirs with it.

    """

    def __init__(self, http: HttpClient, base_url: str, token: str, chat: int) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._who = {"token": token, "chat": chat}

    def write(self, text: str) -> int:
        """Write *text*; return the message's number."""
        return int(self._ask("write", {"text": text})["message_id"])

    def heard(self) -> list[str]:
        """Return what the bot has said."""
        return [str(each) for each in self._ask("heard", {})["texts"]]

    def _ask(self, what: str, more: dict[str, str]) -> dict[str, Any]:
        """
        Return the simulator's answer.

        Raises:
            PlatformUnreachable: there is none.

        """
        request = HttpRequest(
            method="POST",
            url=f"{self._base_url}{PREFIX}{what}",
            body=json.dumps(self._who | more).encode(),
        )
        said = self._http.send(request, SECONDS)
        if said.status != 200:  # noqa: PLR2004 - HTTP
            raise PlatformUnreachable(f"the simulator answers {said.status}")
        found: dict[str, Any] = json.loads(said.body)
        return found
