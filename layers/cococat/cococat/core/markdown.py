"""Markdown as plain text, for platforms that show its signs as they are."""

import re

_FENCE = re.compile(r"^ {0,3}(?:`{3,}|~{3,})[^`\n]*\n?", re.MULTILINE)
_INLINE = (
    (re.compile(r"^ {0,3}#{1,6} +", re.MULTILINE), ""),
    (re.compile(r"!?\[([^\[\]\n]+)\]\((\S+?)(?: \"[^\"\n]*\")?\)"), r"\1 (\2)"),
    (re.compile(r"\*\*(?=\S)([^\n]*?\S)\*\*"), r"\1"),
    (re.compile(r"(?<!\w)__(?=\S)([^\n]*?\S)__(?!\w)"), r"\1"),
    (re.compile(r"~~(?=\S)([^\n]*?\S)~~"), r"\1"),
    (re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]*?[^\s*])\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<!\w)_(?=[^\s_])([^_\n]*?[^\s_])_(?!\w)"), r"\1"),
)
_CODE = re.compile(r"(`+)([^`\n]|[^`\n][^\n]*?[^`\n])\1(?!`)")


def to_plain(markdown: str) -> str:
    """Return *markdown* without its signs; code keeps every character of its own."""
    pieces = _FENCE.split(markdown)
    # Outside and inside of blocks of code take turns.
    outside = [_plain_lines(piece) if n % 2 == 0 else piece for n, piece in enumerate(pieces)]
    return "".join(outside)


def _plain_lines(text: str) -> str:
    """Return *text*, which holds no block of code, without signs."""
    plain, place = [], 0
    for code in _CODE.finditer(text):
        plain += [_unsigned(text[place : code.start()]), code[2].strip(" ") or code[2]]
        place = code.end()
    return "".join([*plain, _unsigned(text[place:])])


def _unsigned(text: str) -> str:
    for sign, plain in _INLINE:
        text = sign.sub(plain, text)
    return text
