"""Every request that an account's door must refuse, with the step that its log has to name."""

import json
from dataclasses import replace

from cococat.core.http import Request
from cococat.core.sealing import BLOCK, HEADER
from cococat.core.xml_message import MAX_BODY
from cococat.simulators.wechat import to_xml
from tests.support.wechat import PLAIN, SAFE
from tests.support.wechat_contents import BAD_JSON, BAD_JSON_VALUES, BAD_VALUES, BAD_XML, JSON, XML
from tests.support.wechat_forge import MESSAGE, NONCE, NOW, Forge
from tests.support.wechat_frames import APP_ID, OTHER_KEY, encrypted, framed, padded

Attacks = dict[str, tuple[Request, str]]


def _common(forge: Forge) -> Attacks:
    """Return what is refused in either mode."""
    old, early = (replace(forge, timestamp=str(int(NOW) + shift)) for shift in (-301, 301))
    shorter = replace(forge, timestamp=NOW[1:], nonce=NONCE + NOW[0])
    longer = replace(forge, timestamp=NONCE[-1] + NOW, nonce=NONCE[:-1])
    wide = replace(forge, timestamp="１８００００００００")
    return {
        "a stale signature": (old.delivery(), "freshness"),
        "a signature of the future": (early.delivery(), "freshness"),
        "another account's token": (replace(forge, token="canary").delivery(), "signature"),
        "a digit moved into the nonce": (shorter.delivery(), "form"),
        "a digit moved into the timestamp": (longer.delivery(), "form"),
        "full-width digits": (wide.delivery(), "form"),
        "a timestamp with a space": (replace(forge, timestamp=f" {NOW[1:]}").delivery(), "form"),
        "a timestamp with a line": (replace(forge, timestamp=f"{NOW}\n").delivery(), "form"),
        "a negative timestamp": (replace(forge, timestamp="-180000000").delivery(), "form"),
        "no timestamp": (forge.delivery(timestamp=""), "form"),
        "no nonce": (forge.delivery(nonce=""), "form"),
        "a nonce without end": (replace(forge, nonce="1" * 65).delivery(), "form"),
        "a Chinese nonce": (replace(forge, nonce="随机").delivery(), "form"),
        "a nonce with NUL": (replace(forge, nonce="1\x00").delivery(), "form"),
        "another nonce": (forge.delivery(nonce="1514711493"), "signature"),
        "another timestamp": (forge.delivery(timestamp=str(int(NOW) + 1)), "signature"),
        **_odd_queries(forge),
        **_sizes(forge),
        **{name: (forge.delivery(values), "message") for name, values in BAD_VALUES.items()},
    }


def _odd_queries(forge: Forge) -> Attacks:
    good = forge.delivery()
    twice = {
        f"two values of {name}": (replace(good, query=f"{good.query}&{name}=1"), "query")
        for name in ("timestamp", "nonce", "signature", "openid", "x&x")
    }
    return twice | {
        "no query": (replace(good, query=""), "form"),
        "a query that is none": (replace(good, query="canary"), "form"),
        "a query of a thousand names": (
            replace(good, query="&".join(f"n{n}=1" for n in range(1000))),
            "query",
        ),
        "a query that is not UTF-8": (replace(good, query=f"{good.query}&x=%ff%fe"), "query"),
        "names of other letters": (replace(good, query=good.query.upper()), "form"),
        "a query in Chinese": (replace(good, query="签名=金丝雀&时间=现在"), "form"),
        "a lone surrogate in the query": (replace(good, query=f"nonce=\ud800&{NOW}"), "form"),
    }


def _sizes(forge: Forge) -> Attacks:
    good = forge.delivery()
    return {
        "a MiB": (replace(good, body=b"<xml>" + b" " * 1024 * 1024), "size"),
        "a byte too many": (replace(good, body=good.body.ljust(MAX_BODY + 1)), "size"),
    }


def _unsigned(forge: Forge, name: str) -> Attacks:
    """Return what is wrong with the signature called *name*."""
    good = forge.delivery()
    right = forge.query("" if name == "msg_signature" else None)[name]
    renamed = replace(good, query=good.query.replace(f"&{name}=", f"&not_{name}="))
    if name == "signature":
        renamed = replace(good, query=good.query.replace("signature=", "not_signature=", 1))
    return {
        "no signature": (renamed, "signature"),
        "an empty signature": (forge.delivery(**{name: ""}), "signature"),
        "a wrong signature": (forge.delivery(**{name: "0" * 40}), "signature"),
        "half a signature": (forge.delivery(**{name: right[:20]}), "signature"),
        "a Chinese signature": (forge.delivery(**{name: "金丝雀"}), "signature"),
        "a signature without end": (forge.delivery(**{name: "a" * 20_000}), "signature"),
    }


