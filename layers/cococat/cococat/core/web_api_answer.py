"""An answer of the Web API as JSON: in a response, and pushed to a callback_url."""

from typing import Any

from cococat.core import reply_form
from cococat.core.channels import Delivery
from cococat.core.message_record import MessageRecord, State
from cococat.core.messages import Reply


def shown(record: MessageRecord) -> dict[str, Any]:
    """Return how far a message has come, with its answer where there is one."""
    value = {"id": record.id, "state": _state(record), "reply": None}
    return value if not record.finished or record.reply is None else value | _said(record.reply)


def pushed(delivery: Delivery) -> dict[str, Any]:
    """Return the answer in *delivery*, with the message that it answers."""
    to = delivery.to
    return {
        "id": to.message_id,
        "user_id": to.user_id,
        "conversation_id": to.conversation_id,
        "state": "answered",
        **_said(delivery.reply),
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
