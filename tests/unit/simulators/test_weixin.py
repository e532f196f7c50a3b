import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from wechatpy.enterprise import parse_message
from wechatpy.enterprise.crypto import WeChatCrypto

from cococat.core.http import Request, Response
from cococat.core.http_client import HttpRequest, json_request
from cococat.core.multipart import FormFile, form
from cococat.simulators.sealing import NotTaken, OwnSeal
from cococat.simulators.transport import Cut
from cococat.simulators.weixin import App, WeComPlatform
from cococat.simulators.weixin_api import WeComApi
from cococat.simulators.weixin_bot import Bot, BotPlatform
from cococat.simulators.weixin_quota import PER_HOUR, PER_MINUTE
from tests.support.clock import START, FakeClock
from tests.support.wechatpy_seal import WechatpySeal
from tests.support.weixin import APP, BOT, PATH
from tests.support.weixin_forge import Forge

OK = Response(status=200, body="", headers={})
BASE = "https://qyapi.weixin.qq.com/cgi-bin"
TEXT = {"touser": "ann", "msgtype": "text", "agentid": 1000002, "text": {"content": "hi"}}

ARTICLE = {"title": "t", "url": "u"}
LONG = {"id": "1", "finish": True, "content": "x" * 20481}


def app(transport: Callable[[Request], Response], clock: FakeClock | None = None) -> WeComPlatform:
    """Return the platform's side of an application."""
    time = clock or FakeClock()
    return WeComPlatform(app=APP, transport=transport, path=PATH, now=time.now, pause=time.advance)