def _envelopes(forge: Forge) -> Attacks:
    """Return what is wrong with the sealed message, though the signature is right."""
    inner = XML.encode("utf-8")
    good = encrypted(padded(framed(inner)))
    none = framed(inner + b" " * (-(HEADER + len(inner) + len(APP_ID) + 1) % BLOCK))
    bad = padded(framed(inner))
    texts = {
        "an envelope that is empty": ("", "Encrypt"),
        "an envelope that is no base64": ("canary" + good, "base64"),
        "an envelope with a space in it": (good[:40] + " " + good[40:], "base64"),
        "an envelope that was cut": (good[:-1], "base64"),
        "an envelope without its last block": (encrypted(bad)[:-44] + "=", "base64"),
        "half a block": (encrypted(bad[:48]), "length"),
        "another account's envelope": (
            encrypted(padded(framed(inner, receive_id=b"wxfedcba9876543210"))),
            "receive_id",
        ),
        "an envelope for nobody": (encrypted(padded(framed(inner, receive_id=b""))), "receive_id"),
        "an envelope of another key": (encrypted(bad, OTHER_KEY), "padding"),
        "padding that is not one": (encrypted(bad[:-2] + b"\x01" + bad[-1:]), "padding"),
        "padding of none": (encrypted(none + b"\x00"), "padding"),
        "padding of 33": (encrypted(bad[:-1] + b"\x21"), "padding"),
        "a length of nothing": (encrypted(padded(framed(inner, length=0))), "frame"),
        "a length of too much": (encrypted(padded(framed(inner, length=2**31))), "frame"),
        "no room for a length": (encrypted(padded(b"canary")), "frame"),
    }
    return {
        **{name: (forge.sealed(text), step) for name, (text, step) in texts.items()},
        **_altered(forge, good),
    }


