"""The made-up account that all subjects serve, and how our tables know it."""

import json
from typing import Any

APP_ID = "wx0123456789abcdef"
TOKEN = "benchToken2026"  # noqa: S105 - made up
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APP_SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105 - made up
PATH = "/api/channel/wechat/bench"
QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/bench-mailbox-bench.fifo"
SUCCESS = "success"

KEY = {"pk": {"S": "scene#bench"}, "sk": {"S": "wechat#wechat"}}
"""Key of the channel's item."""


def key_of(item: dict[str, Any]) -> tuple[str, str]:
    """Return the key of *item*, as DynamoDB holds it."""
    return item["pk"]["S"], item["sk"]["S"]


def channel_item() -> dict[str, Any]:
    """Return the channel's item as DynamoDB holds it; `cococat.aws.channels_table` reads it."""
    # Without waiting for the agent's answer: the acknowledgement is what is measured.
    return item("wechat", KEY, {"app_id": APP_ID, "mode": "safe", "options": {"passive_wait": 0}})


def channel_secret() -> str:
    """Return the text of the channel's secret in Secrets Manager."""
    return secret({"token": TOKEN, "encoding_aes_key": AES_KEY, "app_secret": APP_SECRET})


def item(channel: str, key: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    """Return the item of a channel of the type *channel* with *config*."""
    texts = {
        "target_type": "scene",
        "target_id": "bench",
        "channel": channel,
        "name": channel,
        "scene_id": "bench",
        "agent": "bench",
        "mailbox": QUEUE,
        "config": json.dumps(config),
        "secret": f"cococat/bench/channels/scene/bench/{channel}/{channel}",
        "secret_version": "00000000-0000-4000-8000-000000000001",
        "source": "file",
    }
    values: dict[str, Any] = {name: {"S": text} for name, text in texts.items()}
    return key | values | {"enabled": {"BOOL": True}, "generation": {"N": "1"}}


def secret(config: dict[str, str]) -> str:
    """Return the text of the secret of a channel whose secret values are *config*."""
    values = {
        "config": config,
        "previous": {},
        "previous_until": 0,
        "reply_key": "made-up-key-of-the-reply-addresses",
    }
    return json.dumps(values)


def token(number: int) -> str:
    """Return the token of the bot with *number*, of a form that the platforms give out."""
    return f"{100_000_000 + number}:{'a' * 35}"


def bot_item(channel: str, number: int, api_base: str) -> dict[str, Any]:
    """Return the item of the channel of the bot with *number*."""
    scene = f"bench-{number}"
    key = {"pk": {"S": f"scene#{scene}"}, "sk": {"S": f"{channel}#{channel}"}}
    own = {name: {"S": scene} for name in ("target_id", "scene_id")}
    wish = {"file_hash": {"S": ""}, "secret_names": {"L": [{"S": "bot_token"}]}}
    secret_name = {"secret": {"S": str(number)}}
    return item(channel, key, {"api_base": api_base}) | own | wish | secret_name


def bot_secret(name: str) -> str:
    """Return the text of the secret of the bot whose number is *name*."""
    return secret({"bot_token": token(int(name))})
