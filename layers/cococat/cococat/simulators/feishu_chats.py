"""
What a Feishu platform keeps of an app's messages: who was told what, where, and how often.

Source: Feishu Open Platform, "Send message", "Reply to message", "Update a sent card", "Content
of sent messages", "Rate limits".
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from cococat.simulators.feishu_cardkit import CardKit
from cococat.simulators.feishu_refusal import Refused, object_in

Json = dict[str, Any]

SAME_FOR = 3600
"""Seconds for which the same idempotency key sends nothing new."""
PER_CHAT = (5, 1.0)
"""Messages to one chat in so many seconds."""
LONGEST = {"text": 150_000, "post": 30_000, "interactive": 30_000}
"""Kind -> bytes of the whole request."""
KINDS = ("text", "post", "image", "file", "audio", "media", "sticker", "interactive")
REPLACED_FOR = 14 * 24 * 3600
"""Seconds for which a card may be replaced."""
PER_MESSAGE = (5, 1.0)
"""Replacements of one card in so many seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """
    One message of the app.

    Attributes:
        id: `om_…`.
        to: the chat or the person.
        kind: its `msg_type`.
        content: its content.
        answers: the message that it replies to, or nothing.
        in_thread: whether it was put into a thread.
        at: when, seconds since 1970.

    """

    id: str
    to: str
    kind: str
    content: Json
    answers: str = ""
    in_thread: bool = False
    at: float = 0


@dataclass(slots=True, kw_only=True)
class Chats:
    """
    An app's messages.

    Attributes:
        now: the time.
        sent: the messages, in their order.
        kit: the card entities.
        gone: messages that can't be replied to any more.
        closed: chats that the app may not write to.
        placed: message of a user -> its chat, where it is known.

    """

    now: Callable[[], float]
    sent: list[Sent] = field(default_factory=list)
    kit: CardKit = field(init=False)
    gone: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    placed: dict[str, str] = field(default_factory=dict)
    _keys: dict[str, tuple[float, Sent]] = field(default_factory=dict)
    _numbers: "count[int]" = field(default_factory=count)
    _replaced: dict[str, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with no card."""
        self.kit = CardKit(now=self.now)

    def send(self, to: str, body: Json, size: int, answers: str = "") -> Sent:
        """
        Take a message, or say once more what became of it.

        Args:
            to: the chat or the person.
            body: the body of the request.
            size: its bytes.
            answers: the message that is replied to, if one is.

        Raises:
            Refused: the platform does not take it.

        """
        key = str(body.get("uuid", ""))
        if len(key) > 50:  # noqa: PLR2004 - the documented limit
            raise Refused(99992402)
        at, known = self._keys.get(key, (0.0, None)) if key else (0.0, None)
        if known is not None and self.now() - at < SAME_FOR:
            return known
        kind, content = self._content(body, size)
        if to in self.closed:
            raise Refused(230002)
        if answers in self.gone:
            raise Refused(230011)
        self._check_rate(to)
        message = Sent(
            id=f"om_sent{next(self._numbers)}",
            to=to,
            kind=kind,
            content=content,
            answers=answers,
            in_thread=body.get("reply_in_thread") is True,
            at=self.now(),
        )
        self.sent.append(message)
        self._keys[key] = (self.now(), message)
        return message

    def replace_card(self, message_id: str, body: Json, size: int) -> None:
        """
        Put another card into a message of the app.

        Raises:
            Refused: it is no card, or none of the app's that can be replaced.

        """
        if message_id in self.gone:
            raise Refused(230011)
        _, content = self._content(body | {"msg_type": "interactive"}, size)
        for number, message in enumerate(self.sent):
            if message.id == message_id and message.kind == "interactive":
                self._check_replacement(message)
                self.sent[number] = replace(message, content=content)
                return
        raise Refused(230001)

    def said(self, to: str) -> list[str]:
        """Return what whoever reads *to* has got, as text."""
        return [self.text_of(message) for message in self.sent if message.to == to]

    def text_of(self, message: Sent) -> str:
        """Return what a reader sees of *message*."""
        content = message.content
        match message.kind:
            case "text":
                return str(content["text"])
            case "post":
                post = next(iter(content.values()))
                return "\n".join("".join(n["text"] for n in line) for line in post["content"])
            case "interactive" if content.get("type") == "card":
                name = content["data"]["card_id"]
                return self.kit.text_of(name) or _shown(self.kit.cards[name].card)
            case "interactive":
                return _shown(content)
            case kind:
                return f"[{kind}]"

    def _content(self, body: Json, size: int) -> tuple[str, Json]:
        kind = str(body.get("msg_type"))
        raw = body.get("content")
        if kind not in KINDS or not isinstance(raw, str):
            raise Refused(230001)
        if size > LONGEST.get(kind, LONGEST["text"]):
            raise Refused(230099 if kind == "interactive" else 230025)
        content = object_in(raw, 230001)
        if content.get("type") == "card":
            self.kit.place(str(content["data"]["card_id"]))
        elif kind == "interactive":
            _check_card(content)
        return kind, content

    def _check_replacement(self, message: Sent) -> None:
        now, times = self.now(), self._replaced.setdefault(message.id, [])
        if now >= message.at + REPLACED_FOR:
            raise Refused(230031)
        most, seconds = PER_MESSAGE
        if sum(now - at < seconds for at in times[-most:]) >= most:
            raise Refused(230020)
        times.append(now)

    def _check_rate(self, to: str) -> None:
        most, seconds = PER_CHAT
        late = [message for message in self.sent if message.to == to]
        if sum(self.now() - message.at < seconds for message in late[-most:]) >= most:
            raise Refused(230020)


def _check_card(card: Json) -> None:
    elements = card.get("body", {}).get("elements", [])
    tags = {element.get("tag") for element in elements}
    if card.get("schema") != "2.0" or not elements or tags & {"action", "note"}:
        raise Refused(230099)
    if card.get("config", {}).get("update_multi") is not True:
        raise Refused(230099)


def _shown(card: Json) -> str:
    """Return the words on a card."""
    header = card.get("header", {}).get("title", {}).get("content", "")
    words = [header]
    for element in card["body"]["elements"]:
        text = element.get("text", {})
        words.append(element.get("content") or text.get("content", ""))
    return "\n".join(word for word in words if word.strip())
