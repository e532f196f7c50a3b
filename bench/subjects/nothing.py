"""Nothing at all: what the interpreter and the measuring itself cost."""

from typing import Any


def prepare(request: dict[str, Any]) -> dict[str, Any]:
    """Return *request* as it is."""
    return request


def answer(_request: dict[str, Any]) -> tuple[int, str]:
    """Answer nothing."""
    return 200, "nothing"


def taken() -> list[str]:
    """Return nothing."""
    return []
