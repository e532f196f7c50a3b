from dataclasses import replace

import pytest
from wechatpy.utils import check_signature

from cococat.core.http import Request, Response
from cococat.core.xml_message import write
from cococat.simulators.transport import Cut
from cococat.simulators.wechat import Account, OutOfOrder, WeChatPlatform, made_up_user, to_xml
from tests.support.clock import START, FakeClock
from tests.support.wechat import PLAIN, SAFE, USER
from tests.support.wechat_forge import MESSAGE, Forge, without
from tests.support.wechat_frames import OTHER_KEY, encrypted, framed, padded
from tests.support.wechat_simulated import platform, query_of
from tests.support.wechatpy_platform import WechatpyPlatform

both_kinds = pytest.mark.parametrize("kind", [WeChatPlatform, WechatpyPlatform])
REPLY = {
    "ToUserName": USER,
    "FromUserName": MESSAGE["ToUserName"],
    "CreateTime": "1800000000",
    "MsgType": "text",
    "Content": "hi",
}
SUCCESS = Response(status=200, body="success", headers={})


def sealed(inner: str, forge: Forge | None = None, **changes: str) -> Response:
    """Return *inner* as a sealed reply, with *changes* to what is around it."""
    forge = forge or Forge()
    key = forge.account.encoding_aes_key
    receive_id = forge.account.app_id.encode()
    text = encrypted(padded(framed(inner.encode(), receive_id=receive_id)), key)
    around = {
        "Encrypt": text,
        "MsgSignature": forge.signature(text),
        "TimeStamp": forge.timestamp,
        "Nonce": forge.nonce,
    }
    return Response(status=200, body=write(around | changes), headers={})


class TestDeliveries:
    """When the platform delivers, and when it gives up."""

    def door(self, clock: FakeClock, *seconds: float) -> tuple[list[float], WeChatPlatform]:
        """Return a door that takes so many seconds for each delivery, and when they came."""
        came: list[float] = []
        takes = list(seconds)

        def carry(_request: Request) -> Response:
            came.append(round(clock.now() - START, 3))
            clock.advance(min(takes[0], 5.0))
            if takes.pop(0) > 5:
                raise Cut
            return SUCCESS

        return came, platform(carry, clock=clock)

    def test_are_three_each_cut_after_five_seconds(self) -> None:
        """At 0, 5 and 10 seconds; then the user is told that the account is out of order."""
        clock = FakeClock()
        came, there = self.door(clock, 9, 9, 9, 9)
        with pytest.raises(OutOfOrder, match="no delivery"):
            there.write(USER, "hello")

        assert came == [0, 5, 10]
        assert clock.now() == START + 15

    @pytest.mark.parametrize(("seconds", "came"), [(4.99, [0]), (5.0, [0, 5])])
    def test_an_answer_has_to_be_there_before(self, seconds: float, came: list[float]) -> None:
        """At five seconds it is too late."""
        seen, there = self.door(FakeClock(), seconds, 0)

        assert there.write(USER, "hello") is None
        assert seen == came

    @pytest.mark.parametrize("status", [301, 400, 403, 500, 503])
    def test_an_answer_that_is_none_is_waited_out(self, status: int) -> None:
        """Only a 200 ends the deliveries; the next one comes in its time."""
        clock = FakeClock()
        came: list[float] = []

        def carry(_request: Request) -> Response:
            came.append(clock.now() - START)
            return SUCCESS if len(came) == 3 else Response(status=status, body="", headers={})

        assert platform(carry, clock=clock).write(USER, "hello") is None
        assert came == [0, 5, 10]

    def test_have_one_message_and_are_each_signed_anew(self) -> None:
        """One MsgId, and a nonce for every delivery."""
        seen: list[Request] = []

        def carry(request: Request) -> Response:
            seen.append(request)
            raise Cut

        there = platform(carry, account=PLAIN)
        with pytest.raises(OutOfOrder):
            there.write(USER, "hello")

        assert len({request.body for request in seen}) == 1
        assert len({request.query for request in seen}) == 3

    @both_kinds
    @pytest.mark.parametrize("body", ["", "success"])
    def test_are_acknowledged_without_a_reply(self, kind: type[WeChatPlatform], body: str) -> None:
        """The empty answer and `success` show nothing, in every mode unsealed."""
        answer = Response(status=200, body=body, headers={})

        assert platform(kind=kind).read(answer, MESSAGE) is None


BAD_REPLIES = {
    "JSON": '{"ToUserName": "x"}',
    "an error of ours": '{"error": {"code": "internal", "message": "Something went wrong here."}}',
    "a page": "<!DOCTYPE html><html><body>It works!</body></html>",
    "half of it": to_xml(REPLY)[:60],
    "a space": " ",
    "the word in capitals": "SUCCESS",
    "an unescaped sign": to_xml(REPLY).replace("hi", "a & b"),
    "a section that ends early": to_xml(REPLY).replace("hi", "<![CDATA[a]]>b]]>"),
    "a control character": to_xml(REPLY).replace("hi", "a\x0bb"),
    "to somebody else": to_xml(REPLY | {"ToUserName": "oSomebody-else"}),
    "from somebody else": to_xml(REPLY | {"FromUserName": "gh_another"}),
    "with the names as they came": to_xml(
        REPLY | {"ToUserName": MESSAGE["ToUserName"], "FromUserName": USER}
    ),
    "to nobody": to_xml(without(REPLY, "ToUserName")),
    "no text": to_xml(REPLY | {"Content": ""}),
    "without a text": to_xml(without(REPLY, "Content")),
    "of no kind": to_xml(without(REPLY, "MsgType")),
    "of another kind": to_xml(REPLY | {"MsgType": "image"}),
    "too long": to_xml(REPLY | {"Content": "a" * 2049}),
    "too long in Chinese": to_xml(REPLY | {"Content": "猫" * 683}),
}


