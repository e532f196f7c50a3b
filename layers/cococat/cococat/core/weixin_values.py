"""
The elements of a WeCom (企业微信) application's message, from XML or from JSON, as texts.

Source: WeCom developer documentation, "Receiving messages: message format" (90239) and
"Receiving messages: event format" (90240); the JSON form is that of Tencent's demos.
"""

import re

from cococat.core import json_message
from cococat.core.errors import MalformedMessage
from cococat.core.limits import BUTTON_KEY
from cococat.core.text import clean, cut
from cococat.core.xml_message import Elements, XmlReader


def read(message: bytes, xml: XmlReader) -> Elements:
    """
    Return the elements of the opened *message*.

    Raises:
        MalformedMessage: it is neither a JSON object nor XML as we read it.

    """
    return json_message.read(message) if message.startswith(b"{") else xml.nested(message)


def text(values: Elements, name: str) -> str:
    """Return the text of *name*, without what no queue takes; empty where there is none."""
    value = values.get(name, "")
    return clean(value) if isinstance(value, str) else ""


def word(values: Elements, name: str) -> str:
    """Return the text of *name*, as much of it as the longest key of a button has."""
    return short(text(values, name))


def short(value: str) -> str:
    """Return as much of *value* as the longest key of a button has; no other word is longer."""
    return cut(clean(value), BUTTON_KEY)


def inside(values: Elements, *names: str) -> Elements:
    """Return the elements at the path *names*; empty where there are none."""
    for name in names:
        value = values.get(name, {})
        values = value if isinstance(value, dict) else {}
    return values


def listed(values: Elements, name: str) -> list[str | Elements]:
    """Return what stands under *name*, once or several times, as a list."""
    value = values.get(name, [])
    return value if isinstance(value, list) else [value]


def matching(values: Elements, name: str, form: re.Pattern[str]) -> str:
    """
    Return the text of *name*.

    Raises:
        MalformedMessage: it is missing, or not of the *form*.

    """
    value = values.get(name, "")
    if not isinstance(value, str) or not form.fullmatch(value):
        raise MalformedMessage(f"'{name}' is missing or not of its form")
    return value
