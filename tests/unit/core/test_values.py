"""Unit tests of the values that a door makes."""

from dataclasses import replace
from typing import Any

import pytest

from cococat.core.http import Request
from cococat.core.values import value


@value(frozen=True, slots=True, kw_only=True)
class Point:
    """A value."""

    x: int
    y: int = 0


def test_equals_by_its_fields() -> None:
    """Two values with the same fields are the same, in a set too."""
    assert Point(x=1) == Point(x=1, y=0) != Point(x=2)
    assert len({Point(x=1), Point(x=1), Point(x=2)}) == 2
    assert replace(Point(x=1), y=3) == Point(x=1, y=3)


def test_has_its_fields_and_no_others() -> None:
    """A misspelt name is an error, as are fields without their names."""
    made: Any = Point(x=1)
    with pytest.raises(AttributeError):
        made.z = 1
    with pytest.raises(TypeError):
        Point(1)  # type: ignore[call-arg]


def test_keeps_secrets_out_of_its_text() -> None:
    """What a field says of itself holds: a body is not printed."""
    assert "body" not in repr(Request(method="POST", path="/", body=b"secret"))
