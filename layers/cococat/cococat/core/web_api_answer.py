"""An answer of the Web API as JSON: in a response, and pushed to a callback_url."""

from typing import Any

from cococat.core import reply_form
from cococat.core.message_record import MessageRecord, State
from cococat.core.messages import Reply


def shown(record: MessageRecord) -> dict[str, Any]:
    """Return how far a message has come, with its answer where there is one."""
    value = {"id": record.id, "state": _state(record), "reply": None}
    return value if not record.finished or record.reply is None else value | _said(record.reply)


def pushed(reply: Reply, message: str | None, user: str, conversation: str) -> dict[str, Any]:
    """
    Return *reply* as it is sent to a callback_url.

    Args:
        reply: the answer.
        message: the id of the message that it answers, None where it answers none.
        user: whom it is for.
        conversation: where it belongs.

    """
    return {
        "id": message,
        "user_id": user,
        "conversation_id": conversation,
        "state": "answered",
        **_said(reply),
    }


def _said(reply: Reply) -> dict[str, Any]:
    form = reply_form.to_json(reply)
    return {
        "reply": reply.text,
        "format": reply.format.value,
        "card": form.get("card"),
        "files": form.get("files", []),
        "fallback": reply.fallback,
    }


def _state(record: MessageRecord) -> str:
    if record.finished:
        return "answered"
    return "queued" if record.state is State.RECEIVED else "running"
