"""How Feishu's API refuses a call."""

import json
from typing import Any


class Refused(Exception):
    """
    Raised when the platform refuses a call.

    Args:
        code: its error code.
        status: the HTTP status.

    """

    def __init__(self, code: int, status: int = 400) -> None:
        super().__init__(str(code))
        self.code = code
        self.status = status


def object_in(raw: object, code: int) -> dict[str, Any]:
    """
    Return the JSON object in the text *raw*.

    Raises:
        Refused: with *code*, where there is none.

    """
    try:
        value = json.loads(raw) if isinstance(raw, str) else None
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Refused(code)
    return value
