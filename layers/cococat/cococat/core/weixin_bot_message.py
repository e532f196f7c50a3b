"""
Messages of WeCom (企业微信) intelligent bots: what users say to them, as `ChatMessage`.

Source: WeCom developer documentation, "Intelligent bot: receiving messages" (100719) and
"Receiving events" (101027).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from cococat.core import fields
from cococat.core import weixin_bot_content as content_of
from cococat.core.clock import iso
from cococat.core.errors import MalformedMessage
from cococat.core.limits import BUTTON_KEY
from cococat.core.messages import CALLED, Attachment, ChatMessage
from cococat.core.text import MAX_CONTENT, clean, cut, size
from cococat.core.weixin_bot_content import Content, Json

MAX_USER = 64
"""Bytes of a user's id."""
SYSTEM = "sys"
ENTER = "enter_chat"
CARD = "template_card_event"

_ID = re.compile(r"[\x21-\x7e]{1,256}", re.ASCII)
_COMPANY = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_TASK = re.compile(r"[A-Za-z0-9_@-]{1,128}", re.ASCII)
_KIND = re.compile(r"[a-z_]{1,64}", re.ASCII)
_USER = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+")

SealRef = Callable[[str], str]
"""Turns an address into a ref that nobody but us can read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BotMessage:
    """
    One message or event of a user.

    Attributes:
        message: as the agent gets it.
        event: the event's name; empty for a message.
        task_id: of the card that an event is of.
        event_key: of the button that was pressed in it.
        response_url: where one answer may be posted to; a secret.
        is_group: whether it was said in a group.

    """

    message: ChatMessage
    event: str = ""
    task_id: str = ""
    event_key: str = ""
    response_url: str = field(default="", repr=False)
    is_group: bool = False


def kind_of(source: Json) -> str:
    """
    Return the type of the callback *source*.

    Raises:
        MalformedMessage: it has none.

    """
    return _matching(source, "msgtype", _KIND)


def event_of(source: Json) -> str:
    """Return the name of the event that *source* is; empty for a message, whatever is in it."""
    if kind_of(source) != "event":
        return ""
    return fields.text(fields.mapping(source, "event"), "eventtype", "")


def stream_of(source: Json) -> str:
    """
    Return the id of the stream that the poll *source* is for.

    Raises:
        MalformedMessage: it has none.

    """
    return _matching(fields.mapping(source, "stream"), "id", _ID)


def read(source: Json, *, scene_id: str, asked_at: int, seal_ref: SealRef) -> BotMessage | None:
    """
    Return what *source* says, or None for what is nobody's turn.

    Args:
        source: the opened callback.
        scene_id: the scene that the bot belongs to.
        asked_at: when the platform signed it, seconds since 1970.
        seal_ref: hides the addresses of files.

    Raises:
        MalformedMessage: something that it needs is missing or not of its form.

    """
    user, conversation, said = _user(source), _conversation(source), _said(source)
    if not user or not conversation or said is None:
        return None
    whole = "\n\n".join(filter(None, (clean(content_of.quoted(source)), clean(said.text))))
    if not (whole.strip() or said.files):
        if not _is_group(source):
            return None
        whole = CALLED
    content = cut(whole, MAX_CONTENT)
    event = event_of(source)
    extra = {"event": event} if event else {}
    message = ChatMessage(
        channel_type="weixin",
        scene_id=scene_id,
        user_id=user,
        content=content,
        msg_type=kind_of(source),
        msg_id=_matching(source, "msgid", _ID),
        timestamp=iso(asked_at),
        conversation_id=conversation,
        attachments=tuple(
            Attachment(kind=kind, name="", size=None, ref=seal_ref(address))
            for kind, address in said.files
        ),
        extra=extra if content == whole else {**extra, "truncated": True},
    )
    return _with_card(message, event, source)


def _with_card(message: ChatMessage, event: str, source: Json) -> BotMessage:
    card = fields.mapping(fields.mapping(source, "event"), CARD) if event == CARD else {}
    has_address = source.get("response_url") is not None
    return BotMessage(
        message=message,
        event=event,
        task_id=_matching(card, "task_id", _TASK) if card.get("task_id") else "",
        event_key=cut(fields.text(card, "event_key", ""), BUTTON_KEY),
        response_url=content_of.address(source, "response_url") if has_address else "",
        is_group=_is_group(source),
    )


def _said(source: Json) -> Content | None:
    kind = kind_of(source)
    if kind == "event":
        return content_of.of_event(event_of(source), source)
    said = content_of.of_message(kind, source)
    if said is None or not _is_group(source):
        return said
    return Content(content_of.without_mention(said.text), said.files)


def _is_group(source: Json) -> bool:
    return fields.text(source, "chattype", "single") == "group"


def _user(source: Json) -> str:
    """Return the user's id, empty where it is no user's message."""
    user = fields.text(fields.mapping(source, "from"), "userid", "")
    if user and (not _USER.fullmatch(user) or size(user) > MAX_USER):
        raise MalformedMessage("'userid' is not of its form")
    return "" if user.lower() == SYSTEM else user


def _conversation(source: Json) -> str:
    """
    Return the group's id, or the user's in one case; empty where a group has none.

    Users of another company than the bot's come with that company's id.
    """
    if _is_group(source):
        return _matching(source, "chatid", _ID) if source.get("chatid") else ""
    sender, user = fields.mapping(source, "from"), _user(source).casefold()
    company = _matching(sender, "corpid", _COMPANY) if sender.get("corpid") else ""
    return f"{company}/{user}" if company and user else user


def _matching(source: Json, name: str, form: re.Pattern[str]) -> str:
    value = fields.text(source, name)
    if not form.fullmatch(value):
        raise MalformedMessage(f"'{name}' is not of its form")
    return value
