"""A card in words: the lines that say it, whole or in part, where a platform can't show it."""

from cococat.core.messages import Button, Card


def card_lines(card: Card, first: int = 1) -> str:
    """Return *card* as lines of text; its buttons are numbered from *first*."""
    lines = [card.title, card.text, *field_lines(card)]
    lines += [button_line(number, button) for number, button in enumerate(card.buttons, first)]
    return "\n".join(line for line in lines if line)


def field_lines(card: Card) -> list[str]:
    """Return each field of *card* as a line."""
    return [f"{field.name}: {field.value}" for field in card.fields]


def button_line(number: int, button: Button) -> str:
    """Return *button* as a line: its number, its words, and the page that it opens."""
    return f"[{number}] {button.text}" + (f" {button.url}" if button.url else "")
