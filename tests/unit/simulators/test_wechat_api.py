import json
from typing import Any

import pytest

from cococat.core.http import Request
from cococat.simulators.wechat_api import WeChatApiServer
from cococat.simulators.wechat_users import Users
from tests.support.clock import FakeClock

APP_ID, SECRET, USER = "wx0123456789abcdef", "s" * 32, "oUser-of-the_account-0123456"
PNG = b"\x89PNG\r\n\x1a\n"


class Caller:
    """Somebody who calls the API of one account, whose user has just written."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.users = Users()
        self.users.act(USER, "message", self.clock.now())
        self.server = WeChatApiServer(
            app_id=APP_ID, app_secret=SECRET, users=self.users, now=self.clock.now
        )

    def call(self, path: str, body: object, token: str = "", method: str = "POST") -> Any:  # noqa: ANN401 - JSON
        """Return what the API answers."""
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        query = f"access_token={token}" if token else ""
        request = Request(method=method, path=f"/cgi-bin/{path}", query=query, body=raw)
        return json.loads(self.server.answer(request).body)

    def token(self, **changes: object) -> Any:  # noqa: ANN401 - JSON
        """Ask for a stable token."""
        asked = {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET}
        return self.call("stable_token", asked | changes)

    def send(self, message: dict[str, Any] | None = None, **changes: object) -> int:
        """Send a message and return the error code."""
        text = {"touser": USER, "msgtype": "text", "text": {"content": "你好"}}
        token = self.token()["access_token"]
        return int(self.call("message/custom/send", (message or text) | changes, token)["errcode"])


class TestTokens:
    """Both kinds of them."""

    def test_the_stable_one_stays_until_five_minutes_before_its_end(self) -> None:
        """However often it is asked for."""
        caller = Caller()
        first = caller.token()
        caller.clock.advance(6800)
        assert caller.token()["access_token"] == first["access_token"]
        assert caller.token()["expires_in"] == 400
        caller.clock.advance(100)

        assert caller.token()["access_token"] != first["access_token"]
        assert caller.server.tokens == 2

    def test_force_makes_a_new_one(self) -> None:
        """The earlier one is worth nothing then."""
        caller = Caller()
        first = caller.token()["access_token"]
        assert caller.token(force_refresh=True)["access_token"] != first

        answer = caller.call("message/custom/send", {}, first)
        assert answer["errcode"] == 40001

    def test_a_new_classic_one_ends_the_earlier_within_five_minutes(self) -> None:
        """That is why the stable one is better for many processes."""
        caller = Caller()
        query = f"grant_type=client_credential&appid={APP_ID}&secret={SECRET}"
        request = Request(method="GET", path="/cgi-bin/token", query=query)
        first, _ = (
            json.loads(caller.server.answer(request).body)["access_token"] for _ in range(2)
        )
        caller.clock.advance(301)

        assert caller.call("message/custom/send", {}, first)["errcode"] == 42001

    @pytest.mark.parametrize(
        ("changes", "code"),
        [({"appid": "wx1"}, 40013), ({"secret": "x"}, 40125), ({"grant_type": "x"}, 40002)],
    )
    def test_wrong_credentials_are_refused(self, changes: dict[str, str], code: int) -> None:
        """Each with its code."""
        assert Caller().token(**changes)["errcode"] == code

    def test_another_address_is_refused_and_named(self) -> None:
        """As the allowlist wants it."""
        caller = Caller()
        caller.server.allowed = False
        answer = caller.token()

        assert answer["errcode"] == 40164
        assert answer["errmsg"].startswith("invalid ip 203.0.113.7")


class TestMessages:
    """Customer-service messages."""

    def test_are_seen_as_they_are(self) -> None:
        """Five of them for a message, within 48 hours."""
        caller = Caller()
        assert [caller.send() for _ in range(6)] == [0] * 5 + [45047]
        assert caller.users.seen[USER] == ["你好"] * 5

        caller.users.act(USER, "message", caller.clock.now())
        assert caller.send() == 0
        caller.clock.advance(48 * 3600 + 1)
        assert caller.send() == 45015

    def test_of_a_day_are_so_many(self) -> None:
        """The next day begins at midnight in Beijing."""
        caller = Caller()
        caller.server.a_day = 1
        assert [caller.send() for _ in range(3)] == [0, 45009, 45009]
        caller.clock.advance(24 * 3600 - (caller.clock.now() + 8 * 3600) % (24 * 3600) - 1)
        assert caller.send() == 45009
        caller.clock.advance(1)

        assert caller.send() == 0

    def test_an_event_allows_three_in_a_minute(self) -> None:
        """A tap, a scan, a new follower."""
        caller = Caller()
        caller.users.act(USER, "event", caller.clock.now())
        assert [caller.send() for _ in range(4)] == [0] * 3 + [45047]
        caller.clock.advance(61)

        assert caller.send() == 45015

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"touser": "nobody"}, 40003),
            ({"touser": "oStranger-0123456789abcdefgh"}, 43004),
            ({"msgtype": "hologram"}, 40008),
            ({"text": {"content": ""}}, 44004),
            ({"text": {"content": "猫" * 683}}, 45002),
            ({"msgtype": "image", "image": {"media_id": "x"}}, 40007),
            ({"msgtype": "news", "news": {"articles": [{}, {}]}}, 45008),
        ],
    )
    def test_what_the_platform_refuses_is_refused(self, changes: dict[str, Any], code: int) -> None:
        """With its code, and the user sees nothing."""
        caller = Caller()

        assert caller.send(**changes) == code
        assert caller.users.seen == {}

    @pytest.mark.parametrize(
        ("body", "code"),
        [(b"", 44002), (b"{", 47001), (b"[]", 47001), (b'{"text": "\\u4f60"}', 40033)],
    )
    def test_a_body_that_is_none_is_refused(self, body: bytes, code: int) -> None:
        """Escapes too: the platform would show them as they are."""
        caller = Caller()
        token = caller.token()["access_token"]

        assert caller.call("message/custom/send", body, token)["errcode"] == code

    def test_the_right_the_method_and_the_token_are_checked(self) -> None:
        """48001, 43002, 41001."""
        caller = Caller()
        token = caller.token()["access_token"]
        codes = [
            caller.call("message/custom/send", {}, token, "GET")["errcode"],
            caller.call("message/custom/send", {})["errcode"],
            caller.call("nothing", {}, token)["errcode"],
        ]
        caller.server.has_right = False
        caller.users.leave(USER)

        assert codes == [43002, 41001, 40066]
        assert caller.send() == 48001


class TestTheRest:
    """Typing, and uploads."""

    def typing(self, caller: Caller, command: str = "Typing") -> int:
        """Let the user see that somebody types; return the error code."""
        body = {"touser": USER, "command": command}
        token = caller.token()["access_token"]
        return int(caller.call("message/custom/typing", body, token)["errcode"])

    def test_typing_lasts_fifteen_seconds_or_until_a_message(self) -> None:
        """It may not be repeated meanwhile."""
        caller = Caller()
        assert [self.typing(caller), self.typing(caller)] == [0, 45081]
        caller.send()
        assert not caller.server.is_typing(USER)
        assert [self.typing(caller), self.typing(caller, "CancelTyping")] == [0, 0]
        caller.clock.advance(31)

        assert [self.typing(caller), self.typing(caller, "x")] == [45080, 45072]

    @pytest.mark.parametrize(
        ("kind", "body", "code"),
        [
            ("image", b'--b\r\nname="media"; filename="a.png"\r\n\r\n' + PNG + b"\r\n--b--", 0),
            ("image", b'--b\r\nname="media"; filename="a.png"\r\n\r\nx\r\n--b--', 40137),
            ("image", b'--b\r\nname="other"; filename="a.png"\r\n\r\nx\r\n--b--', 41005),
            ("hologram", b"", 40004),
        ],
    )
    def test_an_upload_is_an_image_or_refused(self, kind: str, body: bytes, code: int) -> None:
        """By its first bytes."""
        caller = Caller()
        query = f"access_token={caller.token()['access_token']}&type={kind}"
        request = Request(method="POST", path="/cgi-bin/media/upload", query=query, body=body)
        answer = json.loads(caller.server.answer(request).body)

        assert answer.get("errcode", 0) == code
        if not code:
            image: dict[str, Any] = {"msgtype": "image", "image": {"media_id": answer["media_id"]}}
            assert caller.send(None, **image) == 0
            caller.clock.advance(3 * 24 * 3600)
            caller.users.act(USER, "message", caller.clock.now())
            assert caller.send(None, **image) == 40007
