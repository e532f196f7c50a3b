import re

import pytest

from cococat.core.channels.catalogue import CATALOGUE
from cococat.local.made_up import made_up

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
