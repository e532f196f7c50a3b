from collections.abc import Callable
from typing import Any

import pytest

from cococat.core import fields
from cococat.core.errors import MalformedMessage


class TestParseObject:
    """Untrusted bytes become an object or an error of ours."""

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "{",
            "[]",
            "null",
            "1",
            '"text"',
            "{'a': 1}",
            '{"a": NaN}',
            '{"a": Infinity}',
            '{"a": -Infinity}',
            '{"a": ' + "1" * 5000 + "}",
            "[" * 100_000,
            '{"a":' * 100_000,
            b"\xff\xfe{",
            b'{"a": "\xff"}',
            b'{"a": "\xed\xa0\x80"}',
            '{"a": 1}'.encode("utf-16"),
            '{"a": 1}'.encode("utf-32"),
        ],
        ids=lambda body: repr(body[:20]),
    )
    def test_refuses_what_is_not_a_json_object_in_utf_8(self, body: str | bytes) -> None:
        """Whatever is no JSON object in UTF-8 is one kind of error."""
        with pytest.raises(MalformedMessage):
            fields.parse_object(body)

    def test_takes_an_object(self) -> None:
        """Text and bytes are the same."""
        assert fields.parse_object('{"猫": 1}') == {"猫": 1}
        assert fields.parse_object('{"猫": 1}'.encode()) == {"猫": 1}


class TestTypes:
    """Each reader takes its own type and nothing else."""

    @pytest.mark.parametrize(
        ("read", "good"),
        [
            (fields.text, ["", "a"]),
            (fields.number, [0, -1, 2.5]),
            (fields.integer, [0, -1, 3.0]),
            (fields.objects, [[], [{}]]),
        ],
    )
    def test_takes_its_own_type(self, read: Callable[..., object], good: list[object]) -> None:
        """A value of the type that was asked for comes back."""
        assert [read({"key": value}, "key") for value in good] == good

    @pytest.mark.parametrize(
        ("read", "bad"),
        [
            (fields.text, [None, 1, True, [], {}]),
            (fields.optional_text, [1, True, [], {}]),
            (fields.number, [None, "1", True, False, [], {}]),
            (fields.integer, [None, "1", True, False, 1.5, float("inf"), [], {}]),
            (fields.objects, [None, {}, "a", [1], [{}, "a"]]),
        ],
    )
    def test_refuses_others_and_names_the_key(
        self, read: Callable[..., object], bad: list[object]
    ) -> None:
        """A wrong type is an error that names the key and not the value."""
        for value in bad:
            with pytest.raises(MalformedMessage, match="'key' must be"):
                read({"key": value}, "key")

    def test_defaults_are_for_absent_keys_only(self) -> None:
        """A default stands in for an absent key, never for a null."""
        source: dict[str, Any] = {"null": None}

        assert fields.text(source, "absent", "x") == "x"
        assert fields.number(source, "absent", 1) == 1
        assert fields.integer(source, "absent", 1) == 1
        assert fields.objects(source, "absent") == []
        assert fields.optional_text(source, "absent") is None
        with pytest.raises(MalformedMessage):
            fields.text(source, "null", "x")
