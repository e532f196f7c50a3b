import pytest

from cococat.core.web_api_keys import NamedKey, read_keys


@pytest.mark.parametrize(
    ("api_key", "keys"),
    [
        ("k" * 16, [("key-1", "k" * 16)]),
        (["k" * 16, "l" * 16], [("key-1", "k" * 16), ("key-2", "l" * 16)]),
        ([{"name": "app", "key": "k" * 16}], [("app", "k" * 16)]),
        (
            ["k" * 16, {"name": "app", "key": "l" * 16}, "m" * 16],
            [("key-1", "k" * 16), ("app", "l" * 16), ("key-3", "m" * 16)],
        ),
    ],
)
def test_every_key_has_a_name(api_key: object, keys: list[tuple[str, str]]) -> None:
    """Its own, or its place."""
    assert [(each.name, each.key) for each in read_keys(api_key)] == keys


def test_a_key_is_not_in_its_repr() -> None:
    """What a log shows of it is its name."""
    assert "secret" not in repr(NamedKey("app", "secret-of-the-key"))
