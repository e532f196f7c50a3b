import pytest

from cococat.core.feishu_account import account_of
from tests.support.feishu import SEALED, settings


@pytest.mark.parametrize(
    ("more", "base"),
    [
        ({}, "https://open.feishu.cn"),
        ({"domain": "feishu"}, "https://open.feishu.cn"),
        ({"domain": "lark"}, "https://open.larksuite.com"),
        ({"domain": "lark", "api_base": "http://127.0.0.1:1/"}, "http://127.0.0.1:1"),
    ],
)
def test_an_app_lives_on_one_domain(more: dict[str, str], base: str) -> None:
    """Feishu's, Lark's, or whatever server an entry names."""
    assert account_of(settings(SEALED) | more).api_base == base


def test_tokens_and_bots_of_two_domains_are_not_mixed() -> None:
    """Nor are tokens of two secrets; a bot stays the same when its app's secret changes."""
    feishu = account_of(settings(SEALED))
    lark = account_of(settings(SEALED) | {"domain": "lark"})
    renewed = account_of(settings(SEALED) | {"app_secret": "next"})

    assert len({feishu.token_key, lark.token_key, renewed.token_key}) == 3
    assert feishu.bot_key == renewed.bot_key != lark.bot_key


def test_no_secret_is_shown() -> None:
    """Accounts stand in error texts of others."""
    assert SEALED.app_secret not in repr(account_of(settings(SEALED)))
