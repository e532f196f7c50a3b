"""weixin's door: callbacks of WeCom (企业微信) applications and intelligent bots."""

from typing import Any

from cococat import settings
from cococat.aws.events import to_answer, to_request
from cococat.bootstrap import doors


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer one request of the platform."""
    return to_answer(doors.weixin().handle(to_request(event)))


if settings.on_lambda():
    doors.weixin()
