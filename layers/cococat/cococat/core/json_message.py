"""
JSON callbacks of WeChat: the same names and values as in XML, for accounts set up so.

Source: WeChat developer documentation, "Message push" (data format) and "Message encryption and
decryption" (JSON form).
"""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from cococat.core import text
from cococat.core.errors import MalformedMessage
from cococat.core.sealed_callbacks import SealedAnswer
from cococat.core.xml_message import Elements, Value

MAX_DEPTH = 8


def read(body: bytes) -> Elements:
    """
    Return what is in the object *body*; see `xml_message.XmlReader.nested`.

    Numbers keep every digit, as text.

    Raises:
        MalformedMessage: it is not an object in UTF-8, has a name twice, or is too deep.

    """
    try:
        source = _DECODER.decode(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise MalformedMessage("not JSON in UTF-8") from error
    if not isinstance(source, dict):
        raise MalformedMessage("not an object")
    return _elements(source, MAX_DEPTH)


def write(values: Mapping[str, Value]) -> str:
    """Return *values* as JSON, raw and without the characters that `xml_message.write` drops."""
    return json.dumps(_cleaned(values), ensure_ascii=False)


def write_sealed(answer: SealedAnswer) -> str:
    """Return *answer* as WeChat wants it in JSON."""
    return write(
        {
            "Encrypt": answer.encrypt,
            "MsgSignature": answer.signature,
            "TimeStamp": int(answer.timestamp),
            "Nonce": answer.nonce,
        }
    )


def _elements(source: dict[str, Any], depth: int) -> Elements:
    if depth == 0:
        raise MalformedMessage("it is too deep")
    found: Elements = {}
    for name, value in source.items():
        if "/" in name:
            raise MalformedMessage("a name that looks like a path")
        if isinstance(value, list):
            several = [_element(each, depth) for each in value]
            found[name] = several or ""
        else:
            found[name] = _element(value, depth)
    return found


def _element(value: Any, depth: int) -> str | Elements:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return _elements(value, depth - 1)
    return text.clean(value) if isinstance(value, str) else ""


def _cleaned(value: Value) -> Value:
    if isinstance(value, str):
        return text.clean(value)
    if isinstance(value, int):
        return value
    if isinstance(value, Mapping):
        return {name: _cleaned(each) for name, each in value.items()}
    return [{name: _cleaned(each) for name, each in one.items()} for one in value]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedMessage("a name stands twice")
    return found


def _no_constant(_name: str) -> NoReturn:
    raise MalformedMessage("a number that is none")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_once, parse_int=str, parse_float=str, parse_constant=_no_constant
)
