"""Made-up values for the secrets that a local stack needs and the environment does not name."""

import secrets
import string

_LETTERS = string.ascii_letters + string.digits
BOT = "100001:"
"""What a made-up bot token begins with; so does no real bot's."""
_FORMS = {
    "app_id": ("wx", 16, _LETTERS),
    "bot_token": (BOT, 35, _LETTERS),
    "corp_id": ("ww", 16, _LETTERS),
    "agent_id": ("1", 6, string.digits),
    "token": ("", 32, _LETTERS),
    "encoding_aes_key": ("", 43, _LETTERS),
    "url": ("", 0, ""),
}
_OTHERWISE = ("local-", 32, _LETTERS)


def made_up(key: str) -> str:
    """Return a random value that is good for the config key *key*; empty where none can be."""
    prefix, length, letters = _FORMS.get(key, _OTHERWISE)
    return prefix + "".join(secrets.choice(letters) for _ in range(length))
