"""WeCom's cryptography by wechatpy, which knows nothing of this project."""

import base64

from wechatpy.enterprise.crypto import PrpCrypto, WeChatCrypto
from wechatpy.enterprise.exceptions import InvalidCorpIdException
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.utils import WeChatSigner

from cococat.simulators.sealing import Keys, NotTaken


class WechatpySeal:
    """`cococat.simulators.sealing.Seal` by wechatpy."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def sign(self, *parts: str) -> str:
        """Return the signature over *parts* and the token."""
        signer = WeChatSigner()
        signer.add_data(self._keys.token, *parts)
        signature: str = signer.signature
        return signature

    def close(self, message: str) -> str:
        """Return *message* sealed."""
        key = base64.b64decode(self._keys.encoding_aes_key + "=")
        sealed: bytes = PrpCrypto(key).encrypt(message, self._keys.receive_id)
        return sealed.decode("ascii")

    def open(self, signature: str, timestamp: str, nonce: str, sealed: str) -> str:
        """Return what *sealed* holds."""
        keys = self._keys
        crypto = WeChatCrypto(keys.token, keys.encoding_aes_key, keys.receive_id)
        try:
            opened: str = crypto.decrypt_message({"Encrypt": sealed}, signature, timestamp, nonce)
        except (InvalidSignatureException, InvalidCorpIdException, ValueError) as error:
            raise NotTaken("wechatpy does not open the answer") from error
        return opened
