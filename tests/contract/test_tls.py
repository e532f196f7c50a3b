"""TLS of the client that calls platforms: one context for all connections, and it verifies."""

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cococat.adapters import http
from cococat.adapters.http import RequestsClient
from cococat.core.errors import NotSent
from cococat.core.http_client import HttpRequest

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
LOCAL = "127.0.0.1"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class
        """Say nothing."""


def signed_by_itself(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """Return a certificate of *key* for this machine."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, LOCAL)])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(LOCAL))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                key_cert_sign=True,
                crl_sign=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )


def certificate(folder: Path) -> Path:
    """Return a file with a certificate for this machine, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed_by_itself(key).public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture(name="pem")
def _pem(tmp_path: Path) -> Path:
    return certificate(tmp_path)


@pytest.fixture(name="url")
def _url(pem: Path) -> Iterator[str]:
    server = ThreadingHTTPServer((LOCAL, 0), _Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://{LOCAL}:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_a_stranger_is_not_believed(url: str, capfd: pytest.CaptureFixture[str]) -> None:
    """A certificate that no authority has signed ends the call before anything is written."""
    with pytest.raises(NotSent, match="SSLError"):
        RequestsClient().send(HttpRequest(method="GET", url=url), 2)
    capfd.readouterr()  # the server says what it thinks of that


@pytest.mark.parametrize("is_named", [False, True])
def test_connections_share_one_context(
    url: str, pem: Path, monkeypatch: pytest.MonkeyPatch, *, is_named: bool
) -> None:
    """The certificates are read once, however many connections there are; a named bundle's too."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # a bundle of the machine's own
        monkeypatch.delenv(name, raising=False)
    loads: list[object] = []
    load = ssl.SSLContext.load_verify_locations

    def counted(context: ssl.SSLContext, *args: Any, **more: Any) -> None:  # noqa: ANN401 - ssl's
        loads.append(context)
        load(context, *args, **more)

    if is_named:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    else:
        monkeypatch.setattr(http, "DEFAULT_CA_BUNDLE_PATH", str(pem))
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", counted)
    client = RequestsClient()
    statuses: list[int] = []

    def ask() -> None:
        statuses.append(client.send(HttpRequest(method="GET", url=url), 5).status)

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [200] * 5
    assert len(loads) == (2 if is_named else 1)
