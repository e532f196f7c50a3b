"""Calls over HTTP, made by each client against a server of this machine."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from cococat.adapters.http import RequestsClient
from cococat.adapters.public_http import PublicHttpClient
from cococat.core.errors import AnswerLost, NotSent
from cococat.core.http_client import HttpAnswer, HttpClient, HttpRequest, json_request
from tests.support.web_agent import Exchange, WebAgent, web_agent

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

SECONDS = 0.3


@pytest.fixture(name="server")
def _server() -> Iterator[WebAgent]:
    with web_agent() as server:
        yield server


@pytest.fixture(name="client", params=["platforms", "strangers"])
def _client(request: pytest.FixtureRequest) -> HttpClient:
    if request.param == "platforms":
        return RequestsClient()
    return PublicHttpClient(allowed_hosts=frozenset({"127.0.0.1"}))


def ask(client: HttpClient, server: WebAgent, max_answer: int = 100) -> HttpAnswer:
    """Make one request to *server*."""
    request = HttpRequest(method="POST", url=server.url, body=b"{}", max_answer=max_answer)
    return client.send(request, SECONDS)


@pytest.mark.parametrize("status", [200, 400, 503])
def test_every_status_is_an_answer(client: HttpClient, server: WebAgent, status: int) -> None:
    """What a status means is the platform's business, not the client's."""
    server.steps = [lambda exchange: exchange.respond(status, b"body", x_logid="7")]
    answer = ask(client, server)
    assert (answer.status, answer.body, answer.headers["x-logid"]) == (status, b"body", "7")


def test_a_redirect_is_an_answer(client: HttpClient, server: WebAgent) -> None:
    """A platform can't send us, and the token in the URL, elsewhere."""
    server.steps = [lambda exchange: exchange.respond(302, location=server.url)]
    assert ask(client, server).status == 302
    assert len(server.asked) == 1


def test_nothing_else_goes_along(
    client: HttpClient, server: WebAgent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No cookie of an earlier answer, and no password of the machine's own."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password canary\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server.steps = [lambda exchange: exchange.respond(200, set_cookie="a=canary")]
    for _ in range(2):
        ask(client, server)
    assert [each.headers.keys() & {"cookie", "authorization"} for each in server.asked] == [
        set(),
        set(),
    ]


def test_the_same_request_goes_out_again_as_it_was(client: HttpClient, server: WebAgent) -> None:
    """A poller asks the same until something comes; each answer is its own."""
    server.steps = [
        lambda exchange: exchange.respond(200, b"one", x_logid="1"),
        lambda exchange: exchange.respond(404, b"two", x_logid="2"),
    ]
    request = HttpRequest(method="POST", url=server.url)
    answers = [client.send(request, SECONDS) for _ in range(2)]
    first, second = server.asked

    assert [(each.status, each.body) for each in answers] == [(200, b"one"), (404, b"two")]
    assert [each.headers["x-logid"] for each in answers] == ["1", "2"]
    assert (first.headers, first.body) == (second.headers, b"")


def test_json_goes_out_as_it_is(client: HttpClient, server: WebAgent) -> None:
    """The bytes of a body are the caller's own: raw UTF-8 stays raw."""
    server.steps = [lambda exchange: exchange.respond(200)]
    client.send(json_request(server.url, "您好".encode()), SECONDS)
    (asked,) = server.asked
    assert asked.body.decode() == "您好"
    assert asked.headers["content-type"] == "application/json; charset=utf-8"


def test_a_refused_connection_has_sent_nothing(client: HttpClient) -> None:
    """Where nobody listens, the request may be made again."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/?access_token=canary"
    with pytest.raises(NotSent) as caught:
        client.send(HttpRequest(method="GET", url=url), SECONDS)
    assert "canary" not in str(caught.value)


def too_long(exchange: Exchange) -> None:
    """Answer with more than is taken."""
    exchange.respond(200, b"x" * 101)


def half(exchange: Exchange) -> None:
    """Promise more than is sent."""
    exchange.begin(200, content_length="9")
    exchange.write(b"half")
    exchange.cut()


@pytest.mark.parametrize("step", [Exchange.hang, Exchange.cut, too_long, half])
def test_what_was_asked_may_have_been_done(
    client: HttpClient, server: WebAgent, step: object
) -> None:
    """Silence, a cut, half an answer or an endless one: nobody knows what the platform did."""
    assert callable(step)
    server.steps = [step]
    with pytest.raises(AnswerLost) as caught:
        ask(client, server)
    assert "127.0.0.1" not in str(caught.value)
