"""feishu's door: Feishu (飞书) and Lark events, and clicks on cards."""

from typing import Any

from cococat import settings
from cococat.aws.events import to_answer, to_request
from cococat.bootstrap import doors


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer one request of the platform."""
    return to_answer(doors.feishu().handle(to_request(event)))


if settings.on_lambda():
    doors.feishu()
