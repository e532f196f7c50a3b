"""What a stranger, or a careless platform, might send to an app's door."""

import base64
import json
from dataclasses import replace
from typing import Any

from cococat.core.feishu_gate import MAX_BODY, OLDEST
from cococat.core.http import Request
from cococat.simulators.feishu import App, FeishuPlatform
from tests.support.clock import START
from tests.support.feishu import PATH, PLAIN, SEALED, USER

Attacks = dict[str, tuple[Request, str]]
"""Name -> the request, and the step that refuses it."""
NONCE = "x-lark-request-nonce"
TIMESTAMP = "x-lark-request-timestamp"
SIGNATURE = "x-lark-signature"


def a_platform(app: App = SEALED, at: float = START) -> FeishuPlatform:
    """Return the platform's side of *app* at a point in time, with nobody behind it."""

    def nobody(_request: Request) -> Any:  # noqa: ANN401 - never returns
        raise AssertionError

    return FeishuPlatform(app=app, transport=nobody, path=PATH, now=lambda: at)


def good(app: App = SEALED) -> dict[str, Any]:
    """Return an event of *app* in which everything is right."""
    return a_platform(app).message(USER, {"text": "canary-content"}, message_id="om_canary")


def delivery(app: App = SEALED) -> Request:
    """Return the request that delivers it."""
    return a_platform(app).request(good(app))


def changed(app: App = SEALED, **header: object) -> dict[str, Any]:
    """Return a good event whose header has other values; ... takes one away."""
    event = good(app)
    values = event["header"] | header
    return event | {"header": {key: value for key, value in values.items() if value is not ...}}


def sealed_attacks() -> Attacks:
    """Return what a door with an Encrypt Key refuses."""
    right = delivery()
    return {
        **_signatures(right),
        "signed, but plain": (_resigned(json.dumps(good()).encode()), "encrypt"),
        "plain": (_unsigned(json.dumps(good()).encode()), "encrypt"),
        **_handshakes(),
        **_envelopes(right),
        **_events(SEALED),
    }


def _signatures(right: Request) -> Attacks:
    """Return what is wrong with the signature, or with what it is of."""
    stale = a_platform(at=START - OLDEST - 1)
    ahead = a_platform(at=START + 301)
    return {
        "no signature": (
            _signed(right, {SIGNATURE: None, NONCE: None, TIMESTAMP: None}),
            "unsigned",
        ),
        "a part of a signature": (_signed(right, {SIGNATURE: None}), "signature"),
        "a signature without a nonce": (_signed(right, {NONCE: None}), "form"),
        "a wrong signature": (_signed(right, {SIGNATURE: "0" * 64}), "signature"),
        "a signature in capitals": (
            _signed(right, {SIGNATURE: right.headers[SIGNATURE].upper()}),
            "signature",
        ),
        "a signature that is no ASCII": (_signed(right, {SIGNATURE: "签名"}), "signature"),
        "a signature that is no text": (_signed(right, {SIGNATURE: "\ud800"}), "signature"),
        "a digit moved into the nonce": (_moved(right), "form"),
        "full-width digits": (_signed(right, {TIMESTAMP: "１８００００００００"}), "form"),
        "another nonce": (_signed(right, {NONCE: "another"}), "signature"),
        "a stale signature": (stale.request(stale.message(USER, {"text": "old"})), "age"),
        "a signature of tomorrow": (ahead.request(ahead.message(USER, {"text": "new"})), "age"),
        "another key": (delivery(replace(SEALED, encrypt_key="AnotherKey")), "signature"),
        "a body that was written anew": (
            replace(right, body=right.body.replace(b": ", b":")),
            "signature",
        ),
    }


def _handshakes() -> Attacks:
    """Return what is wrong with the check of the URL."""
    platform = a_platform()
    handshake = platform.handshake("canary-challenge")
    return {
        "a plain handshake": (_unsigned(json.dumps(handshake).encode()), "encrypt"),
        "a handshake with a wrong token": (
            platform.request(handshake | {"token": "wrong"}, signed=False),
            "token",
        ),
        "an unsigned event that says it is a handshake": (
            platform.request(good() | handshake, signed=False),
            "unsigned",
        ),
        "a handshake that can't be said again": (
            platform.request(platform.handshake("canary\x00"), signed=False),
            "challenge",
        ),
    }


