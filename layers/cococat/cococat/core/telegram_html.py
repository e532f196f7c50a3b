"""
Markdown of an agent as the HTML that Telegram takes.

HTML is the robust target: only `& < >` are special, and there are few tags. What Telegram has no
tag for is written as text. Each call gets a whole text and gives well-formed HTML. Source:
Telegram Bot API, "Formatting options", "HTML style".
"""

import re
from html import escape

_FENCE = re.compile(r"^(```+|~~~+)[ ]*([A-Za-z0-9_+#.-]*)[^\n]*$")
_CODE = re.compile(r"(`+)(.+?)\1", re.DOTALL)
_LINK = re.compile(r"!?\[([^\]\n]{1,500})\]\((https?://[^\s()<>]{1,2000})\)")
_HEADING = re.compile(r"^#{1,6}[ ]+(.+?)[ ]*#*$")
_BULLET = re.compile(r"^([ ]*)[-*+][ ]+")
_RULE = re.compile(r"^[ ]{0,3}([-*_])([ ]*\1){2,}[ ]*$")
_STYLES = (
    (re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*(?!\*)"), "b"),
    (re.compile(r"(?<!\w)__(?=\S)(.+?)(?<=\S)__(?!\w)"), "b"),
    (re.compile(r"~~(?=\S)(.+?)(?<=\S)~~"), "s"),
    (re.compile(r"\|\|(?=\S)(.+?)(?<=\S)\|\|"), "tg-spoiler"),
    (re.compile(r"(?<![\w*])\*(?=[^\s*])(.+?)(?<=[^\s*])\*(?![\w*])"), "i"),
    (re.compile(r"(?<!\w)_(?=[^\s_])(.+?)(?<=[^\s_])_(?!\w)"), "i"),
)


def to_html(markdown: str) -> str:
    """Return *markdown* as HTML for Telegram."""
    out: list[str] = []
    lines = markdown.split("\n")
    while lines:
        fence = _FENCE.match(lines[0])
        if fence is None:
            out.append(_line(lines))
        else:
            lines.pop(0)
            out.append(_code_block(lines, fence[1], fence[2]))
    return "\n".join(out)


def _code_block(lines: list[str], fence: str, language: str) -> str:
    """Take the lines of a code block, and its end if there is one, off *lines*."""
    code = []
    while lines:
        line = lines.pop(0)
        if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
            break
        code.append(line)
    text = escape("\n".join(code), quote=False)
    if language:
        return f'<pre><code class="language-{escape(language)}">{text}</code></pre>'
    return f"<pre>{text}</pre>"


def _line(lines: list[str]) -> str:
    line = lines.pop(0)
    if line.startswith(">"):
        quoted = [line]
        while lines and lines[0].startswith(">"):
            quoted.append(lines.pop(0))
        inner = "\n".join(_inline(each[1:].removeprefix(" ")) for each in quoted)
        return f"<blockquote>{inner}</blockquote>"
    if _RULE.match(line):
        return "———"
    heading = _HEADING.match(line)
    if heading:
        return f"<b>{_inline(heading[1])}</b>"
    return _inline(_BULLET.sub(r"\1• ", line))


def _inline(text: str) -> str:
    """Return one line with its styles; code is taken out first, nothing in it is a sign."""
    done: list[str] = []
    place = 0
    for match in _CODE.finditer(text):
        done.append(_links(text[place : match.start()]))
        done.append(f"<code>{escape(match[2].strip(), quote=False)}</code>")
        place = match.end()
    return "".join([*done, _links(text[place:])])


def _links(text: str) -> str:
    done: list[str] = []
    place = 0
    for match in _LINK.finditer(text):
        done.append(_styles(text[place : match.start()]))
        done.append(f'<a href="{escape(match[2])}">{_styles(match[1])}</a>')
        place = match.end()
    return "".join([*done, _styles(text[place:])])


def _styles(text: str) -> str:
    """Return *text* escaped, with tags for its styles; each style lies in one other at most."""
    for pattern, tag in _STYLES:
        match = pattern.search(text)
        if match is not None:
            before, inside, after = text[: match.start()], match[1], text[match.end() :]
            return f"{_styles(before)}<{tag}>{_styles(inside)}</{tag}>{_styles(after)}"
    return escape(text, quote=False)
