"""The management API: what is connected, and connecting and disconnecting it."""

from typing import Any

from cococat import settings
from cococat.aws.events import to_answer, to_request
from cococat.bootstrap import management


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer one request of an operator."""
    return to_answer(management.management().handle(to_request(event)))


if settings.on_lambda():
    management.management()
