"""One call of getUpdates, as the sidecar makes it."""

from functools import cache
from typing import Any

from bench.subjects import facts
from cococat.adapters.http import RequestsClient
from cococat.core.telegram_api import TelegramApi


@cache
def _api(base: str) -> TelegramApi:
    return TelegramApi(facts.token(0), RequestsClient(), base)


def prepare(request: dict[str, Any]) -> TelegramApi:
    """Return the bot that is to poll."""
    return _api(request["base"])


def answer(api: TelegramApi) -> tuple[int, str]:
    """Poll once."""
    said = api.get_updates({"offset": 1, "timeout": 0}, seconds=35)
    return 200 if said.is_ok else said.code, str(said.result)


def taken() -> list[str]:
    """Return nothing: nobody writes."""
    return []
