import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from cococat.core import graphemes

CLUSTER = regex.compile(r"\X")
PIECES = [
    "a",
    " ",
    "\r",
    "\n",
    "猫",
    "e\u0301",
    "👩‍👩‍👧",
    "👍🏽",
    "🇨🇳",
    "🇩",
    "각",
    "가",
    "\u1100",
    "\u1161",
    "\u11a8",
    "❤\ufe0f",
    "क्ष",
    "நி",
    "กำ",
    "\u200d",
    "1\ufe0f\u20e3",
    "🏴\U000e0067\U000e0062\U000e007f",
]
texts = st.lists(st.sampled_from(PIECES) | st.characters(exclude_categories=["Cs"])).map("".join)


def ends(text: str) -> set[int]:
    """Return where the clusters of *text* end, as an independent library sees them."""
    return {match.end() for match in CLUSTER.finditer(text)} | {0}


@given(texts)
@example("\r\n")
def test_nothing_is_cut_inside_what_a_reader_sees_as_one(text: str) -> None:
    """Every border of ours is one of Unicode's."""
    ours = {place for place in range(len(text) + 1) if graphemes.is_border(text, place)}
    assert ours <= ends(text)


@pytest.mark.parametrize("text", ["abc", "猫猫", "a 猫.", "🐈🐈", "🇨🇳🇨🇳", "가나", "e\u0301e"])
def test_between_two_characters_there_is_a_border(text: str) -> None:
    """Plain characters can be cut apart."""
    ours = {place for place in range(len(text) + 1) if graphemes.is_border(text, place)}
    assert ours == ends(text)


def test_a_cluster_without_an_end_is_cut() -> None:
    """A heap of marks does not make a text that can't be cut."""
    assert graphemes.border("a" + "\u0301" * 1000, 500) == 500
