"""Calls to hosts that strangers named: only to addresses that were checked."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from cococat.adapters.public_http import PublicHttpClient
from cococat.core.errors import AddressRefused, AnswerLost, AnswerTooLong, NotSent
from cococat.core.http_client import HttpRequest
from tests.support.certificates import make_certificate
from tests.support.web_agent import Exchange, WebAgent, web_agent

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

HOST = "shop.example"
SECONDS = 5


class Names:
    """A resolver whose answers are a list: one for each time that it is asked."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> list[str]:
        """Return the next answer."""
        self.asked.append((host, port))
        return self.answers.pop(0)


class Connections:
    """Stands in for the network: notes each address, and connects to one of this machine."""

    def __init__(self, port: int) -> None:
        self.made: list[tuple[str, int]] = []
        self._port = port

    def __call__(self, address: tuple[str, int], seconds: float) -> socket.socket:
        """Connect to the test's own server, whatever *address* is."""
        self.made.append(address)
        opened = socket.socket()
        opened.settimeout(seconds)
        opened.connect(("127.0.0.1", self._port))
        return opened


@pytest.fixture(name="server")
def _server() -> Iterator[WebAgent]:
    with web_agent() as server:
        yield server


def client(*answers: list[str], allowed: str = "", authorities: str = "") -> PublicHttpClient:
    """Return a client that looks names up in *answers*."""
    hosts = frozenset({allowed} if allowed else ())
    return PublicHttpClient(allowed_hosts=hosts, resolve=Names(*answers), authorities=authorities)