class Api:
    """WeCom's API, asked with a good token."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.api = WeComApi(apps=[APP], now=self.clock.now)
        query = f"corpid={APP.corp_id}&corpsecret={APP.secret}"
        answer = self.api.send(HttpRequest(method="GET", url=f"{BASE}/gettoken?{query}"), 1)
        self.token = json.loads(answer.body)["access_token"]

    def post(self, body: dict[str, Any] | bytes, path: str = "message/send") -> dict[str, Any]:
        """Post *body* and return the answer."""
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        url = f"{BASE}/{path}?access_token={self.token}"
        answer: dict[str, Any] = json.loads(self.api.send(json_request(url, raw), 1).body)
        return answer

    def upload(self, content: bytes, kind: str = "file") -> dict[str, Any]:
        """Upload a file and return the answer."""
        body, content_type = form({}, FormFile(key="media", name="a", content=content))
        url = f"{BASE}/media/upload?access_token={self.token}&type={kind}"
        request = HttpRequest(
            method="POST", url=url, headers={"Content-Type": content_type}, body=body
        )
        answer: dict[str, Any] = json.loads(self.api.send(request, 1).body)
        return answer


class TestDeliveries:
    """When the platform delivers, and when it gives up."""

    def test_are_four_each_cut_after_five_seconds(self) -> None:
        """At 0, 5, 10 and 15 seconds, then never again."""
        clock, came = FakeClock(), list[float]()

        def never(_request: Request) -> Response:
            came.append(clock.now() - START)
            clock.advance(5)
            raise Cut

        with pytest.raises(NotTaken):
            app(never, clock).deliver(app(never).text("ann", "hello"))
        assert came == [0, 5, 10, 15]

    @pytest.mark.parametrize("status", [403, 500, 503])
    def test_go_on_after_an_error(self, status: int) -> None:
        """Any other status is no answer."""
        answers = [replace(OK, status=status), OK]

        assert app(lambda _: answers.pop(0)).deliver(app(lambda _: OK).text("ann", "hi")) is None
        assert answers == []

    @pytest.mark.parametrize("body", ["<xml/>", "hello", "<!DOCTYPE xml><xml></xml>"])
    def test_take_no_plain_answer(self, body: str) -> None:
        """What is not sealed is not taken."""
        with pytest.raises(NotTaken):
            app(lambda _: replace(OK, body=body)).deliver(app(lambda _: OK).text("ann", "hi"))


class TestAgainstWechatpy:
    """Two that know nothing of each other."""

    def test_reads_what_the_platform_writes(self) -> None:
        """Signed, sealed and of its form."""
        request = app(lambda _: OK).request(app(lambda _: OK).text("ann", "你好", msg_id="7"))
        query = dict(pair.split("=") for pair in request.query.split("&"))
        crypto = WeChatCrypto(APP.token, APP.encoding_aes_key, APP.corp_id)
        signed = (query["msg_signature"], query["timestamp"], query["nonce"])
        message = parse_message(crypto.decrypt_message(request.body, *signed))

        assert (message.source, message.content, message.id) == ("ann", "你好", 7)
        assert message.agent == int(APP.agent_id)

    @pytest.mark.parametrize("account", [APP, BOT])
    def test_opens_what_the_other_closes(self, account: App | Bot) -> None:
        """In both directions, with and without an id at the end."""
        ours, theirs = OwnSeal(account.keys), WechatpySeal(account.keys)
        for one, other in ((ours, theirs), (theirs, ours)):
            sealed = one.close("你好")
            signature = one.sign("1", "2", sealed)

            assert other.open(signature, "1", "2", sealed) == "你好"
            with pytest.raises(NotTaken):
                other.open("0" * 40, "1", "2", sealed)


class TestMessages:
    """What the API does with a message."""

    def test_a_long_text_is_cut_without_a_word(self) -> None:
        """At 2,048 bytes, between characters."""
        there = Api()
        answer = there.post(TEXT | {"text": {"content": "长" * 1000}})

        assert answer["errcode"] == 0
        assert there.api.shown[0].body["content"] == "长" * 682

    def test_surplus_is_dropped_without_a_word(self) -> None:
        """Thirty a minute and a thousand an hour to each member."""
        there = Api()
        codes = set()
        for number in range(1400):
            there.clock.advance(1.5)
            codes.add(there.post(TEXT | {"text": {"content": str(number)}})["errcode"])
        there.post(TEXT | {"touser": "bob"})

        seen = [each.body["content"] for each in there.api.shown if each.to == "ann"]
        assert len(seen) == PER_HOUR
        assert seen[: PER_MINUTE + 1] == [str(n) for n in (*range(PER_MINUTE), 40)]
        assert (codes, there.api.shown[-1].to) == ({0}, "bob")

    def test_a_repeat_is_swallowed_only_where_that_is_asked_for(self) -> None:
        """And only within the interval."""
        there, check = Api(), {"enable_duplicate_check": 1, "duplicate_check_interval": 60}
        for more, seconds in (({}, 1), ({}, 1), (check, 30), (check, 0)):
            assert there.post(TEXT | more)["errcode"] == 0
            there.clock.advance(seconds)

        assert len(there.api.shown) == 2
        there.clock.advance(61)
        there.post(TEXT | check)
        assert len(there.api.shown) == 3

    def test_who_gets_nothing_is_named(self) -> None:
        """A good answer may say that somebody got nothing; all of them is an error."""
        there = Api()
        there.api.invisible, there.api.unlicensed = {"bob"}, {"eve"}
        answer = there.post(TEXT | {"touser": "Ann|Bob|EVE"})

        assert (answer["errcode"], answer["invaliduser"], answer["unlicenseduser"]) == (
            0,
            "bob",
            "eve",
        )
        assert [each.to for each in there.api.shown] == ["ann"]
        assert there.post(TEXT | {"touser": "Bob"})["errcode"] == 81013

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (json.dumps(TEXT | {"text": {"content": "你好"}}).encode(), 40033),
            (b"{", 47001),
            (TEXT | {"msgtype": "hologram"}, 40008),
            (TEXT | {"text": {"content": ""}}, 44004),
            (TEXT | {"touser": ""}, 82001),
            (TEXT | {"agentid": 7}, 301002),
            (TEXT | {"msgtype": "image", "image": {"media_id": "x"}}, 40007),
            (
                TEXT | {"msgtype": "news", "news": {"articles": [{"title": "t", "url": "u"}] * 9}},
                45008,
            ),
            (TEXT | {"msgtype": "textcard", "textcard": {"title": "t" * 129, "url": "u"}}, 45002),
            (TEXT | {"msgtype": "textcard", "textcard": {"title": "t"}}, 40058),
            (
                TEXT
                | {
                    "msgtype": "template_card",
                    "template_card": {"card_type": "text_notice", "main_title": {"title": "t"}},
                },
                40058,
            ),
        ],
    )
    def test_what_is_wrong_is_refused(self, body: dict[str, Any] | bytes, code: int) -> None:
        """With the code that the documentation has for it."""
        assert Api().post(body)["errcode"] == code


class TestTheRest:
    """Tokens, files and addresses."""

    def test_a_token_is_the_same_until_it_ends(self) -> None:
        """Two hours, or when the platform ends it early."""
        there = Api()
        assert there.post(TEXT)["errcode"] == 0
        there.clock.advance(7200)
        assert there.post(TEXT)["errcode"] == 42001
        there.api.tokens.end()
        assert there.post(TEXT)["errcode"] == 40014
        there.token = ""
        assert there.post(TEXT)["errcode"] == 41001

    def test_a_file_is_kept_for_three_days(self) -> None:
        """Six bytes at least; then it is unknown."""
        there = Api()
        assert there.upload(b"12345")["errcode"] == 45001
        media_id = there.upload(b"123456")["media_id"]
        message = TEXT | {"msgtype": "file", "file": {"media_id": media_id}}

        assert there.post(message)["errcode"] == 0
        there.clock.advance(3 * 24 * 3600)
        there.token = json.dumps(None)
        assert not there.api.media.is_known(APP, media_id)

    def test_an_address_is_good_once(self) -> None:
        """Whoever has it may post one answer, without a token."""
        there = Api()
        url = f"{BASE}/aibot/response?response_code=abc"
        body = json.dumps({"msgtype": "markdown", "markdown": {"content": "hi"}}).encode()
        codes = [
            json.loads(there.api.send(json_request(url, body), 1).body)["errcode"] for _ in range(2)
        ]

        assert codes == [0, 40058]
        assert len(there.api.shown) == 1


class TestBots:
    """What a bot's platform takes."""

    @pytest.mark.parametrize(
        ("asked", "answer"),
        [
            ("text", {"msgtype": "text", "text": {"content": "hi"}}),
            ("text", {"msgtype": "stream", "stream": {"id": "", "finish": True}}),
            ("text", {"msgtype": "stream", "stream": {"id": "1", "finish": "yes"}}),
            (
                "text",
                {
                    "msgtype": "stream",
                    "stream": {"id": "1", "finish": True, "content": "x" * 20481},
                },
            ),
            ("stream", {"msgtype": "stream", "stream": {"id": "2", "finish": True}}),
            ("enter_chat", {"msgtype": "stream", "stream": {"id": "1", "finish": True}}),
            ("feedback_event", {"msgtype": "text", "text": {"content": "hi"}}),
        ],
    )
    def test_refuse_what_is_no_answer_to_that(self, asked: str, answer: dict[str, Any]) -> None:
        """To a message no text, to a greeting no stream, and no other stream's content."""
        forge = Forge(mode="bot")
        sealed = forge.seal(json.dumps(answer))
        body = {
            "encrypt": sealed,
            "msgsignature": forge.signature(sealed),
            "timestamp": forge.timestamp,
            "nonce": forge.nonce,
        }
        clock = FakeClock()
        bot = BotPlatform(
            bot=BOT,
            transport=lambda _: replace(OK, body=json.dumps(body)),
            path=PATH,
            now=clock.now,
            pause=clock.advance,
        )
        asks = {"text": bot.text("ann", "hi"), "stream": bot.poll("1", "ann")}
        with pytest.raises(NotTaken):
            bot.ask(asks.get(asked) or bot.event("ann", asked))


def test_no_account_shows_its_secrets() -> None:
    """Neither token nor key nor secret is in what is printed of it."""
    printed = repr((APP, BOT, APP.keys))

    assert [each for each in (APP.secret, APP.token, APP.encoding_aes_key) if each in printed] == []
