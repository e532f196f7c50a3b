import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.core import text
from tests.support.strategies import anything, sendable

UNSENDABLE = ["\x00", "\x08", "\x0b", "\x0c", "\x1f", "\ud800", "\udfff", "\ufffe", "\uffff"]


@pytest.mark.parametrize("character", UNSENDABLE)
def test_unsendable_characters_are_taken_out(character: str) -> None:
    """What SQS refuses is cleaned away, and all else stays."""
    assert not text.is_sendable(f"a{character}b")
    assert text.clean(f"a{character}b") == "ab"


@pytest.mark.parametrize("character", ["\t", "\n", "\r", " ", "\x7f", "\ud7ff", "é", "猫", "🐈"])
def test_all_else_is_sendable(character: str) -> None:
    """Tabs, line ends and every script stay as they are."""
    assert text.is_sendable(character)
    assert text.clean(character) == character


@given(anything)
def test_cleaned_text_is_sendable(given_text: str) -> None:
    """Cleaning leaves nothing that a queue would refuse."""
    assert text.is_sendable(text.clean(given_text))


@given(sendable, st.integers(0, 40))
def test_a_cut_keeps_whole_characters(given_text: str, limit: int) -> None:
    """A cut text is a beginning of the text and fits."""
    cut = text.cut(given_text, limit)

    assert given_text.startswith(cut)
    assert text.size(cut) <= limit
    assert text.size(given_text) <= limit or text.size(given_text[: len(cut) + 1]) > limit


def test_size_counts_bytes() -> None:
    """A size is in bytes of UTF-8."""
    assert text.size("猫🐈a") == 8


@pytest.mark.parametrize(
    ("word", "counted"),
    [
        ("SCAN", "scan"),
        ("view_miniprogram", "view_miniprogram"),
        ("", "other"),
        ("a b", "other"),
        ("用户", "other"),
        ("a" * 64, "a" * 64),
        ("a" * 65, "other"),
    ],
)
def test_a_strangers_word_is_counted_if_it_is_one(word: str, counted: str) -> None:
    """Nothing that anybody may choose freely gets into a count or a log."""
    assert text.countable(word) == counted


@given(sendable, st.integers(0, 40))
def test_fits_by_its_bytes(given_text: str, limit: int) -> None:
    """Bytes count, not characters, also where the length alone already tells."""
    assert text.fits(given_text, limit) == (text.size(given_text) <= limit)
