"""
What Feishu answers when it is asked for a message in which others were forwarded.

Source: Feishu Open Platform, "Get the content of a message"; for `sender_name`, the official SDK
(lark-oapi 1.7.5, `im.v1.model.Sender`).
"""

import json
from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]

FORWARDED = "merge_forward"
SENTENCE = "Merged and Forwarded Message"
"""The content of each message in which others were forwarded."""


def item(
    message_id: str,
    content: Json,
    *,
    inside: str = "",
    kind: str = "text",
    name: str = "",
    at: float = 0,
    mentions: Iterable[tuple[int, str]] = (),
) -> Json:
    """
    Return one message.

    Args:
        message_id: what the platform calls it.
        content: what its type wants; for a forward nothing.
        inside: the message in which it was forwarded.
        kind: its type.
        name: of who wrote it.
        at: when, seconds since 1970.
        mentions: numbers and names of who is mentioned.

    """
    said = SENTENCE if kind == FORWARDED else json.dumps(content, ensure_ascii=False)
    value: Json = {
        "message_id": message_id,
        "msg_type": kind,
        "create_time": str(int(at * 1000)),
        "deleted": False,
        "sender": {"id": f"ou_{message_id}", "id_type": "open_id", "sender_type": "user"},
        "body": {"content": said},
        "mentions": [
            {"key": f"@_user_{number}", "id": f"ou_{number}", "id_type": "open_id", "name": each}
            for number, each in mentions
        ],
    }
    if name:
        value["sender"]["sender_name"] = name
    return value | ({"upper_message_id": inside} if inside else {})


def answered(items: Iterable[Json], *, with_names: bool) -> list[Json]:
    """Return *items* as they are answered: with the senders' names only if those are wanted."""
    unnamed = {"id", "id_type", "sender_type"}
    return [
        each
        | {
            "sender": {
                key: each["sender"][key] for key in each["sender"] if with_names or key in unnamed
            }
        }
        for each in items
    ]
