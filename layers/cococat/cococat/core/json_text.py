"""
JSON as text, by orjson, which takes a third of the standard library's time.

Where only the standard library can, it does: half of a pair of surrogates, whole numbers of more
than 64 bits that are written. Of those that are read, orjson makes a float, which is not exact.
"""

import json
import math
from dataclasses import asdict
from typing import Any

import orjson


def read(text: str | bytes) -> Any:  # noqa: ANN401 - whatever the JSON holds
    """
    Return the value in *text*.

    Raises:
        ValueError: it is not UTF-8, not JSON, or has NaN or an infinity.
        RecursionError: it is nested too deeply.

    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
        return _DECODER.decode(decoded)


def write(value: Any) -> bytes:  # noqa: ANN401 - whatever JSON can hold
    """Return *value*, in which values of ours may stand, without blanks, in UTF-8."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return json.dumps(value, separators=(",", ":"), default=asdict).encode("ascii")


def _refuse_constant(name: str) -> float:
    message = f"{name} is not JSON"
    raise ValueError(message)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse_constant(text)


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)
