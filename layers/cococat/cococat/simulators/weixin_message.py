"""
What WeCom's (企业微信) API takes as a message, what it cuts, and what it refuses.

Source: WeCom developer documentation, "Send application messages" (90236), "Template cards"
(90236), "Global error codes" (90313).
"""

import json
import re
from collections.abc import Callable

from cococat.simulators.weixin_answer import Json

MAX_TEXT = 2048
MAX_ARTICLES = 8
MAX_USERS = 1000
MAX_BUTTONS = 6
BAD_JSON, ESCAPES, BAD_KIND, EMPTY, NOBODY = 47001, 40033, 40008, 44004, 82001
BAD_MEDIA, TOO_MANY_ARTICLES, BAD_PARAMETER, TOO_LONG = 40007, 45008, 40058, 45002

_TASK = re.compile(r"[A-Za-z0-9_@-]{1,128}", re.ASCII)
GROUP = "group-"
"""What the codes of answers to groups begin with."""
MAX_ANSWER = 20480
_LIMITS = {"title": 128, "description": 512}

Known = Callable[[str], bool]
"""Whether the application has such a file."""


class MessageRefused(Exception):
    """
    Raised when a message is refused.

    Args:
        code: the platform's error code.

    """

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


def check(raw: bytes, is_known: Known) -> Json:
    """
    Return the message in *raw* as members see it: a long text is cut.

    Raises:
        MessageRefused: the platform does not take it.

    """
    if b"\\u" in raw:
        raise MessageRefused(ESCAPES)
    try:
        message: Json = json.loads(raw.decode("utf-8"))
        kind, users = str(message["msgtype"]), str(message["touser"]).split("|")
    except (ValueError, KeyError, TypeError):
        raise MessageRefused(BAD_JSON) from None
    if not all(users) or len(users) > MAX_USERS:
        raise MessageRefused(NOBODY)
    if kind not in _CHECKS or not isinstance(message.get("agentid"), int):
        raise MessageRefused(BAD_KIND)
    if not isinstance(message.get(kind), dict):
        raise MessageRefused(EMPTY)
    return message | {kind: _CHECKS[kind](message[kind], is_known)}


def _text(body: Json, _known: Known) -> Json:
    content = str(body.get("content", ""))
    if not content:
        raise MessageRefused(EMPTY)
    return body | {"content": content.encode("utf-8")[:MAX_TEXT].decode("utf-8", "ignore")}


def _media(body: Json, is_known: Known) -> Json:
    if not is_known(str(body.get("media_id", ""))):
        raise MessageRefused(BAD_MEDIA)
    return body


def _titled(body: Json, _known: Known) -> Json:
    if not body.get("title") or not body.get("url"):
        raise MessageRefused(BAD_PARAMETER)
    for name, limit in _LIMITS.items():
        if len(str(body.get(name, "")).encode()) > limit:
            raise MessageRefused(TOO_LONG)
    return body


def _news(body: Json, is_known: Known) -> Json:
    articles = body.get("articles", [])
    if not articles:
        raise MessageRefused(EMPTY)
    if len(articles) > MAX_ARTICLES:
        raise MessageRefused(TOO_MANY_ARTICLES)
    for article in articles:
        _titled(article, is_known)
    return body


def check_answer(raw: bytes, code: str) -> Json:
    """
    Return the answer in *raw* to a bot's message whose address has *code*.

    Raises:
        MessageRefused: the platform does not take it.

    """
    try:
        answer: Json = json.loads(raw.decode("utf-8"))
        kind = str(answer["msgtype"])
        body: Json = answer[kind]
    except (ValueError, KeyError, TypeError):
        raise MessageRefused(BAD_JSON) from None
    if kind == "template_card" and not code.startswith(GROUP):
        check_card(body, lambda _media: False)
    elif kind != "markdown":
        raise MessageRefused(BAD_KIND)
    elif not 0 < len(str(body.get("content", "")).encode()) <= MAX_ANSWER:
        raise MessageRefused(TOO_LONG)
    return answer


def check_card(card: Json, _known: Known) -> Json:
    """
    Return *card*.

    Raises:
        MessageRefused: the platform does not take it.

    """
    kind = card.get("card_type")
    buttons = card.get("button_list", [])
    if kind == "button_interaction":
        good = 1 <= len(buttons) <= MAX_BUTTONS and bool(_TASK.fullmatch(card.get("task_id", "")))
    elif kind == "text_notice":
        good = bool(card.get("card_action", {}).get("url"))
    else:
        good = kind in ("news_notice", "vote_interaction", "multiple_interaction")
    if not good or not (card.get("main_title") or card.get("sub_title_text")):
        raise MessageRefused(BAD_PARAMETER)
    return card


_CHECKS: dict[str, Callable[[Json, Known], Json]] = {
    "text": _text,
    "markdown": _text,
    "image": _media,
    "voice": _media,
    "file": _media,
    "video": _media,
    "textcard": _titled,
    "news": _news,
    "template_card": check_card,
}
