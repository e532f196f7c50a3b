import json
from typing import Any

import pytest

from cococat.core.errors import AnswerLost, NotSent
from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.simulators.feishu_api import HTML, LIFE, LOST, NOT_SENT, FeishuServer
from tests.support.clock import FakeClock
from tests.support.feishu import GROUP, SEALED


class Client:
    """Somebody who calls the API."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.server = FeishuServer(app=SEALED, now=self.clock.now)
        self.token = ""

    def ask(self, method: str, path: str, body: Any = None) -> HttpAnswer:  # noqa: ANN401 - JSON
        """Make one call with the token that there is."""
        return self.server.send(
            HttpRequest(
                method=method,
                url=f"https://open.feishu.test/open-apis{path}",
                headers={"authorization": f"Bearer {self.token}"},
                body=json.dumps(body).encode(),
            ),
            1,
        )

    def code(self, method: str, path: str, body: Any = None) -> int:  # noqa: ANN401 - JSON
        """Return the code of one call's answer."""
        found: int = json.loads(self.ask(method, path, body).body)["code"]
        return found

    def sign_in(self, secret: str = SEALED.app_secret) -> dict[str, Any]:
        """Ask for a token."""
        asked = {"app_id": SEALED.app_id, "app_secret": secret}
        said = self.ask("POST", "/auth/v3/tenant_access_token/internal", asked)
        values: dict[str, Any] = json.loads(said.body)
        self.token = values.get("tenant_access_token", self.token)
        return values

    def send(self, text: str = "hi", **more: Any) -> int:  # noqa: ANN401 - JSON
        """Send a text to a group."""
        content = json.dumps({"text": text})
        body = {"receive_id": GROUP, "msg_type": "text", "content": content} | more
        return self.code("POST", "/im/v1/messages?receive_id_type=chat_id", body)


@pytest.fixture(name="client")
def _client() -> Client:
    client = Client()
    client.sign_in()
    return client


class TestTokens:
    """Access tokens, as Feishu gives them out."""

    def test_the_same_comes_back_while_it_lives(self, client: Client) -> None:
        """With what is left of its time; in its last half hour a new one beside it."""
        first = client.token
        client.clock.advance(LIFE - 1800)
        assert (client.sign_in()["expire"], client.token) == (1800, first)
        client.clock.advance(1)

        assert (client.sign_in()["expire"], client.token == first) == (LIFE, False)
        client.token = first
        assert client.send() == 0

    def test_a_wrong_secret_gets_none(self, client: Client) -> None:
        """Code 10014."""
        assert client.sign_in("wrong")["code"] == 10014

    def test_without_a_good_one_nothing_is_done(self, client: Client) -> None:
        """Code 99991663, for one that is over too."""
        client.clock.advance(LIFE)
        assert client.send() == 99991663
        client.token = "t-made-up"

        assert client.send() == 99991663


class TestSending:
    """What the API takes."""

    def test_the_same_key_sends_once_an_hour(self, client: Client) -> None:
        """And says again what it said."""
        for seconds in (0, 3599, 1):
            client.clock.advance(seconds)
            client.sign_in()
            assert client.send(uuid="key") == 0

        assert client.server.chats.said(GROUP) == ["hi", "hi"]
        assert client.send(uuid="k" * 51) == 99992402

    def test_a_chat_takes_five_a_second(self, client: Client) -> None:
        """The sixth is refused, without a header that says for how long."""
        assert [client.send() for _ in range(6)] == [0] * 5 + [230020]
        client.clock.advance(1)
        assert client.send() == 0

    def test_an_app_may_call_fifty_times_a_second(self, client: Client) -> None:
        """Then it is told how long to wait."""
        codes = [client.code("GET", "/bot/v3/info") for _ in range(51)]
        refused = client.ask("GET", "/bot/v3/info")

        assert codes == [0] * 50 + [99991400]
        assert (refused.status, refused.headers["x-ogw-ratelimit-reset"]) == (429, "3")

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"content": {"text": "no string"}}, 230001),
            ({"content": "no JSON"}, 230001),
            ({"msg_type": "system"}, 230001),
            ({"content": json.dumps({"text": "a" * 150 * 1024})}, 230025),
            ({"msg_type": "post", "content": json.dumps({"zh_cn": "a" * 31_000})}, 230025),
            ({"msg_type": "interactive", "content": json.dumps({"schema": "1.0"})}, 230099),
            ({"msg_type": "interactive", "content": json.dumps({"a": "a" * 31_000})}, 230099),
            (
                {
                    "msg_type": "interactive",
                    "content": '{"type": "card", "data": {"card_id": "x"}}',
                },
                230099,
            ),
        ],
    )
    def test_what_is_no_message_is_refused(
        self, client: Client, change: dict[str, Any], code: int
    ) -> None:
        """Each with its own code."""
        assert client.send(**change) == code

    def test_a_card_entity_is_sent_once_and_grows(self, client: Client) -> None:
        """Its changes have rising numbers, for ten minutes."""
        markdown = {"tag": "markdown", "content": "a", "element_id": "e"}
        card = {
            "schema": "2.0",
            "config": {"streaming_mode": True},
            "body": {"elements": [markdown]},
        }
        made = client.ask(
            "POST", "/cardkit/v1/cards", {"type": "card_json", "data": json.dumps(card)}
        )
        name = json.loads(made.body)["data"]["card_id"]
        content = json.dumps({"type": "card", "data": {"card_id": name}})
        assert client.send(msg_type="interactive", content=content) == 0
        assert client.send(msg_type="interactive", content=content) == 230099
        assert self.grow(client, name, 1) == 0
        assert client.server.chats.said(GROUP) == ["text 1"]
        assert self.grow(client, name, 1) == 300317
        assert self.grow(client, name, 2, element="other") == 300313
        assert self.grow(client, "card_x", 2) == 200740
        client.clock.advance(600)

        assert self.grow(client, name, 4) == 200850

    def grow(self, client: Client, card: str, number: int, element: str = "e") -> int:
        """Write into a card."""
        path = f"/cardkit/v1/cards/{card}/elements/{element}/content"
        return client.code("PUT", path, {"content": f"text {number}", "sequence": number})

    def test_failures_are_as_they_are_told(self, client: Client) -> None:
        """Before the call has an effect, or after it."""
        client.server.fails = [NOT_SENT, LOST, HTML, 230002]
        with pytest.raises(NotSent):
            client.send()
        with pytest.raises(AnswerLost):
            client.send()
        assert client.server.chats.said(GROUP) == ["hi"]
        html = client.ask("GET", "/bot/v3/info")
        assert (html.status, html.headers["content-type"]) == (502, "text/html")

        assert client.send() == 230002

    def test_there_is_no_more_than_there_is(self, client: Client) -> None:
        """Unknown paths and methods are errors."""
        assert client.code("GET", "/im/v1/messages") == 404
