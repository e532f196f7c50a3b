"""
The way into the management API: its routes, and who may use them.

With no admin key configured it answers 503 and never lets anybody in. A key is compared in
constant time; whoever keeps guessing is slowed down.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from cococat import __version__
from cococat.core.admin_keys import AdminKey, recognise
from cococat.core.clock import Clock
from cococat.core.errors import RequestRefused
from cococat.core.failures import log_failure
from cococat.core.http import Request, Response, error_response, json_response
from cococat.core.throttle import WINDOW, Throttle
from cococat.routes.channels import ChannelRoutes

log = logging.getLogger(__name__)

MAX_BODY = 64 * 1024


class AdminKeys(Protocol):
    """Knows the admin keys."""

    def all(self) -> list[AdminKey]:
        """Return every key that there is."""
        ...


@dataclass(frozen=True, slots=True)
class Route:
    """One route: its method and path, the scope that it asks for, and what it does."""

    method: str
    path: re.Pattern[str]
    scope: str
    answer: Callable[..., Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Management:
    """
    The management API.

    Attributes:
        routes: of the channels.
        keys: the admin keys.
        throttle: slows down whoever keeps guessing.
        clock: the time.
        by_iam: whether API Gateway checks AWS identities instead of keys.
        openapi: the description of the whole API, as JSON.
        commit: which one is deployed.

    """

    routes: ChannelRoutes
    keys: AdminKeys
    throttle: Throttle
    clock: Clock
    by_iam: bool
    openapi: str
    commit: str

    def handle(self, request: Request) -> Response:
        """Return the answer to *request*; an error of ours is a 500, never a success."""
        try:
            return self._answer(request)
        except RequestRefused as refused:
            log.info("refused", extra={"status": refused.status, "code": refused.code})
            return error_response(refused)
        except Exception as error:  # noqa: BLE001 - the last line of defence
            log_failure("a management request failed", error)
            return error_response(RequestRefused(500, "internal", "Something went wrong here."))

    def _answer(self, request: Request) -> Response:
        if request.path in ("/healthz", "/api/openapi.json"):
            return self._open_to_all(request)
        found = [
            (route, match)
            for route in self._routes()
            if (match := route.path.fullmatch(request.path)) is not None
        ]
        scope = "manage" if request.method == "POST" else "read"
        self._authorise(request, scope)
        if len(request.body) > MAX_BODY:
            raise RequestRefused(413, "too_large", f"A request may have {MAX_BODY} bytes at most.")
        for route, match in found:
            if route.method == request.method:
                return route.answer(request, *match.groups())
        if found:
            allowed = ", ".join(sorted({route.method for route, _ in found}))
            message = f"This address takes {allowed}."
            raise RequestRefused(405, "method_not_allowed", message, {"allow": allowed})
        raise RequestRefused(404, "not_found", "There is nothing at this address.")

    def _routes(self) -> tuple[Route, ...]:
        part, routes = r"([A-Za-z0-9_-]+)", self.routes
        one = re.compile(rf"/api/channels/{part}/{part}/{part}")
        return (
            Route("GET", re.compile(r"/api/channels"), "read", routes.list_channels),
            Route("GET", re.compile(r"/api/channels/types"), "read", routes.list_types),
            Route("GET", one, "read", routes.show),
            Route("POST", re.compile(r"/api/channels/connect"), "manage", routes.connect),
            Route("POST", re.compile(r"/api/channels/disconnect"), "manage", routes.disconnect),
            Route("GET", re.compile(rf"/api/messages/{part}"), "read", routes.trace),
        )

    def _authorise(self, request: Request, scope: str) -> None:
        if self.by_iam:
            if not request.principal:
                raise RequestRefused(403, "forbidden", "AWS credentials are needed.")
            return
        keys = self.keys.all()
        if not keys:
            message = "No admin key is configured: python -m cococat.admin_keys create"
            raise RequestRefused(503, "no_admin_key", message)
        self._check_key(request, keys, scope)

    def _check_key(self, request: Request, keys: list[AdminKey], scope: str) -> None:
        if self.throttle.is_exhausted(request.caller):
            message = "Too many wrong keys; try again later."
            raise RequestRefused(429, "too_many", message, {"retry-after": str(WINDOW)})
        scheme, _, given = (request.header("authorization") or "").partition(" ")
        key = recognise(given.strip() if scheme.lower() == "bearer" else "", keys, self.clock.now())
        if key is None:
            self.throttle.fail(request.caller)
            message = "A valid admin key is needed: Authorization: Bearer <key>."
            raise RequestRefused(401, "unauthorized", message, {"www-authenticate": "Bearer"})
        if not key.allows(scope):
            raise RequestRefused(403, "forbidden", f"This key may not {scope}.")

    def _open_to_all(self, request: Request) -> Response:
        if request.method != "GET":
            message = "This address takes GET."
            raise RequestRefused(405, "method_not_allowed", message, {"allow": "GET"})
        if request.path == "/api/openapi.json":
            headers = {"content-type": "application/json; charset=utf-8"}
            return Response(status=200, body=self.openapi, headers=headers)
        value = {"status": "ok", "version": __version__, "commit": self.commit}
        return json_response(200, value)
