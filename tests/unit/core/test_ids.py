import re
import string
from dataclasses import replace

import pytest
from hypothesis import given

from cococat.core import ids
from cococat.core.ids import ChannelAddress
from tests.support import samples
from tests.support.strategies import addresses, anything

HEX = set(string.hexdigits.lower())


class TestForm:
    """Every id is one that SQS takes."""

    @given(addresses, anything, anything)
    def test_any_text_makes_a_legal_id(
        self, address: ChannelAddress, conversation: str, key: str
    ) -> None:
        """Ids are 64 lower-case hex digits, whatever the platform calls its users."""
        made = [
            ids.message_id(address, conversation, key),
            ids.group_id(address, conversation),
            ids.part_id(key, 1),
            ids.fingerprint(key, None),
        ]

        assert all(re.fullmatch(r"[0-9a-f]{64}", each) for each in made)
        assert all(ids.is_id(each) for each in made)

    @pytest.mark.parametrize(
        "other", ["", "a" * 63, "a" * 65, "A" * 64, "g" * 64, "a" * 63 + "\n", "a" * 63 + "٣"]
    )
    def test_another_form_is_no_id(self, other: str) -> None:
        """Only exactly 64 lower-case ASCII hex digits are an id."""
        assert not ids.is_id(other)


class TestDistinctness:
    """What differs has different ids."""

    def test_the_same_parts_make_the_same_id(self) -> None:
        """An id depends on nothing but its parts."""
        first = ids.message_id(samples.ADDRESS, "ann", "1")
        second = ids.message_id(samples.ADDRESS, "ann", "1")

        assert first == second

    @pytest.mark.parametrize("part", ["target_type", "target_id", "channel", "name"])
    def test_each_part_of_the_address_counts(self, part: str) -> None:
        """Two channels never share an id, not even with the same user and message."""
        other = replace(samples.ADDRESS, **{part: "other"})

        assert ids.message_id(samples.ADDRESS, "ann", "1") != ids.message_id(other, "ann", "1")
        assert ids.group_id(samples.ADDRESS, "ann") != ids.group_id(other, "ann")

    def test_borders_between_parts_count(self) -> None:
        """Moving a character from one part to the next makes another id."""
        first = ids.message_id(samples.ADDRESS, "ann", "1x")
        second = ids.message_id(samples.ADDRESS, "ann1", "x")

        assert first != second

    def test_no_conversation_is_not_an_empty_one(self) -> None:
        """A key of the whole channel and a key inside a conversation never meet."""
        whole = ids.message_id(samples.ADDRESS, None, "1")
        inside = ids.message_id(samples.ADDRESS, "", "1")

        assert whole != inside

    def test_parts_of_an_answer_differ(self) -> None:
        """Two parts of one answer are no repeats of each other."""
        assert ids.part_id("m", 1) != ids.part_id("m", 2)
