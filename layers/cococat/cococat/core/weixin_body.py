"""
Messages of WeCom (企业微信) applications, as its API takes them.

Each function returns the `msgtype` and what stands under its name.
Source: WeCom developer documentation, "Send application messages" (90236).
"""

from dataclasses import replace
from typing import Any

from cococat.core.card_lines import field_lines
from cococat.core.limits import LIMITS
from cococat.core.messages import Button, Card
from cococat.core.text import cut, size
from cococat.core.weixin_media import Uploaded

MAX_ARTICLES = 8
MAX_BUTTON = 12
"""Bytes of the one button of a text card: four characters."""
OPEN = "查看详情"

Json = dict[str, Any]
Message = tuple[str, Json]


def text(content: str) -> Message:
    """Return a text."""
    return "text", {"content": content}


def markdown(content: str) -> Message:
    """Return markdown, of which WeCom shows a part."""
    return "markdown", {"content": content}


def file(uploaded: Uploaded) -> Message:
    """Return an uploaded image, voice, video or file."""
    return uploaded.kind, {"media_id": uploaded.media_id}


def card(card: Card, task_id: str) -> Message:
    """
    Return *card* as what shows all of it.

    Args:
        card: within the platform's limits.
        task_id: what its events call it; unique for the application.

    """
    card, links = _titled(card), _links(card)
    if len(links) < len(card.buttons) or (links and card.fields):
        return "template_card", template_card(card, task_id)
    if not links:
        return markdown(_as_markdown(card))
    is_shown = len(links) == 1 and _fits_button(links[0])
    said = card.text if is_shown and card.text else _lines(card.text, links[0].text)
    if size(said) > LIMITS["weixin"].card:
        return "template_card", template_card(card, task_id)
    card = replace(card, text=said)
    return _text_card(card, links[0]) if len(links) == 1 else _news(card, links)


def template_card(card: Card, task_id: str) -> Json:
    """Return *card*, which has a button at least, as a template card; see `card`."""
    card, links = _titled(card), _links(card)
    if len(links) < len(card.buttons):
        return _interaction(card, links, task_id)
    return _notice(card, links, task_id)


def _titled(card: Card) -> Card:
    """Return *card* with the title that WeCom wants of it: its own, or its first button's."""
    if card.title.strip() or not card.buttons:
        return card
    return replace(card, title=cut(card.buttons[0].text, LIMITS["weixin"].title))


def _links(card: Card) -> list[Button]:
    return [button for button in card.buttons if button.url]


def _fits_button(link: Button) -> bool:
    return size(link.text) <= MAX_BUTTON


def _lines(*texts: str) -> str:
    return "\n".join(filter(None, texts))


def _text_card(card: Card, link: Button) -> Message:
    return "textcard", {
        "title": card.title,
        "description": card.text,
        "url": link.url,
        "btntxt": link.text if _fits_button(link) else OPEN,
    }


def _news(card: Card, links: list[Button]) -> Message:
    """Return *card* as a list of its links; the first one has its title."""
    first = {"title": card.title, "description": card.text, "url": links[0].url}
    limit = LIMITS["weixin"].title
    rest = [{"title": cut(each.text, limit), "url": each.url} for each in links[1:MAX_ARTICLES]]
    return "news", {"articles": [first, *rest]}


def _interaction(card: Card, links: list[Button], task_id: str) -> Json:
    """Return *card* with buttons whose taps come back to us; its links are lines of it."""
    return {
        "card_type": "button_interaction",
        **_common(card, links, task_id),
        "button_list": [
            {"text": button.text, "style": 1, "key": button.value}
            for button in card.buttons
            if not button.url
        ],
    }


def _notice(card: Card, links: list[Button], task_id: str) -> Json:
    """Return *card* as a notice; a tap on it opens its first link."""
    return {
        "card_type": "text_notice",
        **_common(card, links, task_id),
        "card_action": {"type": 1, "url": links[0].url},
    }


def _common(card: Card, links: list[Button], task_id: str) -> Json:
    lines: list[Json] = [{"keyname": each.name, "value": each.value} for each in card.fields]
    room = LIMITS["weixin"].fields - len(lines)
    lines += [
        {"keyname": "链接", "value": each.text, "type": 1, "url": each.url} for each in links[:room]
    ]
    surplus = [f"{each.text} {each.url}" for each in links[room:]]
    common: Json = {
        "main_title": {"title": card.title},
        "sub_title_text": _lines(card.text, *surplus),
        "horizontal_content_list": lines,
        "task_id": task_id,
    }
    return {name: value for name, value in common.items() if value}


def _as_markdown(card: Card) -> str:
    lines = [f"**{card.title}**" if card.title else "", card.text]
    lines += [f"> {line}" for line in field_lines(card)]
    return cut(_lines(*lines), LIMITS["weixin"].markdown)
