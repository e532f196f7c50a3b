import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.core.feishu_mentions import EVERYBODY, NOBODY, read
from cococat.simulators.feishu import mention

BOT = "ou_bot"


def resolved(text: str, *entries: dict[str, Any], own: str = BOT) -> str:
    """Return *text* with the mentions that *entries* tell of."""
    return read(list(entries), own).resolve(text)


class TestResolving:
    """Names in place of placeholders."""

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("@_user_1 hi", "hi"),
            ("hi @_user_1", "hi"),
            ("hi @_user_1 there", "hi there"),
            ("@_user_2 and @_user_12", "@Bob and @Twelve"),
            ("@_user_12@_user_2", "@Twelve@Bob"),
            ("@_user_99 who?", "@_user_99 who?"),
            ("@_all hi", f"{EVERYBODY} hi"),
            ("@_allies", "@_allies"),
            ("@_user_1", ""),
            ("mail me@_user_mail", "mail me@_user_mail"),
            ("  no mention ", "  no mention "),
        ],
    )
    def test_each_placeholder_is_its_person(self, text: str, shown: str) -> None:
        """Our own is nothing; @_user_1 is no part of @_user_12."""
        entries = [
            mention(1, "CocoCat", BOT),
            mention(2, "Bob", "ou_bob"),
            mention(12, "Twelve", "ou_twelve"),
        ]
        assert resolved(text, *entries) == shown

    def test_a_name_is_not_read_again(self) -> None:
        """Whoever is called like a placeholder, or like a template, stays so."""
        entries = [mention(1, "@_user_2", "ou_a"), mention(2, r"\1 \g<0>", "ou_b")]

        assert resolved("@_user_1 @_user_2", *entries) == r"@@_user_2 @\1 \g<0>"

    @given(
        st.dictionaries(st.integers(1, 30), st.text(max_size=8), max_size=8),
        st.lists(st.integers(1, 40) | st.text(st.characters(exclude_characters="@"), max_size=4)),
    )
    def test_all_of_the_rest_stays(self, people: dict[int, str], said: list[int | str]) -> None:
        """Whatever people are called and whatever is between their names."""
        entries = [mention(number, name, f"ou_{number}") for number, name in people.items()]
        parts = [each if isinstance(each, str) else f"@_user_{each}|" for each in said]
        shown = [
            f"@{people[each]}|" if isinstance(each, int) and each in people else part
            for each, part in zip(said, parts, strict=True)
        ]
        text, expected = "".join(parts), "".join(shown)

        assert resolved(text, *entries) == (expected.strip() if "@_" in text else expected)

    @given(st.text(st.sampled_from("@_user1l a")))
    def test_without_mentions_nothing_but_everybody_changes(self, text: str) -> None:
        """A placeholder that nobody told of is what somebody wrote."""
        said = re.sub(r"@_all(?![A-Za-z0-9_])", EVERYBODY, text)

        assert NOBODY.resolve(text).strip() == said.strip()


class TestAddressed:
    """Whether the bot is meant."""

    @pytest.mark.parametrize(
        ("entry", "own", "addressed"),
        [
            (mention(1, "CocoCat", BOT), BOT, True),
            (mention(1, "Bob", "ou_bob"), BOT, False),
            (mention(1, "Other", "ou_other", mentioned_type="bot"), BOT, False),
            (mention(1, "CocoCat", BOT), "", True),
            (mention(1, "CocoCat", BOT, mentioned_type="bot"), "", True),
            (mention(1, "Bob", "ou_bob", mentioned_type="user"), "", False),
            ({"key": "@_all", "id": {}, "name": "all"}, BOT, False),
            ({"key": "@_user_1", "id": {"user_id": "all"}, "name": "all"}, "", False),
        ],
    )
    def test_our_own_mention(self, entry: dict[str, Any], own: str, *, addressed: bool) -> None:
        """By the bot's id; while that is not known, by what the platform says of it."""
        assert read([entry], own).addressed is addressed

    def test_the_names_of_others_stay_while_the_bot_is_not_known(self) -> None:
        """Only what is surely the bot is left out."""
        entries = [mention(1, "Bob", "ou_bob"), mention(2, "Bot", BOT, mentioned_type="bot")]

        assert resolved("@_user_2 ask @_user_1", *entries, own="") == "ask @Bob"

    @pytest.mark.parametrize("own", [BOT, ""])
    @pytest.mark.parametrize(
        "entry",
        [
            {},
            {"key": 1, "name": "Bob"},
            {"key": None, "name": None, "id": None},
            {"key": "@_user_1", "name": 1, "id": "ou_bob"},
            {"key": "@_user_1", "name": None, "id": None, "mentioned_type": ["user"]},
        ],
    )
    def test_what_is_no_mention_is_passed_over(self, entry: dict[str, Any], own: str) -> None:
        """Those beside it are read."""
        entries = [entry, mention(2, "Bot", BOT, mentioned_type="bot")]

        assert read(entries, own).addressed
        assert resolved("@_user_2 ask @_user_1", *entries, own=own) == "ask @_user_1"

    def test_the_bot_needs_no_name(self) -> None:
        """Its id tells that it is meant."""
        entry = mention(1, "", BOT) | {"name": None}

        assert read([entry], BOT).addressed
        assert resolved("@_user_1 hi", entry) == "hi"
