"""
What Feishu messages of every type say: a text for the agent, and the files that came with it.

Source: Feishu Open Platform, "Content of received messages".
"""

import re
from collections.abc import Callable

from cococat.core import feishu_post, fields
from cococat.core.errors import MalformedMessage
from cococat.core.feishu_mentions import NOBODY, Mentions
from cococat.core.feishu_post import Node, said
from cococat.core.messages import CALLED, UNREADABLE, Attachment
from cococat.core.text import clean, cut
from cococat.core.values import value

MAX_NAME = 255
"""Bytes of a file's name, which is a stranger's choice."""
FORWARDED = "forwarded"
"""What a ref has in place of image or file, for what was forwarded in a message."""

_MESSAGE = re.compile(r"[A-Za-z0-9_-]{1,255}", re.ASCII)
_KEY = re.compile(r"[A-Za-z0-9_.-]{1,256}", re.ASCII)


@value(frozen=True, slots=True)
class Content:
    """
    What a message says.

    Attributes:
        kind: text, image, event …
        text: for the agent.
        attachments: what can be downloaded.

    """

    kind: str
    text: str
    attachments: tuple[Attachment, ...] = ()


def parse(content: object) -> Node:
    """Return the content of a message; empty where it is no object, as of merge_forward."""
    try:
        return fields.parse_object(content) if isinstance(content, str) else {}
    except MalformedMessage:
        return {}


def read(kind: str, content: Node, message_id: str, mentions: Mentions) -> Content:
    """
    Return what the message *message_id* of type *kind* says; never nothing.

    People can't send an empty text: one that is left empty called the bot, and no more.

    Args:
        kind: text, post, image …
        content: its content, as an object.
        message_id: the platform's id of it, which a download needs.
        mentions: who is mentioned in it.

    """
    if kind == "text":
        return Content(kind, _text(content, mentions))
    if kind in _RICH:
        text = _RICH[kind](content, mentions)
        return Content(kind=kind, text=text, attachments=_files_in(content, message_id))
    text = _PLAIN[kind](content) if kind in _PLAIN else ""
    file = _file(kind, content, message_id)
    return Content(kind=kind, text=_or(text, UNREADABLE), attachments=(file,) if file else ())


def ref(message_id: str, kind: str, key: str) -> str:
    """Return what a download needs: message, kind (image, file, forwarded), and key of the file."""
    return f"{message_id}/{kind}/{key}"


def _or(text: str, instead: str) -> str:
    """Return *text*, or *instead* where nothing of it is left to be read."""
    return text if clean(text).strip() else instead


def _text(content: Node, mentions: Mentions) -> str:
    is_text = isinstance(content.get("text"), str)
    return _or(mentions.resolve(said(content, "text")), CALLED if is_text else UNREADABLE)


def _post(content: Node, mentions: Mentions) -> str:
    post = feishu_post.of_language(content)
    text = feishu_post.to_text(post.get("title"), post.get("content"), mentions)
    return _or(text, CALLED if post else UNREADABLE)


def _card(content: Node, mentions: Mentions) -> str:
    text = feishu_post.to_text(content.get("title"), content.get("elements"), mentions)
    return _or(text, "[卡片]")


_RICH: dict[str, Callable[[Node, Mentions], str]] = {
    "post": _post,
    "interactive": _card,
}


def _system(content: Node) -> str:
    """Return a system message with the names that its template wants."""
    names = {
        key: "、".join(each for each in value if isinstance(each, str))
        for key, value in content.items()
        if isinstance(value, list)
    }
    template = said(content, "template") or said(content, "divider_text")
    return re.sub(r"\{(\w+)\}", lambda found: names.get(found[1], found[0]), template) or "[系统]"


def _todo(content: Node) -> str:
    summary = content.get("summary")
    post = feishu_post.of_language(summary) if isinstance(summary, dict) else {}
    return _titled("任务", feishu_post.to_text(post.get("title"), post.get("content"), NOBODY))


def _vote(content: Node) -> str:
    options = content.get("options")
    listed = (
        [each for each in options if isinstance(each, str)] if isinstance(options, list) else []
    )
    return "\n".join([_titled("投票", said(content, "topic")), *(f"- {each}" for each in listed)])


def _location(content: Node) -> str:
    place = ", ".join(filter(None, (said(content, "latitude"), said(content, "longitude"))))
    return _titled("位置", " ".join(filter(None, (said(content, "name"), place and f"({place})"))))


def _titled(kind: str, text: str = "") -> str:
    return f"[{kind}] {text}" if text else f"[{kind}]"


def _of(kind: str, key: str = "") -> Callable[[Node], str]:
    """Return what shows a message as its *kind* and the text at *key*."""
    return lambda content: _titled(kind, said(content, key) if key else "")


_PLAIN: dict[str, Callable[[Node], str]] = {
    "image": _of("图片"),
    "file": _of("文件", "file_name"),
    "folder": _of("文件夹", "file_name"),
    "audio": _of("语音"),
    "media": _of("视频", "file_name"),
    "sticker": _of("表情"),
    "share_chat": _of("群名片", "chat_id"),
    "share_user": _of("个人名片", "user_id"),
    "location": _location,
    "merge_forward": _of("合并转发"),
    "system": _system,
    "todo": _todo,
    "vote": _vote,
    "video_chat": _of("视频会议", "topic"),
    "share_calendar_event": _of("日程", "summary"),
    "calendar": _of("日程", "summary"),
    "general_calendar": _of("日程", "summary"),
    "hongbao": _of("红包", "text"),
}

_FILES = {
    "image": ("image", "image_key", "image"),
    "file": ("file", "file_key", "file"),
    "audio": ("voice", "file_key", "file"),
    "media": ("video", "file_key", "file"),
    "img": ("image", "image_key", "image"),
}
"""Type of a message, or tag in a post -> kind, key and type of download."""


def _file(kind: str, content: Node, message_id: str) -> Attachment | None:
    """Return the file in a message or node, if its names make a ref that can be taken apart."""
    if kind == "merge_forward":
        return _forwarded(message_id)
    if kind not in _FILES:
        return None
    shown, name, download = _FILES[kind]
    key = said(content, name)
    if not (_KEY.fullmatch(key) and _MESSAGE.fullmatch(message_id)):
        return None
    title = cut(clean(said(content, "file_name")), MAX_NAME)
    return Attachment(kind=shown, name=title, size=None, ref=ref(message_id, download, key))


def _forwarded(message_id: str) -> Attachment | None:
    """Return the text of what was forwarded in a message; see `feishu_forwarded`."""
    if not _MESSAGE.fullmatch(message_id):
        return None
    whole = ref(message_id, FORWARDED, "all")
    return Attachment(kind="file", name="合并转发.txt", size=None, ref=whole)


def _files_in(content: Node, message_id: str) -> tuple[Attachment, ...]:
    post = feishu_post.of_language(content)
    found = [
        _file(str(node.get("tag")), node, message_id)
        for paragraph in feishu_post.nodes(post.get("content"))
        for node in paragraph
    ]
    return tuple(each for each in found if each is not None)
