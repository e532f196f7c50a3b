"""The management API over memory, and an operator who uses it."""

import json
from importlib.resources import files
from typing import Any

from cococat.core.admin_keys import AdminKey, make
from cococat.core.channel_manager import ChannelManager
from cococat.core.http import Request, Response
from cococat.core.throttle import Throttle
from cococat.routes.channels import ChannelRoutes
from cococat.routes.management import Management
from tests.support.items import MemoryItems
from tests.support.manager import MemoryContext

CALLER = "192.0.2.1"
OPENAPI = (files("cococat.routes") / "openapi.json").read_text("utf-8")
READS = [
    "/api/channels",
    "/api/channels/types",
    "/api/channels/scene/shop/wechat",
    f"/api/messages/{'0' * 64}",
]
WRITES = ["/api/channels/connect", "/api/channels/disconnect"]

AT_START = "2027-01-15T08:00:00.000+00:00"
"""The time that a console begins at, as it is shown."""


class ListedKeys:
    """`cococat.routes.management.AdminKeys` over a list."""

    def __init__(self) -> None:
        self.kept: list[AdminKey] = []

    def all(self) -> list[AdminKey]:
        """Return every key that there is."""
        return self.kept

    def make(self, scope: str, *, expires_at: int | None = None) -> str:
        """Make one more, and return it."""
        key, kept = make(scope, expires_at=expires_at)
        self.kept.append(kept)
        return key


class Console:
    """
    An operator with a key.

    Attributes:
        ctx: what the API's manager works with.
        items: the messages table.
        keys: the keys that there are.
        key: the operator's.

    """

    def __init__(self, scope: str = "manage", *, by_iam: bool = False) -> None:
        self.ctx = MemoryContext()
        self.items = MemoryItems(self.ctx.clock)
        self.keys = ListedKeys()
        self.key = self.keys.make(scope)
        routes = ChannelRoutes(manager=ChannelManager(), ctx=self.ctx, messages=self.items)
        self.management = Management(
            routes=routes,
            keys=self.keys,
            throttle=Throttle(self.items, self.ctx.clock),
            clock=self.ctx.clock,
            by_iam=by_iam,
            openapi=OPENAPI,
            commit="0123abc",
        )

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = None,
        caller: str = CALLER,
        principal: str = "",
        **headers: str,
    ) -> Response:
        """Send one request; *body* is JSON, unless it is bytes already."""
        path, _, query = path.partition("?")
        raw = body if isinstance(body, bytes) else json.dumps(body).encode("ascii")
        given = {"authorization": f"Bearer {self.key if key is None else key}"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.management.handle(
            Request(
                method=method,
                path=path,
                query=query,
                headers={name: value for name, value in given.items() if value},
                body=b"" if body is None else raw,
                caller=caller,
                principal=principal,
            )
        )

    def connect(self, **members: Any) -> Response:  # noqa: ANN401 - JSON
        """Want a wechat channel, with *members* changed."""
        config = {"app_id": "wx0123456789abcdef", "token": members.pop("token", "good")}
        headers = {name: members.pop(name) for name in ("if_match",) if name in members}
        return self.ask("POST", "/api/channels/connect", wanted(config=config) | members, **headers)

    def disconnect(self, **members: Any) -> Response:  # noqa: ANN401 - JSON
        """Want it no more."""
        headers = {name: members.pop(name) for name in ("if_match",) if name in members}
        return self.ask("POST", "/api/channels/disconnect", wanted() | members, **headers)


def wanted(**members: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return the address of a wechat channel of the scene `shop`, with *members*."""
    return {"target_type": "scene", "target_id": "shop", "channel_type": "wechat"} | members
