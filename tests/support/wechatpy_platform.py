"""The WeChat platform with the cryptography of wechatpy, which knows nothing of this project."""

import base64

from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException, InvalidSignatureException
from wechatpy.utils import WeChatSigner

from cococat.simulators.wechat import OutOfOrder, WeChatPlatform


class WechatpyPlatform(WeChatPlatform):
    """`WeChatPlatform` whose messages are signed, sealed and opened by wechatpy."""

    __slots__ = ()

    def seal(self, body: str) -> str:
        """Return *body* sealed for the account."""
        sealed: bytes = PrpCrypto(self._key()).encrypt(body, self.account.app_id)
        return sealed.decode("ascii")

    def _open(self, reply: dict[str, str]) -> str:
        account = self.account
        crypto = WeChatCrypto(account.token, account.encoding_aes_key, account.app_id)
        signed = (reply.get(name, "") for name in ("MsgSignature", "TimeStamp", "Nonce"))
        try:
            opened: str = crypto.decrypt_message(reply, *signed)
        except (InvalidSignatureException, InvalidAppIdException, KeyError, ValueError) as error:
            raise OutOfOrder("wechatpy does not open the reply") from error
        return opened

    def _query(self, values: dict[str, str]) -> dict[str, str]:
        query = WeChatPlatform._query(self, values)
        signed = (self.account.token, query["timestamp"], query["nonce"])
        return query | {"signature": _signature(*signed)}

    def _sealed_query(self, query: dict[str, str], sealed: str) -> dict[str, str]:
        signed = (self.account.token, query["timestamp"], query["nonce"], sealed)
        return {"encrypt_type": "aes", "msg_signature": _signature(*signed)}

    def _key(self) -> bytes:
        return base64.b64decode(self.account.encoding_aes_key + "=")


def _signature(*parts: str) -> str:
    signer = WeChatSigner()
    signer.add_data(*parts)
    signature: str = signer.signature
    return signature
