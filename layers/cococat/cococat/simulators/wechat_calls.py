"""
What the calls of WeChat's API bring, and what is refused of it.

Source: WeChat developer documentation, "Send customer service message", "Global return codes".
"""

import json
import re
from typing import Any

from cococat.core.http import Request

MAX_TEXT = 2048
_OPEN_ID = re.compile(r"[A-Za-z0-9_-]{28}", re.ASCII)


class Refused(Exception):
    """Raised when a call is answered with an error code."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(said)
        self.code = code


def object_of(request: Request) -> dict[str, Any]:
    """
    Return the JSON object that a call brings.

    Raises:
        Refused: it brings none.

    """
    if request.method != "POST":
        raise Refused(43002, "require POST method")
    if not request.body:
        raise Refused(44002, "empty post data")
    try:
        found = json.loads(request.body.decode("utf-8"))
    except ValueError as error:
        raise Refused(47001, "data format error") from error
    if not isinstance(found, dict):
        raise Refused(47001, "data format error")
    return found


def user_of(message: dict[str, Any]) -> str:
    """
    Return the OpenID of who is sent *message*.

    Raises:
        Refused: it is none.

    """
    user = str(message.get("touser", ""))
    if not _OPEN_ID.fullmatch(user):
        raise Refused(40003, "invalid openid")
    return user


def check_text(text: object) -> None:
    """
    Refuse what can't be the text of a message.

    Raises:
        Refused: it is empty, or too long.

    """
    if not isinstance(text, str) or not text:
        raise Refused(44004, "empty content")
    if len(text.encode("utf-8")) > MAX_TEXT:
        raise Refused(45002, "content size out of limit")