def plain_attacks() -> Attacks:
    """Return what a door without an Encrypt Key refuses."""
    platform = a_platform(PLAIN)
    stale = a_platform(PLAIN, START - OLDEST - 1)
    wrong = platform.handshake("canary") | {"token": "wrong"}
    return {
        "sealed": (delivery(), "event"),
        "stale": (stale.request(stale.message(USER, {"text": "old"})), "age"),
        "of no time": (platform.request(changed(PLAIN, create_time=...)), "age"),
        "a handshake with a wrong token": (platform.request(wrong), "token"),
        "a handshake without a token": (
            platform.request({"type": "url_verification", "challenge": "canary"}),
            "token",
        ),
        "not JSON": (_unsigned(b"{"), "outer JSON"),
        "not UTF-8": (_unsigned(b'{"type": "\xff"}'), "outer JSON"),
        "a list": (_unsigned(b"[]"), "outer JSON"),
        "nothing": (_unsigned(b""), "outer JSON"),
        "too deep": (_unsigned(b'{"a":' * 100_000), "outer JSON"),
        "a MiB": (_unsigned(b'{"a":"' + b"a" * MAX_BODY + b'"}'), "size"),
        **_events(PLAIN),
    }


def _events(app: App) -> Attacks:
    """Return events that come as they should, and are wrong themselves."""
    platform = a_platform(app)
    named = {
        "a wrong token": (changed(app, token="wrong"), "token"),
        "no token": (changed(app, token=...), "token"),
        "a token that is null": (changed(app, token=None), "token"),
        "a token that is no text": (changed(app, token=["TokenOfTheApp"]), "token"),
        "a token that is no ASCII": (changed(app, token="令牌"), "token"),
        "another app": (changed(app, app_id="cli_another"), "app_id"),
        "no app": (changed(app, app_id=...), "event"),
        "an app that is no text": (changed(app, app_id=1), "event"),
        "no id": (changed(app, event_id=...), "event"),
        "an empty id": (changed(app, event_id=""), "event"),
        "no kind": (changed(app, event_type=...), "event"),
        "an unknown schema": (good(app) | {"schema": "3.0"}, "event"),
        "a header that is none": (good(app) | {"header": []}, "event"),
        "an event that is none": (good(app) | {"event": "x"}, "event"),
        "neither": ({"token": app.verification_token}, "event"),
    }
    # Half a character, which JSON can say and UTF-8 can't.
    half = json.dumps(changed(app, token="\ud800")).encode("ascii")
    return {"half a character as a token": (platform.pack(half), "token")} | {
        name: (platform.request(event), step) for name, (event, step) in named.items()
    }


def _envelopes(right: Request) -> Attacks:
    """Return envelopes that are signed as they are, and do not open."""
    sealed = base64.b64decode(json.loads(right.body)["encrypt"])
    # In CBC this changes the same bit of the last block's last byte, the padding's length. A
    # change in the last block itself would leave another good padding once in 256 times.
    flipped = sealed[:-17] + bytes([sealed[-17] ^ 0x80]) + sealed[-16:]
    damaged = {
        "a letter that was changed": (_text(flipped), "padding"),
        "an envelope without its last block": (_text(sealed[:-16]), "padding"),
        "an envelope without its last byte": (_text(sealed[:-1]), "length"),
        "only an IV": (_text(sealed[:16]), "length"),
        "an empty envelope": ("", "length"),
        "no base64": ("a" * 63 + "!", "base64"),
        "base64 for URLs": ("-_" * 32, "base64"),
        "an envelope of characters": ("信封", "base64"),
        "an envelope that is no text": (1, "encrypt"),
    }
    attacks = {name: (_resigned(_wrapped(each)), step) for name, (each, step) in damaged.items()}
    inner = {
        "inner bytes that are no UTF-8": b'{"a": "\xff"}',
        "inner text that is no JSON": b"hello",
        "an inner list": b"[1]",
    }
    platform = a_platform()
    return attacks | {
        name: (_resigned(_wrapped(platform.seal(each))), "inner JSON")
        for name, each in inner.items()
    }


def _wrapped(sealed: object) -> bytes:
    return json.dumps({"encrypt": sealed}).encode("ascii")


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _resigned(body: bytes) -> Request:
    return _unsigned(body, a_platform().signature(body))


def _unsigned(body: bytes, headers: dict[str, str] | None = None) -> Request:
    return Request(method="POST", path=PATH, headers=headers or {}, body=body)


def _signed(request: Request, changes: dict[str, str | None]) -> Request:
    headers = request.headers | changes
    kept = {name: value for name, value in headers.items() if value is not None}
    return replace(request, headers=kept)


def _moved(request: Request) -> Request:
    """Return *request* with the last digit of its time at the front of its nonce."""
    timestamp, nonce = request.headers[TIMESTAMP], request.headers[NONCE]
    return _signed(request, {TIMESTAMP: timestamp[:-1], NONCE: timestamp[-1] + nonce})
