"""Operators at the management API of a running stack."""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from cococat.core.http import Request, Response
from cococat.simulators.transport import over_http
from tests.e2e.bundle import Bundle, value

TARGET = {"target_type": "agent", "target_id": "support"}
"""What channels are connected to, unless another target is named."""

PATHS = (
    ("GET", "/api/channels"),
    ("GET", "/api/channels/types"),
    ("POST", "/api/channels/connect"),
    ("GET", "/api/messages/0"),
)
"""What nobody gets to see without a key."""


@dataclass(frozen=True, kw_only=True)
class Operator:
    """
    Somebody with an admin key, or without one.

    Attributes:
        base_url: where the stack's doors are.
        key: the key.

    """

    base_url: str
    key: str = ""

    def ask(self, method: str, path: str, body: object = None) -> Response:
        """Send one request to the management API."""
        path, _, query = path.partition("?")
        headers = {"content-type": "application/json"}
        if self.key:
            headers["authorization"] = f"Bearer {self.key}"
        raw = b"" if body is None else json.dumps(body).encode("ascii")
        transport = over_http(self.base_url, patience=30)
        return transport(Request(method=method, path=path, query=query, headers=headers, body=raw))

    def try_to_connect(self, kind: str, config: dict[str, Any], **members: str) -> Response:
        """Want a channel and return the answer."""
        wanted = TARGET | {"channel_type": kind, "config": config} | members
        return self.ask("POST", "/api/channels/connect", wanted)

    def connect(self, kind: str, config: dict[str, Any], **members: str) -> dict[str, Any]:
        """Want a channel and return it."""
        answer = self.try_to_connect(kind, config, **members)
        assert answer.status == 200, answer.body
        return value(answer)

    def disconnect(self, kind: str, **members: str) -> None:
        """Want it no more."""
        wanted = TARGET | {"channel_type": kind} | members
        answer = self.ask("POST", "/api/channels/disconnect", wanted)
        assert (answer.status, value(answer)) == (200, {"status": "disconnected"})

    def status(self, kind: str, name: str = "") -> dict[str, Any]:
        """Return what is to be seen of a channel of the agent `support`."""
        return value(self.ask("GET", f"/api/channels/agent/support/{kind}?name={name or kind}"))


def make_key(bundle: Bundle) -> str:
    """Make an admin key with the operator's own command."""
    (bundle.folder / ".cococat").mkdir(exist_ok=True)
    bundle.stack.address.keep(bundle.folder / ".cococat" / "local.json")
    made = subprocess.run(
        [sys.executable, "-m", "cococat.admin_keys", "create", "--note", "e2e", "--json"],
        cwd=bundle.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return str(json.loads(made.stdout)["key"])
