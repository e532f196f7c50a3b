"""Made-up values for the secrets that a local stack needs and the environment does not name."""

import secrets
import string
from collections.abc import Mapping
from typing import Any

_LETTERS = string.ascii_letters + string.digits
BOT, APP, COMPANY, OTHER = "100001:", "wxlocal", "wwlocal", "local-"
"""What made-up bot tokens, app ids, company ids and other values begin with; real ones do not."""
_ACCOUNT = ("bot_token", "app_id", "corp_id", "bot_id")
"""Keys of a config that say whose account it is."""
_FORMS = {
    "app_id": (APP, 11, _LETTERS),
    "bot_token": (BOT, 35, _LETTERS),
    "corp_id": (COMPANY, 11, _LETTERS),
    "agent_id": ("1", 6, string.digits),
    "token": ("", 32, _LETTERS),
    "encoding_aes_key": ("", 43, _LETTERS),
    "url": ("", 0, ""),
}
_OTHERWISE = (OTHER, 32, _LETTERS)


def made_up(key: str) -> str:
    """Return a random value that is good for the config key *key*; empty where none can be."""
    prefix, length, letters = _FORMS.get(key, _OTHERWISE)
    return prefix + "".join(secrets.choice(letters) for _ in range(length))


def account(config: Mapping[str, Any]) -> str:
    """Return the value in *config*, or the reference to it, that says whose account it is."""
    return next((str(config[key]) for key in _ACCOUNT if key in config), "")


def is_made_up(value: str) -> bool:
    """Tell whether *value*, which says whose account it is, was made up."""
    return value.startswith((BOT, APP, COMPANY, OTHER))
