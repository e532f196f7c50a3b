"""
What a Telegram message says: its text, or a text that stands for what it is, and its files.

Source: Telegram Bot API, "Message".
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cococat.core import fields
from cococat.core.errors import MalformedMessage
from cococat.core.messages import Attachment
from cococat.core.telegram_albums import ALBUM

MAX_BLOCKS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """
    What a message says.

    Attributes:
        msg_type: text, image, voice, video, file, location …
        text: for the agent.
        attachments: the files.

    """

    msg_type: str
    text: str
    attachments: tuple[Attachment, ...] = ()


_FILES = (
    # animation repeats itself in document, so it comes first
    ("animation", "video"),
    ("document", "file"),
    ("voice", "voice"),
    ("audio", "voice"),
    ("video", "video"),
    ("video_note", "video"),
)
"""Key of a message -> kind of attachment."""


def content_of(message: dict[str, Any]) -> Content | None:
    """
    Return what *message* says, or None for one that says nothing: a service message.

    Raises:
        MalformedMessage: it is not of the documented form.

    """
    if "text" in message:
        return Content(msg_type="text", text=fields.text(message, "text"))
    file = _file(message)
    if file is not None:
        others = [_file(each) for each in fields.objects(message, ALBUM)]
        files = (file, *(each for each in others if each is not None))
        caption = fields.text(message, "caption", "")
        return Content(msg_type=file.kind, text=caption, attachments=files)
    for key, read in _OTHERS.items():
        if message.get(key):
            return read(message)
    return None


def _file(message: dict[str, Any]) -> Attachment | None:
    photos = fields.objects(message, "photo")
    if photos:
        largest = max(photos, key=_area)
        return _attachment(largest, "image", "photo.jpg")
    for key, kind in _FILES:
        source = fields.mapping(message, key)
        if source:
            return _attachment(source, kind, fields.text(source, "file_name", ""))
    return None


def _area(photo: dict[str, Any]) -> int:
    return fields.integer(photo, "width", 0) * fields.integer(photo, "height", 0)


def _attachment(source: dict[str, Any], kind: str, name: str) -> Attachment:
    size = None if source.get("file_size") is None else fields.integer(source, "file_size")
    return Attachment(kind=kind, name=name, size=size, ref=fields.text(source, "file_id"))


def _sticker(message: dict[str, Any]) -> Content:
    sticker = fields.mapping(message, "sticker")
    is_still = not (sticker.get("is_animated") or sticker.get("is_video"))
    file = _attachment(sticker, "image" if is_still else "file", "")
    return Content(msg_type="sticker", text=fields.text(sticker, "emoji", ""), attachments=(file,))


def _location(message: dict[str, Any]) -> Content:
    venue = fields.mapping(message, "venue")
    place = fields.mapping(message, "location") or fields.mapping(venue, "location")
    latitude, longitude = fields.number(place, "latitude"), fields.number(place, "longitude")
    lines = [f"{latitude:g},{longitude:g}"]
    lines += [fields.text(venue, name, "") for name in ("title", "address")]
    return Content(msg_type="location", text="\n".join(line for line in lines if line))


def _contact(message: dict[str, Any]) -> Content:
    contact = fields.mapping(message, "contact")
    names = [fields.text(contact, name, "") for name in ("first_name", "last_name")]
    lines = [" ".join(name for name in names if name), fields.text(contact, "phone_number")]
    return Content(msg_type="contact", text="\n".join(lines))


def _poll(message: dict[str, Any]) -> Content:
    poll = fields.mapping(message, "poll")
    options = [fields.text(option, "text") for option in fields.objects(poll, "options")]
    return Content(msg_type="poll", text="\n".join([fields.text(poll, "question"), *options]))


def _dice(message: dict[str, Any]) -> Content:
    dice = fields.mapping(message, "dice")
    text = f"{fields.text(dice, 'emoji', '')} {fields.integer(dice, 'value')}"
    return Content(msg_type="dice", text=text.strip())


def _web_app_data(message: dict[str, Any]) -> Content:
    return Content(
        msg_type="event", text=fields.text(fields.mapping(message, "web_app_data"), "data")
    )


def _rich_message(message: dict[str, Any]) -> Content:
    """Return the texts of a structured message (Bot API 10.1), one block after the other."""
    found: list[str] = []
    waiting: list[Any] = [message["rich_message"]]
    while waiting and len(found) < MAX_BLOCKS:
        match waiting.pop():
            case {**block}:
                text = block.pop("text", None)
                inner = [each for each in block.values() if isinstance(each, dict | list)]
                waiting += [*reversed(inner), text]
            case [*blocks]:
                waiting += reversed(blocks)
            case str() as text if text.strip():
                found.append(text)
    if not found:
        raise MalformedMessage("'rich_message' holds no text")
    return Content(msg_type="text", text="\n".join(found))


_OTHERS: dict[str, Callable[[dict[str, Any]], Content]] = {
    "sticker": _sticker,
    "venue": _location,
    "location": _location,
    "contact": _contact,
    "poll": _poll,
    "dice": _dice,
    "web_app_data": _web_app_data,
    "rich_message": _rich_message,
}
"""Key of a message -> what reads it."""
