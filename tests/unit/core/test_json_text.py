import json
from dataclasses import asdict

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cococat.core import json_text
from cococat.core.messages import Attachment
from tests.support.strategies import json_values

MOST = 2**64 - 1
"""The largest whole number that is read exactly."""


@given(json_values)
@example("half of a pair: \ud800")
@example({"\udfff": [-(2**63), MOST]})
def test_what_is_written_is_read_again(value: object) -> None:
    """By our reader and by the standard library's, whatever it is."""
    assert json_text.read(json_text.write(value)) == value
    assert json.loads(json_text.write(value)) == value


@given(json_values, st.booleans())
@example(value="half of a pair: \ud800", is_ascii=True)
def test_what_others_write_is_read(value: object, is_ascii: bool) -> None:  # noqa: FBT001 - drawn
    """Text and bytes, with escapes and without."""
    text = json.dumps(value, ensure_ascii=is_ascii)

    assert json_text.read(text) == value
    if is_ascii:
        assert json_text.read(f" \t\r\n{text}\n".encode("ascii")) == value


@given(st.text(max_size=20) | st.binary(max_size=20))
@example('{"a": 1} {"a": 2}')
@example(b"\xff\xfe{\x00}\x00")
@example(b"\xef\xbb\xbf{}")
@example('{"a": NaN}')
@example('{"a": 1e999}')
def test_it_takes_no_more_than_the_standard_library(text: str | bytes) -> None:
    """What that one refuses is refused here too."""
    try:
        value = json_text.read(text)
    except (ValueError, RecursionError):
        return
    assert json.loads(text) == value


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, b"NaN", "-Infinity", '{"a": 1e999}', b"[-1e999]"]
)
def test_what_nests_too_deeply_or_is_no_number_is_refused(text: str | bytes) -> None:
    """With errors that a reader knows."""
    with pytest.raises((ValueError, RecursionError)):
        json_text.read(text)


@pytest.mark.parametrize("size", [3, None, 2**70])
def test_values_of_ours_are_objects(size: int | None) -> None:
    """Whoever writes them."""
    file = Attachment(kind="image", name="猫.png", size=size, ref="r")

    assert json.loads(json_text.write([file])) == [asdict(file)]


def test_a_number_of_more_than_64_bits_is_about_what_was_written() -> None:
    """No platform sends one; whoever does gets no exact one back."""
    assert json_text.read(str(MOST + 2)) == float(MOST + 2)
