"""One Feishu or Lark app: its credentials, and where its API is."""

from dataclasses import dataclass, field
from typing import Any

from cococat.core.token_record import account_key

HOSTS = {"feishu": "https://open.feishu.cn", "lark": "https://open.larksuite.com"}
"""Domain of an entry -> where its API is; an app lives on one of them alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """
    An app.

    Attributes:
        app_id: `cli_…`.
        app_secret: its secret.
        api_base: where the API is.

    """

    app_id: str
    app_secret: str = field(repr=False)
    api_base: str

    @property
    def token_key(self) -> str:
        """Return the key of the app's access token."""
        return account_key(self.api_base, self.app_id, self.app_secret)

    @property
    def bot_key(self) -> str:
        """Return the key under which the app's bot is known."""
        return account_key(self.api_base, self.app_id)


def account_of(config: dict[str, Any]) -> Account:
    """Return the app that an entry's *config* names."""
    base = config.get("api_base") or HOSTS[config.get("domain", "feishu")]
    return Account(
        app_id=str(config["app_id"]),
        app_secret=str(config["app_secret"]),
        api_base=str(base).rstrip("/"),
    )
