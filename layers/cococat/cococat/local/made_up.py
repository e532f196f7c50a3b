"""Made-up values for the secrets that a local stack needs and the environment does not name."""

import secrets
import string

_LETTERS = string.ascii_letters + string.digits
_FORMS = {"app_id": ("wx", 16), "token": ("", 32), "encoding_aes_key": ("", 43), "url": ("", 0)}
_OTHERWISE = ("local-", 32)


def made_up(key: str) -> str:
    """Return a random value that is good for the config key *key*; empty where none can be."""
    prefix, length = _FORMS.get(key, _OTHERWISE)
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(length))
