"""Feishu's side: text messages, sealed and signed; lark-oapi, which is measured, has to agree."""

import base64
import hashlib
import itertools
import json
import secrets
import time
from typing import Any

from Crypto.Cipher import AES

from bench.messages import HEADERS, TEXT
from bench.subjects import feishu_facts as facts

OPEN_ID = "ou_0123456789abcdef0123456789abcdef"

_numbers = itertools.count(0x10000000000000000000000000000000)


def requests(count: int) -> dict[str, dict[str, Any]]:
    """Return *count* requests, each with a message of its own, by the messages' ids."""
    names = [f"om_{next(_numbers):x}" for _ in range(count)]
    return {name: _request(name) for name in names}


def _request(name: str) -> dict[str, Any]:
    now = time.time()
    body = json.dumps({"encrypt": _sealed(json.dumps(_event(name, now), ensure_ascii=False))})
    timestamp, nonce = str(int(now)), secrets.token_hex(8)
    signed = f"{timestamp}{nonce}{facts.ENCRYPT_KEY}{body}".encode()
    headers = HEADERS | {
        "content-type": "application/json; charset=utf-8",
        "x-lark-request-timestamp": timestamp,
        "x-lark-request-nonce": nonce,
        "x-lark-signature": hashlib.sha256(signed).hexdigest(),
    }
    return {
        "method": "POST",
        "path": facts.PATH,
        "query": "",
        "headers": headers,
        "body": body,
        "time_ms": int(now * 1000),
    }


def _event(name: str, now: float) -> dict[str, Any]:
    ids = {"open_id": OPEN_ID, "union_id": OPEN_ID.replace("ou_", "on_"), "user_id": "bench"}
    return {
        "schema": "2.0",
        "header": {
            "event_id": secrets.token_hex(16),
            "event_type": "im.message.receive_v1",
            "create_time": str(int(now * 1000)),
            "token": facts.TOKEN,
            "app_id": facts.APP_ID,
            "tenant_key": "bench",
        },
        "event": {
            "sender": {"sender_id": ids, "sender_type": "user", "tenant_key": "bench"},
            "message": {
                "message_id": name,
                "create_time": str(int(now * 1000)),
                "chat_id": "oc_0123456789abcdef0123456789abcdef",
                "chat_type": "p2p",
                "message_type": "text",
                "content": json.dumps({"text": TEXT}, ensure_ascii=False),
            },
        },
    }


def _sealed(text: str) -> str:
    raw, iv = text.encode("utf-8"), secrets.token_bytes(16)
    missing = 16 - len(raw) % 16
    aes = AES.new(hashlib.sha256(facts.ENCRYPT_KEY.encode()).digest(), AES.MODE_CBC, iv)
    return base64.b64encode(iv + aes.encrypt(raw + bytes([missing] * missing))).decode("ascii")
