"""The made-up Feishu app that all its subjects serve, and how our tables know it."""

from typing import Any

from bench.subjects import facts

APP_ID = "cli_0123456789abcdef"
ENCRYPT_KEY = "benchKey2026"
TOKEN = "benchToken2026"  # noqa: S105 - made up
PATH = "/api/channel/feishu/bench"

KEY = {"pk": {"S": "scene#bench"}, "sk": {"S": "feishu#feishu"}}
"""Key of the channel's item."""


def channel_item() -> dict[str, Any]:
    """Return the channel's item as DynamoDB holds it."""
    return facts.item("feishu", KEY, {"app_id": APP_ID})


def channel_secret() -> str:
    """Return the text of the channel's secret in Secrets Manager."""
    values = {"app_secret": "made-up", "encrypt_key": ENCRYPT_KEY, "verification_token": TOKEN}
    return facts.secret(values)
