"""The same job as it is usually done: Flask and wechatpy, called as WSGI without a socket."""

import io
from typing import Any

from flask import Flask, request
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto

from bench.subjects import facts

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


def prepare(request: dict[str, Any]) -> dict[str, Any]:
    """Return *request* as a WSGI server hands it over."""
    body = request["body"].encode("utf-8")
    headers = {
        f"HTTP_{name.upper().replace('-', '_')}": value
        for name, value in request["headers"].items()
        if name not in {"content-type", "content-length"}
    }
    return headers | {
        "REQUEST_METHOD": request["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": request["path"],
        "QUERY_STRING": request["query"],
        "CONTENT_TYPE": request["headers"]["content-type"],
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def answer(environ: dict[str, Any]) -> tuple[int, str]:
    """Let the application answer the request in *environ*."""
    statuses: list[str] = []
    application: Any = app

    def start(status: str, _headers: list[tuple[str, str]], _error: object = None) -> object:
        statuses.append(status)
        return None

    body = b"".join(application(environ, start))
    return int(statuses[0][:3]), body.decode("utf-8")


def taken() -> list[str]:
    """Return the ids of the messages that were taken since the last call."""
    ids = [key.rpartition(":")[2] for key in seen]
    seen.clear()
    return ids
