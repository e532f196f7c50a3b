"""Our own handler, as Lambda calls it; AWS is whatever the environment says."""

from typing import Any

import wechat

from bench.subjects.lambda_event import prepare


def answer(event: dict[str, Any]) -> tuple[int, str]:
    """Let the handler answer *event*."""
    answered = wechat.handler(event, None)
    return answered["statusCode"], answered["body"]


def taken() -> list[str]:
    """Return nothing: it is AWS that knows."""
    return []


__all__ = ["answer", "prepare", "taken"]
