from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cococat.aws.attributes import marshal, unmarshal
from tests.support.strategies import sendable

numbers = st.integers(-(10**37), 10**37) | st.floats(-1e15, 1e15).filter(
    lambda number: number == 0 or abs(number) > 1e-100
)
values = st.recursive(
    st.none() | st.booleans() | numbers | sendable,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(sendable, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(sendable, values, max_size=5))
def test_an_item_comes_back_as_it_was(item: dict[str, Any]) -> None:
    """Plain values survive DynamoDB's form; None stands for what is not there."""
    expected = {name: value for name, value in item.items() if value is not None}

    assert unmarshal(marshal(item)) == expected


def test_types_are_kept() -> None:
    """A flag is no number, and a whole number is no text."""
    item = {"flag": True, "whole": 1, "part": 1.5, "text": "1", "empty": "", "list": [], "map": {}}
    found = unmarshal(marshal(item))

    assert found == item
    assert {name: type(value) for name, value in found.items()} == {
        name: type(value) for name, value in item.items()
    }
    assert marshal({"flag": True, "whole": 1}) == {"flag": {"BOOL": True}, "whole": {"N": "1"}}
