import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.core import text
from cococat.simulators.wechat import WeChatPlatform
from tests.support.clock import START
from tests.support.handlers import says
from tests.support.wechat import PLAIN, SAFE, USER, OfficialAccount
from tests.support.wechat_forge import MESSAGE, Forge
from tests.support.wechat_frames import an_envelope
from tests.support.wechatpy_platform import WechatpyPlatform

ACCOUNTS = {"safe": SAFE, "plain": PLAIN}
KINDS = [WeChatPlatform, WechatpyPlatform]

both_modes = pytest.mark.parametrize("mode", ACCOUNTS)
both_kinds = pytest.mark.parametrize("kind", KINDS)


class TestReplies:
    """What a follower reads."""

    @both_kinds
    @both_modes
    @pytest.mark.parametrize(
        ("said", "read"),
        [
            ("a]]>b", "a]]>b"),
            ("]]>]]>", "]]>]]>"),
            ("<a href='x'>&amp;</a>", "<a href='x'>&amp;</a>"),
            ("a\x00b\x0bc\x1fd", "abcd"),
            ("\ufffea\uffff", "a"),
            ("行一\n行二\t", "行一\n行二\t"),
            ("👩‍👩‍👧 🇨🇳 🐈", "👩‍👩‍👧 🇨🇳 🐈"),
            ("a\ud800b", "ab"),
        ],
    )
    def test_are_what_the_agent_said(
        self, mode: str, kind: type[WeChatPlatform], said: str, read: str
    ) -> None:
        """Nothing in a text can break the XML around it."""
        account = OfficialAccount(says(said), account=ACCOUNTS[mode], kind=kind)
        account.works_after(1)

        assert account.platform.write(USER, "hello") == read

    @given(st.text(st.characters(), min_size=1), st.sampled_from(KINDS))
    def test_are_read_by_either_platform(self, said: str, kind: type[WeChatPlatform]) -> None:
        """Any text comes through, but for what no queue takes and how XML ends lines."""
        left = text.clean(said)
        account = OfficialAccount(says(said), kind=kind)
        account.works_after(1)

        lines = left.replace("\r\n", "\n").replace("\r", "\n")
        if left.strip():
            assert account.platform.write(USER, "hello") == lines

    @pytest.mark.parametrize(
        ("said", "read"),
        [
            ("a" * 2000, "a" * 2000),
            ("猫" * 666 + "ab", "猫" * 666 + "ab"),
            ("🐈" * 500, "🐈" * 500),
        ],
    )
    def test_of_2000_bytes_are_whole(self, said: str, read: str) -> None:
        """As much as surely fits goes out, and there is nothing to complain of."""
        account = OfficialAccount(says(said))
        account.works_after(1)

        assert account.platform.write(USER, "hello") == read
        account.world.settle()
        assert account.reasons() == []

    @pytest.mark.parametrize(
        ("said", "read"),
        [
            ("a" * 2001, "a" * 2000),
            ("猫" * 667, "猫" * 666),
            ("a" + "猫" * 667, "a" + "猫" * 666),
            ("🐈" * 501, "🐈" * 500),
        ],
    )
    def test_that_are_longer_are_cut_and_their_rest_follows(self, said: str, read: str) -> None:
        """Cut at a character; the rest comes as a message of its own."""
        account = OfficialAccount(says(said))
        account.works_after(1)

        assert account.platform.write(USER, "hello") == read
        account.world.settle()
        assert ("".join(account.seen), len(account.seen)) == (said, 2)
        assert account.reasons() == []

    @both_modes
    def test_carry_the_platforms_own_names_the_other_way_round(self, mode: str) -> None:
        """To the follower, from the account, at the time of the answer."""
        account = OfficialAccount(account=ACCOUNTS[mode])
        connection = account.open(Forge(account=ACCOUNTS[mode]).delivery())
        account.world.settle()
        response = connection.result()

        body = _opened(response.body) if mode == "safe" else response.body
        assert response.headers["content-type"] == "application/xml; charset=utf-8"
        assert body.startswith(
            f"<xml><ToUserName><![CDATA[{USER}]]></ToUserName>"
            f"<FromUserName><![CDATA[{MESSAGE['ToUserName']}]]></FromUserName>"
            f"<CreateTime>{int(START)}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        )

    def test_are_sealed_anew_each_time(self) -> None:
        """The random bytes are random, and the signature is over our own time."""
        account = OfficialAccount()
        first = account.open(Forge().delivery())
        account.world.settle()
        second = account.open(Forge().delivery())

        assert first.result().body != second.result().body
        assert f"<TimeStamp>{int(account.clock.now())}</TimeStamp>" in second.result().body


def _opened(body: str) -> str:
    """Return the XML in a sealed reply."""
    sealed = body.partition("<Encrypt><![CDATA[")[2].partition("]]>")[0]
    return an_envelope().open(sealed).message.decode("utf-8")
