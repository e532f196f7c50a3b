"""
The forms in which WeChat shows an answer: as a passive reply, and as a customer-service message.

Source: WeChat developer documentation, "Passive user reply message", "Send customer service
message" (POST /cgi-bin/message/custom/send). A passive reply has no menu of buttons: there
their words are said in 「」, without numbers, as `1` is what fetches a waiting answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from cococat.core.messages import Button, Card, ReplyFile
from cococat.core.xml_message import Value

if TYPE_CHECKING:
    from cococat.core.rendering import Part

PRESSED = "v:"
"""What the ids of our own buttons begin with; the rest is the button's value."""

Upload = Callable[[ReplyFile], tuple[str, str]]
"""Brings a file to the platform and returns what it is there, image or voice, and its media id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """
    One message, as WeChat has them.

    Attributes:
        kind: text, image, voice, news or msgmenu.
        text: the text; of news the description, of a menu what stands above it.
        media_id: of an image or a voice.
        title: of news.
        url: the page that news open.
        items: of a menu: id and words of each.
        plain: the same as text, for accounts and replies that take nothing else.

    """

    kind: str
    text: str = ""
    media_id: str = ""
    title: str = ""
    url: str = ""
    items: tuple[tuple[str, str], ...] = ()
    plain: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        texts = {name: getattr(self, name) for name in _TEXTS}
        values: dict[str, Any] = {name: value for name, value in texts.items() if value}
        return values | ({"items": [list(each) for each in self.items]} if self.items else {})

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Return the form that `to_json` made *values* of."""
        texts = {name: str(values[name]) for name in _TEXTS if name in values}
        items = tuple((str(key), str(said)) for key, said in values.get("items", ()))
        return cls(**texts, items=items)

    def as_text(self) -> Self:
        """Return the same as a text."""
        return type(self)(kind="text", text=self.plain or self.text)

    def with_hint(self, hint: str) -> Self:
        """Return it with *hint* at its end, where it is a text."""
        if self.kind != "text":
            return self
        return type(self)(kind="text", text=f"{self.text}\n{hint}")


_TEXTS = ("kind", "text", "media_id", "title", "url", "plain")


def needs_upload(part: "Part") -> bool:
    """Tell whether *part* is a file, which has to be brought to the platform first."""
    return part.file is not None


def needs_service(part: "Part") -> bool:
    """Tell whether *part* has buttons to press, which only a customer-service message can hold."""
    return part.card is not None and any(each.value for each in part.card.buttons)


def form_of(part: "Part", upload: Upload) -> Form:
    """
    Return *part* as WeChat shows it.

    Raises:
        DeliveryError: a file could not be brought to the platform.

    """
    if part.file is not None:
        from cococat.core.rendering import file_line

        kind, media_id = upload(part.file)
        return Form(kind=kind, media_id=media_id, plain=file_line(part.file))
    return _card(part.card) if part.card is not None else Form(kind="text", text=part.text)


def to_service(form: Form, user: str) -> dict[str, Any]:
    """Return *form* as a customer-service message to *user*."""
    return {"touser": user, "msgtype": form.kind, form.kind: _SERVICE[form.kind](form)}


def to_passive(form: Form) -> dict[str, Value]:
    """Return *form* as what a passive reply has beside its address."""
    match form.kind:
        case "image" | "voice" as kind:
            return {"MsgType": kind, kind.capitalize(): {"MediaId": form.media_id}}
        case "news":
            article = {
                "Title": form.title,
                "Description": form.text,
                "PicUrl": "",
                "Url": form.url,
            }
            return {"MsgType": "news", "ArticleCount": 1, "Articles": [article]}
        case _:
            return {"MsgType": "text", "Content": form.as_text().text}


def _card(card: Card) -> Form:
    from cococat.core.card_lines import field_lines

    plain = _lines(card)
    pressed = tuple(_item(each) for each in card.buttons if each.value)
    if pressed:
        head = [card.title, card.text, *field_lines(card)]
        head += [_page(each) for each in card.buttons if each.url]
        above = "\n".join(line for line in head if line.strip()) or card.buttons[0].text
        return Form(kind="msgmenu", text=above, items=pressed, plain=plain)
    pages = [each.url for each in card.buttons if each.url]
    if len(pages) != 1:
        return Form(kind="text", text=plain)
    said = [card.text, *field_lines(card)]
    description = "\n".join(line for line in said if line)
    title = card.title if card.title.strip() else card.buttons[0].text
    return Form(kind="news", title=title, text=description, url=pages[0], plain=plain)


def _lines(card: Card) -> str:
    """Return *card* as lines of text; who writes a button's words says them to the agent."""
    from cococat.core.card_lines import card_lines

    said = [_page(each) if each.url else f"「{each.text}」" for each in card.buttons]
    return "\n".join(line for line in (card_lines(replace(card, buttons=())), *said) if line)


def _page(button: Button) -> str:
    return f"{button.text} {button.url}"


def _item(button: Button) -> tuple[str, str]:
    return f"{PRESSED}{button.value}", button.text


def _service_menu(form: Form) -> dict[str, Any]:
    items = [{"id": key, "content": said} for key, said in form.items]
    return {"head_content": form.text, "list": items, "tail_content": ""}


def _service_news(form: Form) -> dict[str, Any]:
    article = {"title": form.title, "description": form.text, "url": form.url, "picurl": ""}
    return {"articles": [article]}


_SERVICE: dict[str, Callable[[Form], dict[str, Any]]] = {
    "text": lambda form: {"content": form.text},
    "image": lambda form: {"media_id": form.media_id},
    "voice": lambda form: {"media_id": form.media_id},
    "news": _service_news,
    "msgmenu": _service_menu,
}
"""Kind -> what a customer-service message of it holds."""
