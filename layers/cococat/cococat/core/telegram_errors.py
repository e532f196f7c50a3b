"""
The Telegram Bot API's errors, as data.

Descriptions are written for people and change, so a row matches the code and a fragment of the
description in lower case; the first that fits wins, and an unknown error has a safe default.
Sources: Telegram Bot API, "Making requests", "ResponseParameters"; tdlib/telegram-bot-api.
"""

from dataclasses import dataclass
from enum import StrEnum

from cococat.core.platform_errors import Fault, Remedy

UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, TOO_MANY = 401, 403, 404, 409, 429
SERVER_ERROR = 500
REFUSED = (
    "Telegram refuses the bot token; copy it again from @BotFather (/mybots, API Token), "
    "or make a new one there."
)


class Amend(StrEnum):
    """How the same message may be sent once more, changed."""

    PLAIN = "plain"
    """Without formatting."""
    NO_REPLY = "no reply"
    """Without the message that it answers."""
    NO_THREAD = "no thread"
    """Without the topic."""
    NEW_CHAT = "new chat"
    """To the chat's new id."""
    NOTHING = "nothing"
    """Not at all: what was asked is so already."""


@dataclass(frozen=True, slots=True)
class Row:
    """
    One error.

    Attributes:
        code: of the answer.
        fragment: of its description, in lower case; empty for any.
        then: what to do.

    """

    code: int
    fragment: str
    then: Fault | Amend


_GONE = Fault(Remedy.PERMANENT, "recipient_gone")
_TOKEN = Fault(Remedy.OPERATOR, "bad_token", REFUSED)
_WAIT = Fault(Remedy.WAIT, "rate_limited", seconds=5)
_RETRY = Fault(Remedy.RETRY, "telegram_unavailable")
_CONTENT = Fault(Remedy.PERMANENT, "refused_content")
_RIGHTS = Fault(Remedy.PERMANENT, "not_allowed")

ROWS = (
    Row(401, "", _TOKEN),
    Row(404, "method not found", Fault(Remedy.PERMANENT, "method_not_found")),
    Row(404, "", _TOKEN),
    Row(429, "", _WAIT),
    Row(403, "", _GONE),
    Row(400, "upgraded to a supergroup", Amend.NEW_CHAT),
    Row(400, "message is not modified", Amend.NOTHING),
    Row(400, "query is too old", Amend.NOTHING),
    Row(400, "can't parse entities", Amend.PLAIN),
    Row(400, "can't find end of", Amend.PLAIN),
    Row(400, "message to be replied not found", Amend.NO_REPLY),
    Row(400, "replied message not found", Amend.NO_REPLY),
    Row(400, "message thread not found", Amend.NO_THREAD),
    Row(400, "chat not found", _GONE),
    Row(400, "topic_closed", _GONE),
    Row(400, "topic_deleted", Amend.NO_THREAD),
    Row(400, "chat_write_forbidden", _RIGHTS),
    Row(400, "not enough rights", _RIGHTS),
    Row(400, "have no rights", _RIGHTS),
    Row(400, "message is too long", Fault(Remedy.PERMANENT, "too_long")),
    Row(400, "message text is empty", Fault(Remedy.PERMANENT, "empty")),
    Row(400, "text must be non-empty", Fault(Remedy.PERMANENT, "empty")),
    Row(400, "message to edit not found", Fault(Remedy.PERMANENT, "message_gone")),
    Row(413, "", Fault(Remedy.PERMANENT, "too_large")),
    Row(409, "", _RETRY),
    Row(400, "", _CONTENT),
)


def what_to_do(code: int, description: str) -> Fault | Amend:
    """Return what the error with *code* and *description* asks for."""
    said = description.lower()
    for row in ROWS:
        if row.code == code and row.fragment in said:
            return row.then
    return _RETRY if code >= SERVER_ERROR else _CONTENT


class PollFault(StrEnum):
    """What an error of getUpdates means."""

    BAD_TOKEN = "bad token"  # noqa: S105 - the name of a fault
    WEBHOOK = "webhook"
    """Somebody has set a webhook: it is to be deleted, its updates kept."""
    CONFLICT = "conflict"
    """Another program polls with this token, or has just set a webhook."""
    WAIT = "wait"
    UNAVAILABLE = "unavailable"


def poll_fault(code: int, description: str) -> PollFault:
    """Return what the error of getUpdates with *code* and *description* means."""
    if is_bad_token(code):
        return PollFault.BAD_TOKEN
    if code == CONFLICT:
        is_webhook = "webhook is active" in description.lower()
        return PollFault.WEBHOOK if is_webhook else PollFault.CONFLICT
    return PollFault.WAIT if code == TOO_MANY else PollFault.UNAVAILABLE


def is_bad_token(code: int) -> bool:
    """Tell whether the API does not take the token; a malformed one is answered with 404."""
    return code in (UNAUTHORIZED, NOT_FOUND)
