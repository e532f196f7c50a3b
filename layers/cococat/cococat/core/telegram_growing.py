"""
An answer that is shown while it grows: "typing", and then one message that is edited.

Edits count towards Telegram's limits on messages, so a group sees fewer of them. The outbox
finishes the same message. Source: Telegram Bot API, "sendChatAction", "editMessageText"; Bots
FAQ, "limits".
"""

from collections.abc import Mapping
from typing import Any

from cococat.core.clock import Clock
from cococat.core.errors import DeliveryFailed
from cococat.core.platform_errors import raise_fault
from cococat.core.progress import Shown
from cococat.core.rendering import Kind, Part
from cococat.core.splitting import head
from cococat.core.telegram_errors import Amend, what_to_do
from cococat.core.telegram_html import to_html
from cococat.core.telegram_sending import Means, target

GROUP_PAUSE = 3.0
"""Seconds between two edits in a group; a private chat takes one a second."""
MORE = " …"
MESSAGE, SHOWN_AT = "message", "at"


def show(means: Means, place: Mapping[str, str], text: str, shown: Shown, clock: Clock) -> Shown:
    """
    Show *text* so far, or that the bot types; see `progress.ShowsProgress`.

    Raises:
        DeliveryError: Telegram refuses it.
        PlatformUnreachable: it could not be asked, or its answer got lost.

    """
    if not text.strip():
        _call(means, "sendChatAction", target(place, quotes=False) | {"action": "typing"})
        return shown
    now = clock.now()
    if place["chat"].startswith("-") and now - float(shown.get(SHOWN_AT, "0")) < GROUP_PAUSE:
        return shown
    limits = means.limits
    visible = head(text, limits.text - len(MORE), limits.unit) + MORE
    if MESSAGE in shown:
        edited = {"chat_id": int(place["chat"]), "message_id": int(shown[MESSAGE])}
        _call(means, "editMessageText", edited | {"text": visible})
        return shown | {SHOWN_AT: str(now)}
    sent = _call(means, "sendMessage", target(place, quotes=True) | {"text": visible})
    return {MESSAGE: str(sent["message_id"]), SHOWN_AT: str(now)}


def finish(means: Means, place: Mapping[str, str], part: Part, shown: Shown) -> bool:
    """
    Let the message that has grown be *part*; return False where it has to be sent.

    Raises:
        DeliveryError: Telegram refuses it.
        PlatformUnreachable: it could not be asked, or its answer got lost.

    """
    if MESSAGE not in shown or part.kind not in (Kind.TEXT, Kind.MARKDOWN):
        return False
    edited = {"chat_id": int(place["chat"]), "message_id": int(shown[MESSAGE])}
    formatted: dict[str, Any] = {"text": part.text}
    if part.kind is Kind.MARKDOWN:
        formatted = {"text": to_html(part.text), "parse_mode": "HTML"}
    answer = means.api.call("editMessageText", edited | formatted)
    if not answer.is_ok and what_to_do(answer.code, answer.description) is Amend.PLAIN:
        answer = means.api.call("editMessageText", edited | {"text": part.text})
    if answer.is_ok:
        return True
    then = what_to_do(answer.code, answer.description)
    if then is Amend.NOTHING:
        return True
    if not isinstance(then, Amend) and then.reason != "message_gone":
        raise_fault(then, seconds=answer.retry_after)
    return False


def _call(means: Means, method: str, values: dict[str, Any]) -> dict[str, Any]:
    answer = means.api.call(method, values)
    if answer.is_ok:
        return answer.result if isinstance(answer.result, dict) else {}
    then = what_to_do(answer.code, answer.description)
    if not isinstance(then, Amend):
        raise_fault(then, seconds=answer.retry_after)
    if then is not Amend.NOTHING:
        raise DeliveryFailed("refused_content")
    return {}