class TestReplies:
    """What the platform takes, and what it tells the user instead."""

    @both_kinds
    @pytest.mark.parametrize("content", ["hi", "a" * 2048, "猫" * 682, "🐈" * 512, " "])
    @pytest.mark.parametrize("account", [SAFE, PLAIN], ids=["safe", "plain"])
    def test_a_text_is_shown(
        self, kind: type[WeChatPlatform], account: Account, content: str
    ) -> None:
        """Up to 2048 bytes of it."""
        xml = to_xml(REPLY | {"Content": content})
        answer = sealed(xml) if account is SAFE else replace(SUCCESS, body=xml)

        assert platform(account=account, kind=kind).read(answer, MESSAGE) == content

    @both_kinds
    @pytest.mark.parametrize("body", BAD_REPLIES.values(), ids=BAD_REPLIES)
    @pytest.mark.parametrize("account", [SAFE, PLAIN], ids=["safe", "plain"])
    def test_anything_else_is_out_of_order(
        self, kind: type[WeChatPlatform], account: Account, body: str
    ) -> None:
        """The user is told so, whatever it was."""
        answer = sealed(body) if account is SAFE else replace(SUCCESS, body=body)

        with pytest.raises(OutOfOrder):
            platform(account=account, kind=kind).read(answer, MESSAGE)

    @both_kinds
    @pytest.mark.parametrize("body", BAD_REPLIES.values(), ids=BAD_REPLIES)
    def test_so_is_anything_else_around_an_envelope(
        self, kind: type[WeChatPlatform], body: str
    ) -> None:
        """An account in safe mode is answered sealed."""
        with pytest.raises(OutOfOrder):
            platform(kind=kind).read(replace(SUCCESS, body=body), MESSAGE)

    @both_kinds
    @pytest.mark.parametrize(
        "answer",
        [
            replace(SUCCESS, body=to_xml(REPLY)),
            sealed(to_xml(REPLY), Forge(token="another")),
            sealed(to_xml(REPLY), Forge(account=replace(SAFE, app_id="wxfedcba9876543210"))),
            sealed(to_xml(REPLY), Forge(account=replace(SAFE, encoding_aes_key=OTHER_KEY))),
            sealed(to_xml(REPLY), MsgSignature=""),
            sealed(to_xml(REPLY), TimeStamp="1800000001"),
            sealed(to_xml(REPLY), Nonce="1"),
            sealed(to_xml(REPLY), Encrypt=""),
        ],
        ids=["none", "token", "appid", "key", "no signature", "time", "nonce", "empty"],
    )
    def test_a_seal_has_to_be_right(self, kind: type[WeChatPlatform], answer: Response) -> None:
        """Signed with our token, sealed with our key, for our appid."""
        with pytest.raises(OutOfOrder):
            platform(kind=kind).read(answer, MESSAGE)


class TestTheAddress:
    """The check that the console makes before it saves a URL."""

    @pytest.mark.parametrize(
        "answer",
        [
            Response(status=200, body="success", headers={}),
            Response(status=200, body="", headers={}),
            Response(status=403, body="forbidden", headers={}),
        ],
    )
    def test_wants_its_echo(self, answer: Response) -> None:
        """Another answer is not taken for one."""
        assert not platform(lambda _request: answer).check_url()

    @pytest.mark.parametrize("around", ['"{}"', "{}\n", "\ufeff{}"])
    def test_wants_its_echo_and_nothing_more(self, around: str) -> None:
        """No quotes, no line, no mark."""

        def carry(request: Request) -> Response:
            return replace(SUCCESS, body=around.format(query_of(request)["echostr"]))

        assert not platform(carry).check_url()

    def test_is_signed_as_wechatpy_wants_it(self) -> None:
        """An independent reader takes it for the platform's."""

        def carry(request: Request) -> Response:
            query = query_of(request)
            signed = (query["signature"], query["timestamp"], query["nonce"])
            check_signature(SAFE.token, *signed)
            return replace(SUCCESS, body=query["echostr"])

        assert platform(carry).check_url()


def test_a_made_up_user_has_the_form_of_a_real_one() -> None:
    """Each time another, of 28 characters."""
    users = {made_up_user() for _ in range(20)}

    assert len(users) == 20
    assert {len(user) for user in users} == {28}


def test_an_account_shows_no_secret() -> None:
    """Neither token nor key is in what is printed of it."""
    shown = repr(platform())

    assert SAFE.token not in shown
    assert SAFE.encoding_aes_key not in shown
