"""WeChat's side: text messages, sealed and signed by wechatpy, which is not ours."""

import itertools
import re
import secrets
import time
from typing import Any

from wechatpy.crypto import WeChatCrypto

from bench.subjects import facts

TEXT = "你好，请问这件外套有现货吗？明天能到上海吗？"
OPEN_ID = "o-bench-0123456789abcdefghij"

HEADERS = {
    "accept": "*/*",
    "host": "bench.execute-api.us-east-1.amazonaws.com",
    "user-agent": "Mozilla/4.0",
    "x-amzn-trace-id": "Root=1-00000000-000000000000000000000000",
    "x-forwarded-for": "192.0.2.1",
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
}
"""What API Gateway adds to any request."""

_SEALED = re.compile(r"<(Encrypt|MsgSignature)><!\[CDATA\[(.*?)\]\]>")
_numbers = itertools.count(24_000_000_000_000_000)
_crypto = WeChatCrypto(facts.TOKEN, facts.AES_KEY, facts.APP_ID)


def requests(count: int) -> dict[str, dict[str, Any]]:
    """Return *count* requests, each with a message of its own, by the messages' ids."""
    numbers = [str(next(_numbers)) for _ in range(count)]
    return {number: _request(number) for number in numbers}


def _request(number: str) -> dict[str, Any]:
    now = time.time()
    timestamp, nonce = str(int(now)), str(secrets.randbelow(10**10))
    message = (
        "<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName>"
        f"<FromUserName><![CDATA[{OPEN_ID}]]></FromUserName>"
        f"<CreateTime>{timestamp}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content><![CDATA[{TEXT}]]></Content><MsgId>{number}</MsgId></xml>"
    )
    sealed = dict(_SEALED.findall(_crypto.encrypt_message(message, nonce, timestamp)))
    query = {
        "signature": secrets.token_hex(20),
        "timestamp": timestamp,
        "nonce": nonce,
        "openid": OPEN_ID,
        "encrypt_type": "aes",
        "msg_signature": sealed["MsgSignature"],
    }
    return {
        "method": "POST",
        "path": facts.PATH,
        "query": "&".join(f"{name}={value}" for name, value in query.items()),
        "headers": HEADERS | {"content-type": "text/xml"},
        "body": (
            "<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName>"
            f"<Encrypt><![CDATA[{sealed['Encrypt']}]]></Encrypt></xml>"
        ),
        "time_ms": int(now * 1000),
    }
