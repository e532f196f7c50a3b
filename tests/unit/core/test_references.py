import pytest

from cococat.core import references
from cococat.core.references import Reference
from tests.support.files import Values


@pytest.mark.parametrize(
    ("written", "reference"),
    [
        ("${WEB_API_KEY}", Reference("env", "WEB_API_KEY")),
        ("${secret:shop/key}", Reference("secret", "shop/key")),
        ("${secret:shop#api_key}", Reference("secret", "shop", "api_key")),
        ("${ssm:/shop/key}", Reference("ssm", "/shop/key")),
    ],
)
def test_every_form_of_a_reference_is_read(written: str, reference: Reference) -> None:
    """The four documented forms are asked for as they are written."""
    values = Values(**{reference.name: "value"})

    resolved = references.resolve({"key": written}, values)

    assert resolved == ({"key": "value"}, {})
    assert values.asked == [reference]
    assert str(reference) == written


def test_values_without_a_reference_stay() -> None:
    """Numbers, lists, objects and dollars are no references."""
    config = {"a": 1, "b": "$5", "c": ["x"], "d": {"e": None}, "f": "{A}", "g": True}

    assert references.resolve(config, Values()) == (config, {})


def test_references_in_lists_and_options_are_resolved() -> None:
    """A list of keys may hold some, and an option may be one."""
    config = {"api_key": ["${A}", "plain"], "options": {"fallback_text": "${B}"}}

    assert references.resolve(config, Values(A="1", B="2")) == (
        {"api_key": ["1", "plain"], "options": {"fallback_text": "2"}},
        {},
    )


def test_references_in_named_keys_are_resolved() -> None:
    """A list may hold objects, and what one of them lacks is named at the list's key."""
    config = {"api_key": [{"name": "app", "key": "${A}"}, "${B}"], "more": [{"key": "${C}"}]}

    assert references.resolve(config, Values(A="1", B="2")) == (
        {"api_key": [{"name": "app", "key": "1"}, "2"]},
        {"more": "a value for ${C}; there is none"},
    )


def test_a_missing_value_is_named_at_its_key() -> None:
    """Each key that failed says which reference has no value; the others are resolved."""
    config = {"a": "${A}", "b": ["${A}", "${secret:B#k}"], "options": {"c": "${C}"}}

    resolved, missing = references.resolve(config, Values(A="1"))

    assert resolved["a"] == "1"
    assert missing == {
        "b": "a value for ${secret:B#k}; there is none",
        "options.c": "a value for ${C}; there is none",
    }


@pytest.mark.parametrize(
    "value",
    ["${", "${}", "canary${A}", "${A}canary", "${A}${A}", "${canary key}", "${vault:canary}"],
)
def test_what_only_looks_like_a_reference_fails_and_is_not_quoted(value: str) -> None:
    """Half a reference may be half a secret, so it is in no message."""
    _, missing = references.resolve({"key": value}, Values(A="1"))

    assert list(missing) == ["key"]
    assert "canary" not in missing["key"]


def test_what_was_found_is_not_searched_again() -> None:
    """A value that looks like a reference is a value."""
    assert references.resolve({"a": "${A}"}, Values(A="${B}", B="x")) == ({"a": "${B}"}, {})
