"""
Where a text may be cut without breaking what a reader sees as one character.

Source: Unicode Standard Annex #29, "Grapheme Cluster Boundaries": the rules for CR LF, marks,
joiners, emoji sequences, flags and Hangul syllables.
"""

import unicodedata

_JOINER = "\u200d"
_EXTENDING = frozenset({"Mn", "Me", "Mc"})
_MODIFIERS = (("\U0001f3fb", "\U0001f3ff"), ("\U000e0020", "\U000e007f"))
"""First and last of the skin tones, and of the tags of a flag."""
_FLAGS = (("\U0001f1e6", "\U0001f1ff"),)
_WHOLE_SYLLABLES = (("\uac00", "\ud7a3"),)
_FINALS = 28
"""Whole syllables with the same beginning; the first of them is open."""
_JAMO = {
    "L": (("\u1100", "\u115f"), ("\ua960", "\ua97c")),
    "V": (("\u1160", "\u11a7"), ("\ud7b0", "\ud7c6")),
    "T": (("\u11a8", "\u11ff"), ("\ud7cb", "\ud7fb")),
}
_SYLLABLES = frozenset(
    [("L", each) for each in ("L", "V", "LV", "LVT")]
    + [("LV", "V"), ("V", "V"), ("LV", "T"), ("V", "T"), ("LVT", "T"), ("T", "T")]
)
_VIRAMA = 9
"""The combining class of the marks that join two Indic letters."""
_LOOK_BACK = 64
"""Characters of one cluster that are looked at; a longer one may be cut."""


def border(text: str, index: int) -> int:
    """Return the last border in *text* at or before *index*, or *index* where that is far."""
    for place in range(index, max(index - _LOOK_BACK, 0), -1):
        if is_border(text, place):
            return place
    return index


def is_border(text: str, index: int) -> bool:
    """Tell whether a reader sees two characters where *text* is cut at *index*."""
    if index <= 0 or index >= len(text):
        return True
    before, after = text[index - 1], text[index]
    if before < "\u0300" and after < "\u0300":
        return not (before == "\r" and after == "\n")
    if _extends(after):
        return before in "\r\n"
    if before == _JOINER or _is_prepended(before) or unicodedata.combining(before) == _VIRAMA:
        return False
    if _is_flag(before) and _is_flag(after):
        return _flags_before(text, index) % 2 == 0
    return not _is_one_syllable(before, after)


def _extends(character: str) -> bool:
    return (
        character in "\u200c\u200d\u0e33\u0eb3\uff9e\uff9f"
        or _is_in(character, _MODIFIERS)
        or unicodedata.category(character) in _EXTENDING
    )


def _is_prepended(character: str) -> bool:
    return "\u0600" <= character <= "\u0605" or character in "\u06dd\u070f"


def _is_flag(character: str) -> bool:
    return _is_in(character, _FLAGS)


def _flags_before(text: str, index: int) -> int:
    count = 0
    while count < index and _is_flag(text[index - 1 - count]):
        count += 1
    return count


def _is_one_syllable(before: str, after: str) -> bool:
    """Tell whether two Hangul characters are one syllable."""
    return (_hangul(before), _hangul(after)) in _SYLLABLES


def _hangul(character: str) -> str:
    """Return the kind of a Hangul character: L, V, T, LV or LVT; nothing for any other."""
    if _is_in(character, _WHOLE_SYLLABLES):
        is_open = (ord(character) - ord("가")) % _FINALS == 0
        return "LV" if is_open else "LVT"
    found = [kind for kind, ranges in _JAMO.items() if _is_in(character, ranges)]
    return found[0] if found else ""


def _is_in(character: str, ranges: tuple[tuple[str, str], ...]) -> bool:
    return any(first <= character <= last for first, last in ranges)
