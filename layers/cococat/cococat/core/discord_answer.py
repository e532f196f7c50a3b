"""
What Discord says to a message that we send: taken, or which error of ours it is.

Source: Discord API documentation, "Rate Limits" (headers and the body of an answer 429),
"Opcodes and Status Codes".
"""

import math
import re
from http import HTTPStatus

from cococat.core import fields
from cococat.core.discord_content import Json
from cococat.core.discord_errors import BLOCKED, CREDENTIALS, fault_of
from cococat.core.errors import DeliveryUnknown, MalformedMessage, OperatorNeeded
from cococat.core.http_client import HttpAnswer
from cococat.core.platform_errors import Remedy, raise_fault

LONGEST = 3600.0
"""Seconds that an answer may make us wait."""
REPLY_REFUSED = frozenset({10008, 160002})
"""Codes that say that the answered message can't be replied to; a new one still can be sent."""
BAD_FORM = 50035
ARCHIVED = 50083
"""Code that says that nothing in an archived thread can be changed; a new message reopens it."""

_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)


def refuses_the_reply(answer: HttpAnswer) -> bool:
    """Tell whether the same message may be sent if it does not reply to another one."""
    body = _object(answer)
    code = _code(body)
    errors = body.get("errors")
    is_about_it = isinstance(errors, dict) and "message_reference" in errors
    return code in REPLY_REFUSED or (code == BAD_FORM and is_about_it)


def judge(answer: HttpAnswer) -> None:
    """
    Do nothing where *answer* says that a message was taken.

    Raises:
        DeliveryDelayed: later, perhaps after the seconds that the platform names.
        DeliveryFailed: never.
        DeliveryUnknown: the platform itself failed while it worked on it.

    """
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise DeliveryUnknown("platform_failed")
    body = _object(answer)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS and _is_blocked(answer):
        raise_fault(BLOCKED, seconds=_whole(_retry_after(answer)))
    fault = fault_of(answer.status, _code(body))
    if fault.remedy is Remedy.OPERATOR:
        is_credentials = fault in CREDENTIALS
        raise OperatorNeeded(fault.reason, fault.advice, is_credentials=is_credentials)
    raise_fault(fault, seconds=_whole(_seconds(str(body.get("retry_after", "")))))


def is_gone(answer: HttpAnswer) -> bool:
    """Tell whether a message of ours can't be edited any more; a new one may still be sent."""
    return answer.status == HTTPStatus.NOT_FOUND or _code(_object(answer)) == ARCHIVED


def pause_after(answer: HttpAnswer) -> float:
    """Return the seconds after which the same may be asked for again; 0 for at once."""
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return _retry_after(answer) or 0.0
    if answer.headers.get("x-ratelimit-remaining") != "0":
        return 0.0
    return _seconds_in(answer, "x-ratelimit-reset-after") or 0.0


def is_for_all(answer: HttpAnswer) -> bool:
    """Tell whether a limit is of all that we ask for, and not of one channel."""
    return answer.status == HTTPStatus.TOO_MANY_REQUESTS and (
        _is_blocked(answer) or _object(answer).get("global") is True
    )


def _is_blocked(answer: HttpAnswer) -> bool:
    """Tell whether an answer 429 is not the API's own."""
    return "retry_after" not in _object(answer)


def _retry_after(answer: HttpAnswer) -> float | None:
    """Return the seconds that an answer 429 names, or our own for it."""
    if _is_blocked(answer):
        return _seconds_in(answer, "retry-after") or BLOCKED.seconds
    return _seconds(str(_object(answer)["retry_after"]))


def _seconds_in(answer: HttpAnswer, header: str) -> float | None:
    """Return the seconds that a header of *answer* names, or None for none."""
    return _seconds(answer.headers.get(header, ""))


def _seconds(said: str) -> float | None:
    return min(float(said), LONGEST) if _SECONDS.fullmatch(said) else None


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else math.ceil(seconds)


def _object(answer: HttpAnswer) -> Json:
    try:
        return fields.parse_object(answer.body)
    except MalformedMessage:
        return {}


def _code(body: Json) -> int:
    code = body.get("code")
    return code if isinstance(code, int) else 0
