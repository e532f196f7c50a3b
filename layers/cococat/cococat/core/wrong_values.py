"""What is wrong with a value of a config, in words that hold nothing of the value."""

import re
from collections.abc import Callable

_PLACEHOLDER = re.compile(
    r"(wx_?|sk-)?x{3,}|(123456:ABC-DEF|MTIzNDU2Nzg5)\.\.\.|(wx|sk-)?…|<[^<>]*>", re.IGNORECASE
)
"""What stands in examples where a value belongs."""
_ODD = (
    (re.compile(r"\A\s+|\s+\Z"), "", "begins or ends with a blank or a line break"),
    (re.compile(r"\s"), "a", "has a blank or a line break in it"),
    (re.compile(r"[^\x00-\x7f]"), "a", "has a character in it that is not ASCII"),
    (re.compile(r"[\x00-\x1f\x7f]"), "a", "has a control character in it"),
    (re.compile(r"[^\x21-\x7e]"), "a", "has a blank in it and a character that is not ASCII"),
    (re.compile(r"[^A-Za-z0-9]"), "a", "has a character in it that is neither letter nor digit"),
)
"""Of characters: what they are, with what in their place a value may be right, and the words."""
_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),
    (int, "a number"),
    (float, "a number"),
    (list, "a list"),
    (dict, "an object"),
)


def kind_of(value: object) -> str:
    """Return what *value*, which comes from JSON, is: `a number`, `a text of 3 characters`."""
    if isinstance(value, str):
        if not value:
            return "an empty text"
        return f"a text of {len(value)} character{'s' if len(value) > 1 else ''}"
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "null")


def what_is_wrong(value: object, fits: Callable[[str], object]) -> str:
    """
    Return what is wrong with *value*, as it goes on after `it`; empty where nothing is.

    Args:
        value: from JSON; a text is wanted.
        fits: tells whether a text has the form that is wanted.

    """
    if not isinstance(value, str):
        return f"is {kind_of(value)} and not a text"
    if _PLACEHOLDER.fullmatch(value):
        return "still is the example's placeholder"
    if fits(value):
        return ""
    if not value.strip():
        return "is blank" if value else "is empty"
    for odd, instead, words in _ODD:
        better = odd.sub(instead, value)
        if better != value and fits(better):
            return words
    return f"is {kind_of(value)}"
