from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.core.errors import MalformedMessage
from cococat.core.query import MAX_FIELDS, single_values

words = st.text(st.characters(codec="utf-8"), max_size=20)


@given(st.dictionaries(words, words, max_size=MAX_FIELDS))
def test_what_was_encoded_is_read(values: dict[str, str]) -> None:
    """Any names and any values."""
    assert single_values(urlencode(values)) == values


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("", {}),
        ("a=1&b=&c", {"a": "1", "b": "", "c": ""}),
        ("a=1+2%2B3", {"a": "1 2+3"}),
        ("a=1;b=2", {"a": "1;b=2"}),
        ("a=b=c", {"a": "b=c"}),
        ("a=1&A=2", {"a": "1", "A": "2"}),
    ],
)
def test_a_query_is_read_as_forms_write_it(query: str, values: dict[str, str]) -> None:
    """Plus is a space, and only `&` parts two values."""
    assert single_values(query) == values


@pytest.mark.parametrize(
    "query",
    [
        "a=1&a=1",
        "a=1&a=2",
        "a=1&%61=2",
        "a&a",
        "a=%ff",
        "%ff=a",
        "&".join(f"n{n}=" for n in range(MAX_FIELDS + 1)),
    ],
)
def test_a_query_that_can_be_read_in_two_ways_is_refused(query: str) -> None:
    """A name that stands in it twice, in whatever form, or bytes that are no text."""
    with pytest.raises(MalformedMessage):
        single_values(query)


@given(st.text(st.characters(exclude_categories=[]), max_size=60))
def test_any_text_is_read_or_refused(query: str) -> None:
    """A stranger's query never ends in another error."""
    try:
        found = single_values(query)
    except MalformedMessage:
        return
    assert all(isinstance(value, str) for value in found.values())


@given(st.text("ab=&;_-", max_size=40))
def test_what_is_not_encoded_is_read_as_if_it_were(query: str) -> None:
    """The short way through a query finds what the long way finds."""
    try:
        found = single_values(query)
    except MalformedMessage:
        found = {}
    pairs = parse_qsl(query, keep_blank_values=True)

    assert found == (dict(pairs) if len(dict(pairs)) == len(pairs) else {})
