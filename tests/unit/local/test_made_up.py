import re

import pytest

from cococat.core.channels.catalogue import CATALOGUE
from cococat.local.made_up import account, is_made_up, made_up

NEEDED = sorted(
    {
        (field.key, field.pattern)
        for name in ("wechat", "weixin")
        for variant in CATALOGUE[name].variants
        for field in variant
        if field.required
    }
)


@pytest.mark.parametrize(("key", "pattern"), NEEDED)
def test_a_value_is_good_for_its_key(key: str, pattern: str) -> None:
    """Every time; and each time another, so that nobody can know it."""
    values = {made_up(key) for _ in range(20)}

    assert [value for value in values if not re.fullmatch(pattern, value, re.ASCII)] == []
    assert len(values) == 20


@pytest.mark.parametrize("key", ["bot_token", "app_id", "corp_id", "bot_id"])
def test_whose_account_it_is_says_that_it_is_made_up(key: str) -> None:
    """Whatever else its config has."""
    assert is_made_up(account({"token": "x", key: made_up(key)}))


@pytest.mark.parametrize(
    "real",
    [
        "123456789:AAExampleExampleExampleExample",
        "wx0123456789abcdef",
        "cli_0123456789abcdef",
        "ww0123456789abcdef",
        "",
    ],
)
def test_a_real_account_does_not(real: str) -> None:
    """Their ids go on with a number or in hexadecimal digits; some have none."""
    assert not is_made_up(account({"app_id": real}))
