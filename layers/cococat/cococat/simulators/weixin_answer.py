"""Answers of WeCom's (企业微信) API: always HTTP 200; `errcode` tells what happened."""

from typing import Any

Json = dict[str, Any]

SENTENCES = {
    60020: "not allow to access from your ip, hint: [{hint}], from ip: {ip}, more info at …",
}


def ok(**members: Any) -> Json:  # noqa: ANN401 - JSON
    """Return a good answer."""
    return {"errcode": 0, "errmsg": "ok", **members}


def problem(code: int, *, ip: str = "192.0.2.7") -> Json:
    """Return the answer for error *code*."""
    sentence = SENTENCES.get(code, "a problem, hint: [{hint}], more info at …")
    return {"errcode": code, "errmsg": sentence.format(hint="0123456789", ip=ip)}
