"""The same job as it is usually done: Flask and wechatpy, on Lambda by a WSGI adapter."""

from flask import Flask, request
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto

from bench.subjects import facts
from bench.subjects.wsgi import answering, prepare

app = Flask(__name__)
crypto = WeChatCrypto(facts.TOKEN, facts.AES_KEY, facts.APP_ID)
seen: dict[str, str] = {}


@app.post("/api/channel/wechat/<scene>")
def take(scene: str) -> str:
    """Verify, open and parse a message, and take it unless it is a repeat."""
    values = request.args
    xml = crypto.decrypt_message(
        request.get_data(), values["msg_signature"], values["timestamp"], values["nonce"]
    )
    message = parse_message(xml)
    seen.setdefault(f"{scene}:{message.source}:{message.id}", message.content)
    return facts.SUCCESS


answer = answering(app)


def taken() -> list[str]:
    """Return the ids of the messages that were taken since the last call."""
    ids = [key.rpartition(":")[2] for key in seen]
    seen.clear()
    return ids


__all__ = ["answer", "prepare", "taken"]
