"""web_api's door: an HTTP request becomes a message in a mailbox, or waits for its answer."""

from typing import Any

from cococat import settings
from cococat.aws.events import to_answer, to_request
from cococat.bootstrap import doors


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer one request of the HTTP API."""
    return to_answer(doors.web_api().handle(to_request(event)))


if settings.on_lambda():
    doors.web_api()
