import ast
import secrets
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy import parse_message
from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.utils import check_signature

import cococat.simulators
from cococat.simulators.wechat import Account
from tests.support.wechat import SAFE, USER
from tests.support.wechat_frames import an_envelope
from tests.support.wechat_simulated import platform, query_of
from tests.support.wechat_vectors import Vector, of_kind
from tests.support.wechatpy_platform import WechatpyPlatform


class TestAgainstOthers:
    """The simulator is held by what it did not invent."""

    @of_kind("reply_encrypt")
    def test_seals_the_published_examples(
        self, vector: Vector, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Byte for byte, where the random is theirs."""
        random = bytes.fromhex(vector["input"]["random16_hex"])
        monkeypatch.setattr(secrets, "token_bytes", lambda _count: random)
        config = vector["config"]
        account = Account(
            app_id=config["receive_id"],
            token=config["token"],
            encoding_aes_key=config["encoding_aes_key"],
        )

        sealed_text = platform(account=account).seal(vector["input"]["plaintext"])
        assert sealed_text == vector["expect"]["encrypt"]

    @given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=200))
    def test_what_it_seals_wechatpy_opens(self, text: str) -> None:
        """And ours, and the other way round."""
        there, other = platform(), platform(kind=WechatpyPlatform)
        raw = other._key() if isinstance(other, WechatpyPlatform) else b""

        assert PrpCrypto(raw).decrypt(there.seal(text), SAFE.app_id) == text
        assert an_envelope().open(other.seal(text)).message.decode() == text

    @given(st.text(st.characters(min_codepoint=0x20, codec="utf-8")).map(str.strip))
    def test_what_it_delivers_wechatpy_understands(self, text: str) -> None:
        """Signature, seal and elements."""
        there = platform()
        request = there.request(there.text(USER, text, msg_id="123"))
        query = query_of(request)
        crypto = WeChatCrypto(SAFE.token, SAFE.encoding_aes_key, SAFE.app_id)
        opened = crypto.decrypt_message(
            request.body, query["msg_signature"], query["timestamp"], query["nonce"]
        )
        message = parse_message(opened)

        check_signature(SAFE.token, query["signature"], query["timestamp"], query["nonce"])
        assert (message.source, message.target) == (USER, SAFE.original_id)
        assert (message.type, message.id) == ("text", 123)
        assert query["encrypt_type"] == "aes"
        assert query["openid"] == USER
        assert (message.content or "") == text or not text.isprintable()

    def test_knows_no_channel(self) -> None:
        """What is right is not asked of the code that is to be tested."""
        folder = Path(cococat.simulators.__file__).parent
        trees = [ast.parse(path.read_text("utf-8")) for path in folder.glob("*.py")]
        imported = {
            node.module
            for tree in trees
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module
        }

        ours = {name for name in imported if name.startswith("cococat.")}
        assert {name for name in ours if not name.startswith("cococat.simulators")} <= {
            "cococat.core.errors",
            "cococat.core.http",
            "cococat.core.http_client",
        }
