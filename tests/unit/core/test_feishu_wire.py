"""What we send to Feishu, beside what its own SDK sends for the same message."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cococat.core.access_tokens import AccessTokens
from cococat.core.feishu_account import Account
from cococat.core.feishu_api import FeishuApi
from cococat.core.feishu_sending import FeishuSender, Said
from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.core.limits import LIMITS
from cococat.simulators.feishu_api import FeishuServer
from tests.support.clock import FakeClock
from tests.support.feishu import GROUP, SEALED
from tests.support.items import MemoryItems
from tests.support.lark_client import BASE, LarkClient

CONTENT = {"text": '你好 "quoted" \n🐈'}
SAID = Said(kind="text", content=CONTENT)
CARD = {
    "schema": "2.0",
    "config": {"update_multi": True},
    "body": {"elements": [{"tag": "markdown", "content": "x", "element_id": "growing"}]},
}


class Wire:
    """Carries requests to the simulator, and remembers them."""

    def __init__(self, clock: FakeClock) -> None:
        self.server = FeishuServer(app=SEALED, now=clock.now)
        self.seen: list[HttpRequest] = []

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Carry a request; see `HttpClient.send`."""
        self.seen.append(request)
        return self.server.send(request, seconds)

    def said(self) -> list[tuple[str, str, dict[str, list[str]], dict[str, Any]]]:
        """Return method, path, query and body of each request but those for tokens."""
        return [
            (each.method, url.path, parse_qs(url.query), _plain(json.loads(each.body)))
            for each in self.seen
            if "/auth/" not in (url := urlsplit(each.url)).path
        ]

    def tokens(self) -> set[str]:
        """Return what the requests were signed with."""
        return {each.headers.get("authorization", "") for each in self.seen}


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    """Return *body* with the JSON in its strings read: a space more or less says nothing."""
    inner = {"content", "data", "settings", "card"}
    return {
        key: json.loads(value)
        if key in inner and isinstance(value, str) and value.startswith("{")
        else _plain(value)
        if isinstance(value, dict)
        else value
        for key, value in body.items()
    }


@pytest.fixture(name="ours")
def _ours() -> Wire:
    return Wire(FakeClock())


@pytest.fixture(name="theirs")
def _theirs() -> Wire:
    return Wire(FakeClock())


@pytest.fixture(name="lark")
def _lark(theirs: Wire, monkeypatch: pytest.MonkeyPatch) -> LarkClient:
    return LarkClient(SEALED, theirs, monkeypatch)


@pytest.fixture(name="sender")
def _sender(ours: Wire) -> FeishuSender:
    clock = FakeClock()
    account = Account(app_id=SEALED.app_id, app_secret=SEALED.app_secret, api_base=BASE)
    api = FeishuApi(account, ours, AccessTokens(MemoryItems(clock), clock), clock)
    return FeishuSender(api, ours, LIMITS["feishu"])


def test_a_new_message(sender: FeishuSender, lark: LarkClient, ours: Wire, theirs: Wire) -> None:
    """To a chat, with a key."""
    sender.send("chat_id", GROUP, SAID, "key-1")
    body = SAID.to_body() | {"receive_id": GROUP, "uuid": "key-1"}
    answer = lark.message("create", body, receive_id_type="chat_id")

    assert ours.said() == theirs.said()
    assert answer.success()
    assert answer.data.message_id == theirs.server.chats.sent[0].id


@pytest.mark.parametrize("in_thread", [True, False])
def test_a_reply(
    sender: FeishuSender, lark: LarkClient, ours: Wire, theirs: Wire, *, in_thread: bool
) -> None:
    """To a message, in its thread or out of one."""
    place = {"message": "om_1", "chat": GROUP} | ({"thread": "omt_1"} if in_thread else {})
    sender.put(place, SAID, "key-1")
    more = {"reply_in_thread": True} if in_thread else {}
    lark.message("reply", SAID.to_body() | {"uuid": "key-1"} | more, message_id="om_1")

    assert ours.said() == theirs.said()


def test_each_is_signed_with_a_token(
    sender: FeishuSender, lark: LarkClient, ours: Wire, theirs: Wire
) -> None:
    """The same header, and a token that the platform gave out."""
    sender.send("chat_id", GROUP, SAID, "key")
    lark.message("create", SAID.to_body() | {"receive_id": GROUP}, receive_id_type="chat_id")

    for wire in (ours, theirs):
        (token,) = wire.server.tokens
        assert f"Bearer {token}" in wire.tokens()


def test_the_simulator_takes_what_lark_oapi_sends(lark: LarkClient, theirs: Wire) -> None:
    """A card that is replaced, and one that grows, from its beginning to its end."""
    card = json.dumps(CARD)
    first = lark.message(
        "create",
        {"receive_id": GROUP, "msg_type": "interactive", "content": card},
        receive_id_type="chat_id",
    )
    assert lark.message("patch", {"content": card}, message_id=first.data.message_id).success()
    streamed = CARD | {"config": CARD["config"] | {"streaming_mode": True}}  # type: ignore[operator]
    made = lark.card("create", {"type": "card_json", "data": json.dumps(streamed)})
    name = made.data.card_id
    grown = lark.element({"content": "so far", "sequence": 1}, card_id=name, element_id="growing")
    assert grown.success()
    off = json.dumps({"config": {"streaming_mode": False}})
    assert lark.card("settings", {"settings": off, "sequence": 2}, card_id=name).success()
    whole = {"card": {"type": "card_json", "data": card}, "sequence": 3}
    assert lark.card("update", whole, card_id=name).success()

    assert theirs.server.chats.kit.cards[name].grown == ["so far"]
