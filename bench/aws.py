"""The AWS behind a door or a sidecar: the calls that these make, over TLS on this machine."""

import hashlib
import json
import ssl
import threading
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, Self

import trustme

from bench.errors import MeasurementFailed
from bench.subjects import facts

HOST = "127.0.0.1"
CHANNELS = "bench-channels"
Call = dict[str, Any]


class StubAws:
    """
    An AWS that knows the doors' channels and takes every message.

    It keeps what one writer writes, and checks no condition.

    Args:
        folder: for the certificates that its clients are to trust.
        bundle: the certificates that they trust on AWS, so that they read as many here.

    """

    def __init__(self, folder: Path, bundle: Path) -> None:
        self._authority = trustme.CA()
        self._certificates = folder / "authorities.pem"
        own = self._authority.cert_pem.bytes()
        self._certificates.write_bytes(bundle.read_bytes() + b"\n" + own)
        self._server = _Server((HOST, 0), _Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(HOST).configure_cert(context)
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of a function on it."""
        return {
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_SESSION_TOKEN": "bench",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"https://{HOST}:{self._server.server_port}",
            "AWS_CA_BUNDLE": str(self._certificates),
            "AWS_LAMBDA_FUNCTION_NAME": "bench-wechat",
            "STACK_NAME": "bench",
            "CHANNELS_TABLE": CHANNELS,
            "MESSAGES_TABLE": "bench-messages",
            "OUTBOX_URL": facts.QUEUE.replace("mailbox-bench", "outbox"),
            "POWERTOOLS_LOG_LEVEL": "INFO",
        }

    @property
    def certificates(self) -> Path:
        """Return the authorities that its clients are to trust."""
        return self._certificates

    def make_certificate(self, path: Path) -> None:
        """Write a certificate of this machine, and its key, to *path*."""
        self._authority.issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(path)

    def have(self, channels: Iterable[Call], secret: Callable[[str], str]) -> None:
        """
        Know the items *channels* and no other, not the doors' either.

        Args:
            channels: as DynamoDB holds them.
            secret: returns the text of the secret with a name.

        """
        self._server.items = {facts.key_of(item): item for item in channels}
        self._server.secret = secret

    def taken(self) -> list[str]:
        """
        Return the ids of the messages that the queue took since the last call.

        Raises:
            MeasurementFailed: a client asked for something that is not known here.

        """
        if self._server.unknown:
            raise MeasurementFailed(f"the door made a call unknown here: {self._server.unknown[0]}")
        bodies, self._server.bodies = self._server.bodies, []
        return [json.loads(body)["msg_id"] for body in bodies]


class _Server(ThreadingHTTPServer):
    """Answers each connection in a thread of its own, and notes what was sent."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, *address: Any) -> None:  # noqa: ANN401 - the base class's own
        self.bodies: list[str] = []
        self.unknown: list[str] = []
        self.items = {facts.key_of(facts.KEY): facts.channel_item()}
        self.secret: Callable[[str], str] = lambda _name: facts.channel_secret()
        super().__init__(*address)

    def get_item(self, call: Call) -> Call:
        found = self.items.get(facts.key_of(call["Key"]))
        return {"Item": found} if found and call["TableName"] == CHANNELS else {}

    def put_item(self, call: Call) -> Call:
        if call["TableName"] == CHANNELS:
            self.items[facts.key_of(call["Item"])] = call["Item"]
        return {}

    def update_item(self, _call: Call) -> Call:
        return {}

    def scan(self, _call: Call) -> Call:
        items = list(self.items.values())
        return {"Items": items, "Count": len(items), "ScannedCount": len(items)}

    def get_secret_value(self, call: Call) -> Call:
        return {"Name": call["SecretId"], "SecretString": self.secret(call["SecretId"])}

    def send_message(self, call: Call) -> Call:
        body = call["MessageBody"]
        self.bodies.append(body)
        digest = hashlib.md5(body.encode("utf-8"), usedforsecurity=False).hexdigest()
        return {"MessageId": call["MessageDeduplicationId"][:36], "MD5OfMessageBody": digest}


class _Handler(BaseHTTPRequestHandler):
    """One connection, kept open as AWS keeps it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body in one packet
    server: _Server

    _CALLS: ClassVar[dict[str, Callable[[_Server, Call], Call]]] = {
        "AmazonSQS.SendMessage": _Server.send_message,
        "DynamoDB_20120810.GetItem": _Server.get_item,
        "DynamoDB_20120810.PutItem": _Server.put_item,
        "DynamoDB_20120810.Scan": _Server.scan,
        "DynamoDB_20120810.UpdateItem": _Server.update_item,
        "secretsmanager.GetSecretValue": _Server.get_secret_value,
    }

    def do_POST(self) -> None:
        """Answer one call."""
        call = json.loads(self.rfile.read(int(self.headers["content-length"])))
        target = self.headers["x-amz-target"]
        known = self._CALLS.get(target)
        if known is None:
            self.server.unknown.append(target)
        answer = json.dumps(known(self.server, call) if known else {}).encode("utf-8")
        self.send_response(200 if known else 400)
        self.send_header("content-type", self.headers["content-type"])
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        self.wfile.flush()

    def log_message(self, *_words: object) -> None:
        """Say nothing."""