def _altered(forge: Forge, good: str) -> Attacks:
    """Return what was changed after the sealing, in the sealed text or around it."""
    outer = to_xml({"ToUserName": MESSAGE["ToUserName"], "Encrypt": good})
    return {
        "a letter that was changed": (
            forge.post(outer.replace(good, _changed(good)), forge.query(good)),
            "signature",
        ),
        "a message cut to its half": (
            forge.post(outer.replace(good, good[: len(good) // 2]), forge.query(good)),
            "signature",
        ),
        "the blocks in another order": (
            forge.post(outer.replace(good, good[128:] + good[:128]), forge.query(good)),
            "signature",
        ),
        **_outsides(forge, good, outer),
    }


def _outsides(forge: Forge, good: str, outer: str) -> Attacks:
    """Return what is wrong around the sealed message."""
    query = forge.query(good)
    twice = outer.replace("</xml>", f"<Encrypt>{good}</Encrypt></xml>")
    return {
        "no envelope": (forge.post(to_xml({"ToUserName": "gh_1"}), query), "Encrypt"),
        "two envelopes": (forge.post(twice, query), "outer XML"),
        "an envelope in another one": (
            forge.post(f"<xml><a><Encrypt>{good}</Encrypt></a></xml>", query),
            "Encrypt",
        ),
        "an envelope under another root": (
            forge.post(outer.replace("xml>", "XML>"), query),
            "outer XML",
        ),
        "an envelope of elements": (
            forge.post(f"<xml><Encrypt><b>{good}</b></Encrypt></xml>", query),
            "Encrypt",
        ),
        "a plain message": (forge.plain(), "Encrypt"),
        "the signature of a plain message": (
            forge.post(outer, forge.query(None, encrypt_type="aes")),
            "signature",
        ),
        "the plain signature as the other": (
            forge.post(outer, forge.query(good, msg_signature=forge.signature())),
            "signature",
        ),
        "two message signatures": (
            replace(
                forge.post(outer, query),
                query=f"msg_signature={query['msg_signature']}&{forge.sealed(good).query}",
            ),
            "query",
        ),
    }


def _changed(sealed: str) -> str:
    return ("B" if sealed[0] == "A" else "A") + sealed[1:]


def sealed_attacks() -> Attacks:
    """Return what an account in safe mode refuses."""
    forge = Forge(account=SAFE)
    outer = {
        f"{name} as outer XML": (
            forge.post(_sealing(body), forge.query("canary")),
            "outer XML",
        )
        for name, body in BAD_XML.items()
    }
    inner = {
        f"{name} as inner XML": (forge.holding(body), "inner XML")
        for name, body in BAD_XML.items()
        if len(body) < MAX_BODY // 2
    }
    return {
        **_common(forge),
        **_unsigned(forge, "msg_signature"),
        **_envelopes(forge),
        **outer,
        **inner,
        **_sealed_json(forge),
    }


def _sealed_json(forge: Forge) -> Attacks:
    """Return what an account in safe mode refuses though it has the form of JSON."""
    outer = {
        f"{name} as outer JSON": (forge.post(body, forge.query("canary")), "outer JSON")
        for name, body in BAD_JSON.items()
    }
    inner = {
        f"{name} as inner JSON": (forge.holding(body, in_json=True), "inner JSON")
        for name, body in BAD_JSON.items()
        if len(body) < MAX_BODY // 2
    }
    canary = json.dumps({"Encrypt": "canary"})
    values = {
        name: (forge.holding(body, in_json=True), "message")
        for name, body in BAD_JSON_VALUES.items()
    }
    return {
        **outer,
        **inner,
        **values,
        "JSON without an envelope": (forge.post(JSON, forge.query("canary")), "Encrypt"),
        "JSON whose envelope is an object": (
            forge.post('{"Encrypt": {"a": "canary"}}', forge.query("canary")),
            "Encrypt",
        ),
        "JSON with a wrong signature": (forge.post(canary, forge.query("other")), "signature"),
        "JSON in an envelope of XML": (forge.holding(JSON), "inner XML"),
        "XML in an envelope of JSON": (forge.holding(XML, in_json=True), "inner JSON"),
        "a list in an envelope of JSON": (forge.holding("[]", in_json=True), "inner JSON"),
    }


def _sealing(body: str | bytes) -> str | bytes:
    """Return *body* as if it were an envelope's outside; what it is wrong in stays."""
    if isinstance(body, str):
        return body.replace("<Content>", "<Encrypt>").replace("</Content>", "</Encrypt>")
    return body


def plain_attacks() -> Attacks:
    """Return what an account in plain mode refuses."""
    forge = Forge(account=PLAIN)
    bodies = {name: (forge.plain(body), "outer XML") for name, body in BAD_XML.items()}
    in_json = {
        f"{name} in JSON": (forge.plain(body), "outer JSON") for name, body in BAD_JSON.items()
    }
    return {
        **_common(forge),
        **_unsigned(forge, "signature"),
        **bodies,
        **in_json,
        "JSON that lacks a user": (forge.plain('{"MsgType": "text"}'), "message"),
        "a sealed message": (Forge(account=SAFE).delivery(), "message"),
        "an empty body": (forge.plain(b""), "outer XML"),
    }


def echo_attacks() -> Attacks:
    """Return the questions about our URL that are refused."""
    forge = Forge()
    good = forge.query(echostr="4375120948345356249")
    echoes = ("", "<script>", "a b", "金丝雀", "a" * 129, "a\n", '"', "%", "\x00")
    old = replace(forge, timestamp=str(int(NOW) - 301))
    return {
        **{
            f"an echo of {echo[:8]!r}": (forge.get(good | {"echostr": echo}), "echostr")
            for echo in echoes
        },
        "no echo": (forge.get(forge.query()), "echostr"),
        "no signature": (forge.get(good | {"signature": ""}), "signature"),
        "a wrong signature": (forge.get(good | {"signature": "0" * 40}), "signature"),
        "a stale signature": (forge.get(old.query(echostr="1")), "freshness"),
        "another token": (
            forge.get(replace(forge, token="canary").query(echostr="1")),
            "signature",
        ),
        "no query": (forge.get(""), "form"),
        "two echoes": (forge.get(f"{forge.get(good).query}&echostr=canary"), "query"),
        "digits moved": (
            forge.get(replace(forge, timestamp=NOW[1:], nonce=NONCE + NOW[0]).query(echostr="1")),
            "form",
        ),
    }
