"""
Rich texts of Feishu (`post`, and what is left of a card) as plain text with their files.

Source: Feishu Open Platform, "Content of received messages", sections on posts and cards.
"""

from collections.abc import Callable, Iterator
from typing import Any

from cococat.core.feishu_mentions import Mentions

Node = dict[str, Any]


def of_language(content: Node) -> Node:
    """Return the post in *content*: as it is received, or inside its language's key."""
    if "content" in content or "title" in content:
        return content
    inner = [each for each in content.values() if isinstance(each, dict)]
    return inner[0] if inner else {}


def nodes(paragraphs: object) -> Iterator[list[Node]]:
    """Yield the nodes of each paragraph; what is none is left out."""
    for paragraph in paragraphs if isinstance(paragraphs, list) else []:
        found = paragraph if isinstance(paragraph, list) else [paragraph]
        yield [node for node in found if isinstance(node, dict)]


def to_text(title: object, paragraphs: object, mentions: Mentions) -> str:
    """Return title and *paragraphs* as lines of text."""
    lines = ["".join(_shown(node, mentions) for node in each) for each in nodes(paragraphs)]
    if isinstance(title, str) and title:
        lines.insert(0, title)
    return "\n".join(lines).strip()


def _shown(node: Node, mentions: Mentions) -> str:
    tag = said(node, "tag")
    if tag in _SHOWN:
        return _SHOWN[tag](node)
    if tag == "at":
        return mentions.name(said(node, "user_id"), said(node, "user_name"))
    return mentions.resolve(said(node, "text"))


def _link(node: Node) -> str:
    text, href = said(node, "text"), said(node, "href")
    return f"[{text}]({href})" if text and href and text != href else text or href


def _code(node: Node) -> str:
    code = said(node, "text").rstrip("\n")
    return f"```{said(node, 'language').lower()}\n{code}\n```"


_SHOWN: dict[str, Callable[[Node], str]] = {
    "a": _link,
    "code_block": _code,
    "emotion": lambda node: f"[{said(node, 'emoji_type')}]",
    "hr": lambda _node: "---",
    "img": lambda _node: "[图片]",
    "media": lambda _node: "[视频]",
    "text": lambda node: said(node, "text"),
}
"""Tag -> how its nodes are shown; of one that is not here only the text is kept."""


def said(source: Node, key: str) -> str:
    """Return the text at *key*, or none where there is none: contents differ by client."""
    value = source.get(key)
    return value if isinstance(value, str) else ""
