"""Attachments: `GET /api/attachments/{ref}` gives agents outside the files of their messages."""

from typing import Any

from cococat import settings
from cococat.aws.events import to_answer, to_request
from cococat.bootstrap import attachments


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer one request for a file."""
    return to_answer(attachments.route().handle(to_request(event)))


if settings.on_lambda():
    attachments.route()
