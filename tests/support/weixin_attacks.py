"""Every request that the door of an application or bot must refuse, with the log's step."""

from dataclasses import replace
from typing import Any

from cococat.core.http import Request
from cococat.core.sealing import BLOCK, HEADER
from cococat.core.weixin_gate import MAX_BODY
from cococat.simulators.weixin import to_xml
from tests.support.wechat_contents import BAD_JSON, BAD_XML
from tests.support.wechat_frames import encrypted, framed, padded
from tests.support.weixin import APP, OTHER_KEY
from tests.support.weixin_forge import BOT_MESSAGE, MESSAGE, NONCE, NOW, Forge, without

Attacks = dict[str, tuple[Request, str]]

BAD_VALUES: dict[str, dict[str, Any]] = {
    **{
        f"no {name}": without(MESSAGE, name)
        for name in ("ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "AgentID")
    },
    **{f"an empty {name}": MESSAGE | {name: ""} for name in ("FromUserName", "MsgId", "MsgType")},
    "everybody as a user": MESSAGE | {"FromUserName": "@all"},
    "two users": MESSAGE | {"FromUserName": "ann|bob"},
    "a user of two lines": MESSAGE | {"FromUserName": "ann\nbob"},
    "a user without end": MESSAGE | {"FromUserName": "o" * 65},
    "a long user of few characters": MESSAGE | {"FromUserName": "用" * 22},
    "another application's message": MESSAGE | {"AgentID": "1000003"},
    "another application's event": {
        **without(MESSAGE, "MsgId"),
        "MsgType": "event",
        "Event": "batch_job_result",
        "AgentID": "1000003",
    },
    "another company's message": MESSAGE | {"ToUserName": "wwfedcba9876543210"},
    "an application's suite": MESSAGE | {"ToUserName": "suite4xxxxxxxxxxxxxxx"},
    "full-width digits in the time": MESSAGE | {"CreateTime": "１８０００００００"},
    "full-width digits in the id": MESSAGE | {"MsgId": "２４６０００００"},
    "a time before 1970": MESSAGE | {"CreateTime": "-1"},
    "a time that never comes": MESSAGE | {"CreateTime": "9" * 20},
    "an id that is no number": MESSAGE | {"MsgId": "24.6"},
    "an id without end": MESSAGE | {"MsgId": "9" * 21},
    "a type that is no word": MESSAGE | {"MsgType": "金丝雀"},
    "an image without an id": MESSAGE | {"MsgType": "image"},
    "an image whose id is a URL": MESSAGE | {"MsgType": "image", "MediaId": "https://x"},
    "a place that is none": MESSAGE | {"MsgType": "location", "Location_X": "x"},
    "a place in letters": MESSAGE
    | {"MsgType": "location", "Location_X": "23.1", "Location_Y": "east"},
    "a card whose code has blanks": {
        **without(MESSAGE, "MsgId"),
        "MsgType": "event",
        "Event": "template_card_event",
        "ResponseCode": "a b",
    },
    "an event without a time": {
        **without(MESSAGE, "MsgId", "CreateTime"),
        "MsgType": "event",
        "Event": "subscribe",
    },
    "a card without a good id": {
        **without(MESSAGE, "MsgId"),
        "MsgType": "event",
        "Event": "template_card_event",
        "TaskId": "a b",
    },
}
"""Messages of an application that lack something, or have it in another form."""

BAD_JSON_VALUES: dict[str, dict[str, Any]] = {
    f"{what} as {name}": MESSAGE | {name: value}
    for name in ("MsgId", "CreateTime", "AgentID", "FromUserName", "ToUserName", "MsgType")
    for what, value in (
        *(("a list", [MESSAGE[name]]), ("an object", {"a": MESSAGE[name]})),
        *(("true", True), ("nothing", None), ("a fraction", 1.0), ("a power", 1e30)),
    )
    if not (name == "FromUserName" and isinstance(value, float))
}
"""The same in JSON, where an id may be an integer or a text of digits, and nothing else."""

BAD_BOT_VALUES: dict[str, dict[str, Any]] = {
    "no bot": without(BOT_MESSAGE, "aibotid"),
    "another bot": BOT_MESSAGE | {"aibotid": "canary"},
    "no type": without(BOT_MESSAGE, "msgtype"),
    "a type that is no word": BOT_MESSAGE | {"msgtype": "金丝雀"},
    "no id": without(BOT_MESSAGE, "msgid"),
    "an id without end": BOT_MESSAGE | {"msgid": "9" * 257},
    "a user that is a number": BOT_MESSAGE | {"from": {"userid": 7}},
    "a user without end": BOT_MESSAGE | {"from": {"userid": "o" * 65}},
    "a user of two lines": BOT_MESSAGE | {"from": {"userid": "ann\nbob"}},
    "a sender that is a text": BOT_MESSAGE | {"from": "ann"},
    "a company without end": BOT_MESSAGE | {"from": {"userid": "ann", "corpid": "c" * 65}},
    "a company that is a path": BOT_MESSAGE | {"from": {"userid": "ann", "corpid": "ww/1"}},
    "a company that is a number": BOT_MESSAGE | {"from": {"userid": "ann", "corpid": 7}},
    "an id that is a number": BOT_MESSAGE | {"msgid": 7},
    "an id that is a list": BOT_MESSAGE | {"msgid": ["canary"]},
    "an answer's address without end": BOT_MESSAGE | {"response_url": "https://x/" + "a" * 4096},
    "an answer's address that is a list": BOT_MESSAGE | {"response_url": ["https://x/"]},
    "an image's address without end": BOT_MESSAGE
    | {"msgtype": "image", "image": {"url": "https://x/" + "a" * 4096}},
    "a card without a good id": BOT_MESSAGE
    | {
        "msgtype": "event",
        "event": {
            "eventtype": "template_card_event",
            "template_card_event": {"event_key": "k", "task_id": "a b"},
        },
    },
    "a group that is a number": BOT_MESSAGE | {"chattype": "group", "chatid": 7},
    "no text": BOT_MESSAGE | {"text": {}},
    "a text that is a list": BOT_MESSAGE | {"text": ["canary"]},
    "an image without an address": BOT_MESSAGE | {"msgtype": "image", "image": {}},
    "a poll without an id": BOT_MESSAGE | {"msgtype": "stream", "stream": {}},
    "pieces that are none": BOT_MESSAGE | {"msgtype": "mixed", "mixed": {"msg_item": "x"}},
}
"""Messages of a bot that lack something, or have it in another form."""


def attacks(mode: str) -> Attacks:
    """Return what is refused in *mode*."""
    forge = Forge(mode=mode)
    bad = {
        "xml": BAD_VALUES,
        "json": BAD_VALUES | BAD_JSON_VALUES,
        "bot": BAD_BOT_VALUES,
    }[mode]
    return {
        **_queries(forge),
        **_odd_queries(forge),
        **_envelopes(forge),
        **_outsides(forge),
        **_forms(forge),
        **{name: (forge.delivery(values), "message") for name, values in bad.items()},
    }


def echo_attacks(mode: str) -> Attacks:
    """Return the questions about our URL that are refused in *mode*."""
    forge = Forge(mode=mode)
    good = forge.echo()
    old = replace(forge, timestamp=str(int(NOW) - 301))
    other = encrypted(padded(framed(b"1", receive_id=b"wwfedcba9876543210")))
    return {
        **{
            f"an echo of {echo[:8]!r}": (forge.echo(echo), "echostr")
            for echo in ("a b", "金丝雀", "a" * 129, "a\n", "\x00")
        },
        "no echo": (forge.get(forge.query("")), "echostr"),
        "a plain echo": (forge.get(forge.query("1", echostr="1")), "base64"),
        "no signature": (forge.echo(msg_signature=""), "signature"),
        "a plain signature": (
            forge.echo(msg_signature="", signature=forge.signature()),
            "signature",
        ),
        "a wrong signature": (forge.echo(msg_signature="0" * 40), "signature"),
        "a stale signature": (old.echo(), "freshness"),
        "another token": (replace(forge, token="canary").echo(), "signature"),
        "another account's echo": (forge.get(forge.query(other, echostr=other)), "receive_id"),
        "no query": (forge.get(""), "form"),
        "two echoes": (forge.get(f"{good.query}&echostr=canary"), "query"),
    }


def _queries(forge: Forge) -> Attacks:
    old, early = (replace(forge, timestamp=str(int(NOW) + shift)) for shift in (-301, 301))
    shorter = replace(forge, timestamp=NOW[1:], nonce=NONCE + NOW[0])
    wide = replace(forge, timestamp="１８００００００００")
    good = forge.delivery()
    return {
        "a stale signature": (old.delivery(), "freshness"),
        "a signature of the future": (early.delivery(), "freshness"),
        "another account's token": (replace(forge, token="canary").delivery(), "signature"),
        "a digit moved into the nonce": (shorter.delivery(), "form"),
        "full-width digits": (wide.delivery(), "form"),
        "a nonce without end": (replace(forge, nonce="1" * 65).delivery(), "form"),
        "a Chinese nonce": (replace(forge, nonce="随机").delivery(), "form"),
        "no query": (replace(good, query=""), "form"),
        "another nonce": (_with(forge, nonce="1514711493"), "signature"),
        "another timestamp": (_with(forge, timestamp=str(int(NOW) + 1)), "signature"),
        "no timestamp": (_with(forge, timestamp=""), "form"),
        "no signature": (_with(forge, msg_signature=""), "signature"),
        "a wrong signature": (_with(forge, msg_signature="0" * 40), "signature"),
        "a Chinese signature": (_with(forge, msg_signature="金丝雀"), "signature"),
        "the plain signature": (_with(forge, msg_signature=forge.signature()), "signature"),
    }


def _odd_queries(forge: Forge) -> Attacks:
    good = forge.delivery()
    return {
        f"two values of {name}": (replace(good, query=f"{good.query}&{name}=1"), "query")
        for name in ("timestamp", "nonce", "msg_signature")
    }


def _with(forge: Forge, **changes: str) -> Request:
    return forge.sealed(forge.seal(forge.inner()), **changes)


def _envelopes(forge: Forge) -> Attacks:
    """Return what is wrong with the sealed message, though the signature is right."""
    inner, own = forge.inner().encode("utf-8"), forge.receive_id
    good = forge.seal(inner)
    none = framed(inner + b" " * (-(HEADER + len(inner) + len(own) + 1) % BLOCK), receive_id=own)
    bad = padded(framed(inner, receive_id=own))
    others = {
        "another company": framed(inner, receive_id=b"wwfedcba9876543210"),
        "somebody else": framed(inner, receive_id=b"" if own else APP.corp_id.encode()),
        "more than us": framed(inner, receive_id=own + b"\x00"),
    }
    texts = {
        **{
            f"an envelope for {who}": (encrypted(padded(frame)), "receive_id")
            for who, frame in others.items()
        },
        "an envelope that is empty": ("", "Encrypt"),
        "an envelope that is no base64": ("canary" + good, "base64"),
        "an envelope with a space in it": (good[:40] + " " + good[40:], "base64"),
        "an envelope that was cut": (good[:-1], "base64"),
        "half a block": (encrypted(bad[:48]), "length"),
        "an envelope of another key": (encrypted(bad, OTHER_KEY), "padding"),
        "padding that is not one": (encrypted(bad[:-2] + b"\x01" + bad[-1:]), "padding"),
        "padding of none": (encrypted(none + b"\x00"), "padding"),
        "padding of 33": (encrypted(bad[:-1] + b"\x21"), "padding"),
        "a length of nothing": (
            encrypted(padded(framed(inner, length=0, receive_id=own))),
            "frame",
        ),
        "a length of too much": (
            encrypted(padded(framed(inner, length=2**31, receive_id=own))),
            "frame",
        ),
        "no room for a length": (encrypted(padded(b"canary")), "frame"),
    }
    return {name: (forge.sealed(text), step) for name, (text, step) in texts.items()}


def _outsides(forge: Forge) -> Attacks:
    """Return what is wrong around the sealed message."""
    inner = forge.inner()
    good = forge.seal(inner)
    query = forge.query(good)
    changed = ("B" if good[0] == "A" else "A") + good[1:]
    outer = "outer XML" if forge.mode == "xml" else "outer JSON"
    return {
        "a letter that was changed": (forge.post(forge.outer(changed), query), "signature"),
        "a message cut to its half": (
            forge.post(forge.outer(good[: len(good) // 2]), query),
            "signature",
        ),
        "no envelope": (forge.post(forge.outer(good).replace("ncrypt", "mpty"), query), "Encrypt"),
        "a plain message": (forge.post(inner, query), "Encrypt"),
        "half a body": (forge.post(forge.outer(good)[:40], query), outer),
        "a MiB": (forge.post(forge.outer(good) + " " * 1024 * 1024, query), "size"),
        "a byte too much": (forge.post(forge.outer(good).ljust(MAX_BODY + 1), query), "size"),
    }


def _forms(forge: Forge) -> Attacks:
    """Return what is no XML, or no JSON, as we read it, outside and inside."""
    if forge.mode == "xml":
        return {
            **{
                f"{name} as outer XML": (forge.post(body, forge.query("canary")), "outer XML")
                for name, body in BAD_XML.items()
            },
            **{
                f"{name} as inner XML": (forge.holding(body), "message")
                for name, body in BAD_XML.items()
                if len(body) < MAX_BODY // 2
            },
        }
    xml = {"XML": to_xml(MESSAGE), "a DTD": f"<!DOCTYPE xml>{to_xml(MESSAGE)}"}
    bodies = xml if forge.mode == "bot" else {}
    return {
        **{
            f"{name} as outer JSON": (forge.post(body, forge.query("canary")), "outer JSON")
            for name, body in (BAD_JSON | bodies).items()
        },
        **{
            f"{name} as inner JSON": (forge.holding(body), "message")
            for name, body in bodies.items()
        },
    }
