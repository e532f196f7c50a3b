from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.core import feishu_cards
from cococat.core.card_lines import card_lines
from cococat.core.limits import LIMITS, WHOLE, Limits, Unit
from cococat.core.markdown import to_plain
from cococat.core.messages import Button, Card, CardField, Format, Reply, ReplyFile
from cococat.core.rendering import Kind, Part, render
from cococat.core.splitting import LEAST, measure
from tests.support.strategies import answers, cards

PLAIN = Limits(unit=Unit.CHARACTERS, text=200)
RICH = replace(PLAIN, markdown=200, title=20, card=40, fields=1, buttons=1, image=1, file=1)
PICTURE = ReplyFile(kind="image", name="cat.png", source="https://example.com/cat.png")
LETTER = ReplyFile(kind="file", name="a.pdf", source="data:application/pdf;base64,AAAA")
CARD = Card(
    title="Order 7",
    text="Two cats",
    fields=(CardField(name="Sum", value="9 €"), CardField(name="Due", value="today")),
    buttons=(Button(text="Pay", value="pay"), Button(text="See", url="https://example.com/7")),
)
ALL = """Order 7
Two cats
Sum: 9 €
Due: today
[1] Pay
[2] See https://example.com/7"""


def texts(reply: Reply, limits: Limits) -> list[str]:
    """Return the texts of the parts of *reply*."""
    return [part.text for part in render(reply, limits)]


class TestText:
    """The text of an answer."""

    def test_plain_text_stays_as_it_is(self) -> None:
        """Signs of markdown in a plain text are the agent's own."""
        assert render(Reply(text="2 ** 3"), RICH) == (Part(kind=Kind.TEXT, text="2 ** 3"),)

    def test_markdown_goes_where_there_is_such_a_thing(self) -> None:
        """Elsewhere it loses its signs."""
        reply = Reply(text="**Hi** `x`", format=Format.MARKDOWN)
        assert render(reply, RICH) == (Part(kind=Kind.MARKDOWN, text="**Hi** `x`"),)
        assert render(reply, PLAIN) == (Part(kind=Kind.TEXT, text="Hi x"),)

    def test_a_long_text_is_several_parts(self) -> None:
        """Each of them is within the limit."""
        parts = texts(Reply(text="word " * 100), PLAIN)
        assert len(parts) == 3
        assert "".join(parts) == "word " * 100

    def test_a_channel_may_take_an_answer_as_it_is(self) -> None:
        """Then there is one part."""
        assert texts(Reply(text="a" * 10_000, card=CARD), WHOLE) == ["a" * 10_000]


class TestCards:
    """The card of an answer."""

    def test_without_cards_it_is_lines(self) -> None:
        """Nothing of it is lost."""
        assert texts(Reply(card=CARD), PLAIN) == [ALL]
        assert texts(Reply(text="Hello", card=CARD), PLAIN) == [f"Hello\n\n{ALL}"]

    def test_what_has_no_room_in_it_goes_before_it(self) -> None:
        """As a text; the numbers of the buttons go on from those in it."""
        text, card = render(Reply(card=CARD), RICH)
        assert text.text == "Due: today\n[2] See https://example.com/7"
        assert card.card == replace(CARD, fields=CARD.fields[:1], buttons=CARD.buttons[:1])

    def test_too_long_a_text_of_it_goes_before_it(self) -> None:
        """A card keeps its title."""
        long = Card(title="T" * 30, text="word " * 9)
        text, card = render(Reply(card=long), RICH)
        assert text.text == f"{'T' * 30}\n{long.text}"
        assert card.card == Card(title="T" * 19 + "…")


class TestFiles:
    """The files of an answer."""

    def test_each_is_a_part(self) -> None:
        """After the text."""
        reply = Reply(text="Look:", files=(PICTURE, LETTER))
        assert [part.file for part in render(reply, RICH)] == [None, PICTURE, LETTER]

    def test_without_files_there_is_their_address(self) -> None:
        """One without an address is named."""
        reply = Reply(text="Look:", files=(PICTURE, LETTER))
        assert texts(reply, PLAIN) == ["Look:\n\ncat.png https://example.com/cat.png\n\n[a.pdf]"]


@given(answers, st.sampled_from(sorted(LIMITS)))
def test_every_platform_gets_legal_parts(reply: Reply, platform: str) -> None:
    """At least one, none empty, each within the limits."""
    limits = LIMITS[platform]
    parts = render(reply, limits)
    assert parts
    for part in parts:
        assert part.text.strip() or part.card or part.file
        most = limits.markdown if part.kind is Kind.MARKDOWN else limits.text
        assert measure(part.text, limits.unit) <= most


@given(cards, st.integers(1, 400), st.sampled_from(sorted(LIMITS)))
def test_nothing_of_a_card_is_lost(card: Card, times: int, platform: str) -> None:
    """What is not on the platform's card, however long it is, is in the texts before it."""
    fields = tuple(replace(field, value=field.value * times) for field in card.fields)
    card = replace(card, text=card.text * times, fields=fields)
    limits = as_sent(platform)
    parts = render(Reply(card=card), limits)
    shown = "\n".join(part.text for part in parts)
    shown += "".join(f"\n{card_lines(part.card)}" for part in parts if part.card)
    said = [card.title, card.text, *(button.text for button in card.buttons)]
    said += [text for field in card.fields for text in (field.name, field.value)]
    assert [text for text in said if _letters(text) not in _letters(shown)] == []
    for inside in [part.card for part in parts if part.card]:
        values = "".join(field.value for field in inside.fields)
        assert measure(inside.text + values, limits.unit) <= limits.card


def as_sent(platform: str) -> Limits:
    """Return the limits of *platform*, with those of a card as it is sent."""
    limits = LIMITS[platform]
    return replace(limits, takes=feishu_cards.is_small) if platform == "feishu" else limits


def _letters(text: str) -> str:
    """Return *text* without the blanks, at which it may be parted."""
    return "".join(text.split())


@pytest.mark.parametrize("platform", sorted(LIMITS))
def test_every_row_of_the_table_can_be_rendered_by(platform: str) -> None:
    """A text limit leaves room for a block of code's two ends."""
    assert LIMITS[platform].text >= LEAST


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("# Title\ntext", "Title\ntext"),
        ("**bold** and *it* and _it_ and ~~gone~~", "bold and it and it and gone"),
        ("[cat](https://example.com/a_b_c)", "cat (https://example.com/a_b_c)"),
        ('![cat](https://example.com/c.png "A cat")', "cat (https://example.com/c.png)"),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        ("`**kept**`", "**kept**"),
        ("```py\n# kept **x**\n```\n# Title", "# kept **x**\nTitle"),
        ("| a | b |\n|---|---|", "| a | b |\n|---|---|"),
        ("- one\n- two", "- one\n- two"),
    ],
)
def test_markdown_without_its_signs(markdown: str, plain: str) -> None:
    """What was said stays; how it was marked does not."""
    assert to_plain(markdown) == plain


@given(st.text("ab *_`~[]()#\n", max_size=60))
def test_no_word_of_markdown_is_lost(markdown: str) -> None:
    """Whatever is marked, and however wrongly."""
    plain = to_plain(markdown)
    assert [letter for letter in plain if letter in "ab"] == [
        letter for letter in _without_infos(markdown) if letter in "ab"
    ]


def _without_infos(markdown: str) -> str:
    """Return *markdown* without the lines that open or close blocks of code."""
    lines = markdown.split("\n")
    return "\n".join(line for line in lines if not line.lstrip(" ").startswith(("```", "~~~")))
