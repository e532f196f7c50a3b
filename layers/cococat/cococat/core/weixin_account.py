"""What the settings of a WeCom (企业微信) application or bot say, as the rest works with it."""

import secrets
from typing import Any

from cococat.core.callback_query import QueryCheck
from cococat.core.channels import Wiring
from cococat.core.errors import SealBroken
from cococat.core.sealed_callbacks import SealedCallbacks
from cococat.core.sealing import RANDOM, CbcCipher, Envelope

API_BASE = "https://qyapi.weixin.qq.com"
NOBODY = ""
"""What a bot's envelopes end with."""


def is_bot(config: dict[str, Any]) -> bool:
    """Tell whether *config* is an intelligent bot's, not an application's."""
    return "bot_id" in config


def api_base(config: dict[str, Any]) -> str:
    """Return where the API is."""
    return str(config.get("api_base", API_BASE))


def keys_of(config: dict[str, Any]) -> list[str]:
    """Return the EncodingAESKeys, the current one first."""
    return _values(config, "encoding_aes_key", "previous_encoding_aes_key")


def callbacks(wiring: Wiring, config: dict[str, Any]) -> SealedCallbacks:
    """Return what opens and seals the callbacks of the account that *config* is for."""
    queries = QueryCheck(_values(config, "token", "previous_token"), wiring.clock)
    keys = keys_of(config)
    receive_id = NOBODY if is_bot(config) else str(config["corp_id"])
    return SealedCallbacks(queries, Envelope(keys, receive_id, wiring.libraries.cipher))


class Vault:
    """
    Keeps addresses that nobody else may read, where others can see them.

    They are sealed as callbacks are, but for a receiver of their own, so that neither can be
    taken for the other.

    Args:
        config: the bot's settings.
        cipher: AES.

    """

    def __init__(self, config: dict[str, Any], cipher: CbcCipher) -> None:
        self._keys = keys_of(config)
        self._envelope = Envelope(self._keys, "cococat", cipher)

    def hide(self, secret: str) -> str:
        """Return *secret* as others may see it."""
        random = secrets.token_bytes(RANDOM)
        return self._envelope.seal(secret.encode("utf-8"), self._keys[0], random)

    def show(self, hidden: str) -> str:
        """Return what was hidden; empty where it can't be read any more."""
        try:
            return self._envelope.open(hidden).message.decode("utf-8", "replace")
        except SealBroken:
            return ""


def _values(config: dict[str, Any], *names: str) -> list[str]:
    return [str(config[name]) for name in names if name in config]