def a_request(url: str) -> HttpRequest:
    """Return a request."""
    return HttpRequest(method="POST", url=url, max_answer=100)


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["10.0.0.7"],
        ["::1"],
        ["::ffff:169.254.169.254"],
        ["fd00:ec2::254"],
        ["1.1.1.1", "10.0.0.7"],
        ["10.0.0.7", "1.1.1.1"],
    ],
)
def test_a_name_with_an_address_of_our_own_is_refused(
    addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is enough, and nothing is connected to."""
    network = Connections(0)
    monkeypatch.setattr(socket, "create_connection", network)

    with pytest.raises(AddressRefused):
        client(addresses).send(a_request(f"https://{HOST}/"), SECONDS)
    assert network.made == []


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://127.1/",
    ],
)
def test_an_address_of_our_own_is_refused_as_it_is_written(url: str) -> None:
    """The system's resolver reads every notation; what comes of it is checked."""
    with pytest.raises((AddressRefused, NotSent)):
        PublicHttpClient(allowed_hosts=frozenset()).send(a_request(url), SECONDS)


@pytest.mark.parametrize(
    "url",
    [
        f"http://{HOST}/",
        f"ftp://{HOST}/",
        f"https://user@{HOST}/",
        f"https://{HOST}:0/",
        f"https://{HOST}:99999/",
        "https:///x",
        "//x",
        "",
        "https://[::1/",
    ],
)
def test_a_url_of_another_kind_is_refused(url: str) -> None:
    """Before anything is looked up."""
    with pytest.raises(AddressRefused):
        client().send(a_request(url), SECONDS)


@pytest.mark.parametrize("url", [f"https://{'a' * 64}.example/", "https://a..example/"])
def test_a_name_that_can_be_no_hosts_is_refused(url: str) -> None:
    """The resolver does not even ask for it."""
    with pytest.raises(AddressRefused):
        PublicHttpClient(allowed_hosts=frozenset()).send(a_request(url), SECONDS)


def test_the_connection_goes_to_the_address_that_was_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name is looked up once: what it means a moment later is never used."""
    certificate = make_certificate(tmp_path, HOST)
    names = Names(["1.1.1.1"], ["127.0.0.1"])
    with _secure_server(certificate) as port:
        network = Connections(port)
        monkeypatch.setattr(socket, "create_connection", network)
        asking = PublicHttpClient(
            allowed_hosts=frozenset(), resolve=names, authorities=str(certificate)
        )
        answer = asking.send(a_request(f"https://{HOST}/answers?x=1"), SECONDS)

    assert (answer.status, answer.body) == (200, b"POST /answers?x=1 for shop.example")
    assert (names.asked, network.made) == ([(HOST, 443)], [("1.1.1.1", 443)])


@pytest.mark.parametrize("trusted", [True, False])
def test_a_certificate_must_be_the_hosts_own(
    trusted: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By somebody whom we trust, and for the name that was asked for; else nothing is written."""
    certificate = make_certificate(tmp_path, "other.example")
    with _secure_server(certificate) as port:
        monkeypatch.setattr(socket, "create_connection", Connections(port))
        authorities = str(certificate) if trusted else ""
        with pytest.raises(NotSent):
            client(["1.1.1.1"], authorities=authorities).send(
                a_request(f"https://{HOST}/"), SECONDS
            )


def test_the_next_address_is_tried_where_one_does_not_answer(
    server: WebAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them was checked."""
    server.steps = [lambda exchange: exchange.respond(200, b"body")]
    real, made = Connections(int(server.url.split(":")[2].partition("/")[0])), []

    def connect(address: tuple[str, int], seconds: float) -> socket.socket:
        made.append(address[0])
        if len(made) == 1:
            raise ConnectionRefusedError
        return real(address, seconds)

    monkeypatch.setattr(socket, "create_connection", connect)
    asking = client(["2606:4700::1", "1.1.1.1"], allowed=HOST)

    assert asking.send(a_request(f"http://{HOST}/"), SECONDS).body == b"body"
    assert made == ["2606:4700::1", "1.1.1.1"]


def test_a_host_that_the_deployment_names_may_be_anywhere(server: WebAgent) -> None:
    """On this machine, without TLS."""
    server.steps = [lambda exchange: exchange.respond(200, b"body")]
    asking = PublicHttpClient(allowed_hosts=frozenset({"127.0.0.1"}))

    assert asking.send(a_request(server.url), SECONDS).body == b"body"


def test_a_redirect_is_not_followed(server: WebAgent) -> None:
    """It would lead past the check."""
    server.steps = [lambda exchange: exchange.respond(302, location=server.url)]
    asking = PublicHttpClient(allowed_hosts=frozenset({"127.0.0.1"}))

    assert asking.send(a_request(server.url), SECONDS).status == 302
    assert len(server.asked) == 1


def drip(exchange: Exchange) -> None:
    """Answer a byte at a time, for ever."""
    exchange.begin(200)
    with suppress(OSError):
        while True:
            exchange.write(b"x")
            threading.Event().wait(0.02)


def test_the_whole_call_has_a_deadline(server: WebAgent) -> None:
    """Whoever answers a byte at a time does not hold us."""
    server.steps = [drip]
    asking = PublicHttpClient(allowed_hosts=frozenset({"127.0.0.1"}))
    request = HttpRequest(method="POST", url=server.url, max_answer=10_000)

    with pytest.raises(AnswerLost):
        asking.send(request, 0.2)


def test_no_more_is_read_than_is_taken(server: WebAgent) -> None:
    """An endless answer ends there."""
    server.steps = [lambda exchange: exchange.respond(200, b"x" * 101)]
    asking = PublicHttpClient(allowed_hosts=frozenset({"127.0.0.1"}))

    with pytest.raises(AnswerTooLong):
        asking.send(a_request(server.url), SECONDS)


class _SecureServer:
    """A web server with TLS that answers one request; its port is free."""

    def __init__(self, certificate: Path) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> int:
        self._thread.start()
        return int(self._listening.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        self._listening.close()

    def _serve(self) -> None:
        opened, _ = self._listening.accept()
        with (
            closing(opened),
            suppress(OSError),
            self._context.wrap_socket(opened, server_side=True) as secure,
        ):
            lines = secure.recv(65536).decode("ascii").split("\r\n")
            host = next(line[6:] for line in lines if line.lower().startswith("host: "))
            body = f"{lines[0].rpartition(' ')[0]} for {host}".encode()
            head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n"
            secure.sendall(head.encode("ascii") + body)


def _secure_server(certificate: Path) -> _SecureServer:
    return _SecureServer(certificate)
