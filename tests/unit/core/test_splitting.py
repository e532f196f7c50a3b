import json
import re

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from cococat.core.feishu_cards import unmentioned
from cococat.core.limits import Unit
from cococat.core.splitting import LEAST, cut, measure, split

CODE = "```python\nfor cat in cats:\n    cat.feed()\n```\n"
TABLE = "| a | b |\n|---|---|\n| 1 | 2 |\n"
PIECES = [
    "行一。",
    "A sentence. ",
    "\n",
    "\n\n",
    "👩‍👩‍👧",
    "word ",
    CODE,
    "~~~\n",
    "```\n",
    TABLE,
    "e\u0301",
    "x" * 90,
]
FENCE = re.compile(r"^(?:```|~~~).*$", re.MULTILINE)
texts = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
limits = st.integers(LEAST, 400)
units = st.sampled_from(Unit)


def visible(text: str) -> str:
    """Return *text* without white space."""
    return re.sub(r"\s", "", text)


def codes(part: str) -> list[str]:
    """Return what is in each block of code of *part*."""
    pieces = FENCE.split(part)
    assert len(pieces) % 2 == 1, part
    return pieces[1::2]


@given(texts, limits, units, st.booleans())
def test_a_part_is_within_the_limit(text: str, limit: int, unit: Unit, markdown: bool) -> None:  # noqa: FBT001 - made up by hypothesis
    """Whatever a platform counts, it gets no more than it takes, and nothing empty."""
    for part in split(text, limit, unit, markdown=markdown):
        assert measure(part, unit) <= limit
        assert part.strip()


@given(texts, limits, units)
def test_nothing_is_lost_and_all_is_in_order(text: str, limit: int, unit: Unit) -> None:
    """The parts of a plain text are the text."""
    assert visible("".join(split(text, limit, unit))) == visible(text)


@given(
    st.lists(st.sampled_from(["line\n", "猫。", "word ", "\n"]), max_size=80).map("".join), limits
)
def test_a_block_of_code_is_whole_in_each_part(body: str, limit: int) -> None:
    """A block that is cut is closed, and opened again with its language; its lines stay."""
    text = f"Before.\n\n```python\n{body.strip()}\n```\nAfter."
    parts = split(text, limit, Unit.BYTES, markdown=True)
    inside = []
    for part in parts:
        pieces = re.split(r"^```(?:python)?\n?", part, flags=re.MULTILINE)
        assert len(pieces) % 2 == 1, part
        inside += pieces[1::2]
    assert visible("".join(inside)) == visible(body)


blocks = st.builds(
    lambda before, fence, info, lines, after: (
        f"{before}\n\n{fence}{info}\n{lines}\n{fence}\n\n{after}"
    ),
    st.integers(1, 99).map(lambda times: "word " * times),
    st.sampled_from(["```", "~~~"]),
    st.sampled_from(["", "python", "a-language-with-a-long-name"]),
    st.lists(st.sampled_from(["x = 1", "猫", "", "x" * 70]), max_size=60)
    .map("\n".join)
    .map(lambda lines: f"begin\n{lines}\nend"),
    st.just("after"),
)


@given(st.lists(blocks, min_size=1, max_size=3).map("\n\n".join), limits, units)
def test_no_block_is_empty(text: str, limit: int, unit: Unit) -> None:
    """A cut beside a fence leaves nothing to open or to close; all that is said stays."""
    parts = split(text, limit, unit, markdown=True)

    assert [part for part in parts if not all(map(str.strip, codes(part)))] == []
    for word in ("begin", "end", "after"):
        assert "".join(parts).count(word) == text.count(word)


@pytest.mark.parametrize("after", ["after ", "", "```\nmore\n```\n"])
@pytest.mark.parametrize("lines", range(50, 70))
def test_a_block_may_end_where_it_is_cut(lines: int, after: str) -> None:
    """What follows is no code."""
    text = "```python\n" + "x = 1\n" * lines + "```\n\n" + after + "w " * 300
    parts = split(text, 400, Unit.CHARACTERS, markdown=True)

    assert [part for part in parts if not all(map(str.strip, codes(part)))] == []
    words = re.sub(r"```.*?```", "", "".join(parts), flags=re.DOTALL)
    assert (words.count("w "), "x" in words) == (300, False)


@settings(max_examples=20)
@given(texts)
def test_what_a_reader_sees_as_one_stays_whole(text: str) -> None:
    """No part begins or ends within a character."""
    clusters = regex.findall(r"\X", visible(text))
    found = [regex.findall(r"\X", visible(part)) for part in split(text, LEAST, Unit.UTF16)]
    assert sum(map(len, found)) == len(clusters)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("a" * 40 + "\n\n" + "b" * 90, "a" * 40),
        ("a" * 40 + "。" + "b" * 90, "a" * 40 + "。"),
        ("a" * 40 + " " + "b" * 90, "a" * 40 + " "),
        ("a" * 40 + "\n```\n" + "b" * 90, "a" * 40),
        ("a" * 90, "a" * 64),
    ],
)
def test_it_is_cut_where_a_reader_pauses(text: str, first: str) -> None:
    """Before code, after a paragraph, a line, a sentence or a word; else anywhere."""
    assert split(text, 64, Unit.CHARACTERS)[0] == first


def test_a_short_text_is_one_part() -> None:
    """It is not touched."""
    assert split("  hi\n", 64, Unit.BYTES) == ["  hi\n"]


def test_a_text_without_anything_to_see_has_no_parts() -> None:
    """No platform takes an empty message."""
    assert split(" \n" * 100, 64, Unit.BYTES) == []


@pytest.mark.parametrize(("unit", "size"), [("bytes", 4), ("utf-16 units", 2), ("characters", 1)])
def test_each_platform_counts_in_its_own_way(unit: str, size: int) -> None:
    """A cat is four bytes, two units of UTF-16, one character."""
    assert measure("🐈", Unit(unit)) == size


@given(texts, st.integers(1, 100), units)
def test_what_is_cut_says_so(text: str, limit: int, unit: Unit) -> None:
    """A short form ends with an ellipsis where something is missing."""
    short = cut(text, limit, unit)
    assert short == text or short.endswith("…")
    assert measure(short, unit) <= max(limit, measure("…", unit))


@given(st.text(st.sampled_from('ab<at猫🐈\\"\n\t\r\x7f\u2028')))
def test_json_is_measured_as_it_is_sent(text: str) -> None:
    """As a text in JSON, which is a text in JSON; and no less where mentions are undone in it."""
    once, harmless = (
        json.dumps(each, ensure_ascii=False)[1:-1] for each in (text, unmentioned(text))
    )
    twice = len(json.dumps(once, ensure_ascii=False).encode()) - 2

    assert measure(text, Unit.JSON) == twice + 3 * text.count("<")
    assert measure(text, Unit.JSON) >= len(json.dumps(harmless, ensure_ascii=False).encode()) - 2
