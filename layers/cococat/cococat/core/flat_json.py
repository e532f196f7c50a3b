"""
JSON of a few texts, written by hand.

A door writes two such objects for each message, and the encoder of the standard library is made
anew for every call: this takes a third of its time.
"""

from collections.abc import Mapping
from json.encoder import encode_basestring, encode_basestring_ascii


def write(texts: Mapping[str, str], **ready: str) -> str:
    """
    Return an object of *texts* as raw JSON without spaces.

    Args:
        texts: names, which need no escape, and what they hold.
        ready: further names, and JSON that is written already.

    """
    return _join([f'"{name}":{encode_basestring(text)}' for name, text in texts.items()], ready)


def write_ascii(texts: Mapping[str, str], **ready: str) -> str:
    """Return the same with escapes for all that is not ASCII, in any names too."""
    escape = encode_basestring_ascii
    return _join([f"{escape(name)}:{escape(text)}" for name, text in texts.items()], ready)


def _join(members: list[str], ready: Mapping[str, str]) -> str:
    members += [f'"{name}":{json}' for name, json in ready.items()]
    return f"{{{','.join(members)}}}"
