"""Which addresses and methods the management API has."""

import pytest

from cococat import __version__
from cococat.routes.management import MAX_BODY
from tests.support.api import said, value
from tests.support.console import OPENAPI, READS, WRITES, Console

ODD_PATHS = [
    "/",
    "/api",
    "/api/channels/",
    "/api/channels//",
    "/api/channels/scene/shop",
    "/api/channels/scene/shop/wechat/more",
    "/api/channels/scene/../wechat",
    "/api/channels/scene/%2e%2e/wechat",
    "/api/channels/scene/a b/wechat",
    "/api/channels/scene/猫/wechat",
    "/api/channels/connect/",
    "/api/messages",
    "/api/messages/",
    "/api/messages/../channels",
    "/healthz/",
    "/api/openapi.json/",
]


class TestAddresses:
    """Paths and methods."""

    @pytest.mark.parametrize("path", ODD_PATHS)
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_there_is_nothing_elsewhere(self, console: Console, method: str, path: str) -> None:
        """No path leads to anything but the routes."""
        assert said(console.ask(method, path, {})) == (404, "not_found")

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "get", ""])
    @pytest.mark.parametrize(
        ("path", "allowed"),
        [
            *((path, "GET") for path in (*READS, "/healthz", "/api/openapi.json")),
            *((path, "POST") for path in WRITES),
        ],
    )
    def test_another_method_is_405(
        self, console: Console, method: str, path: str, allowed: str
    ) -> None:
        """The answer names what the address takes."""
        answer = console.ask(method, path)

        assert said(answer) == (405, "method_not_allowed")
        assert answer.headers["allow"] == allowed

    @pytest.mark.parametrize(("method", "path"), [("POST", READS[0]), ("GET", WRITES[0])])
    def test_get_and_post_are_told_apart(self, console: Console, method: str, path: str) -> None:
        """A route takes one of them."""
        assert said(console.ask(method, path, {})) == (405, "method_not_allowed")

    @pytest.mark.parametrize("path", WRITES)
    def test_a_large_body_is_413(self, console: Console, path: str) -> None:
        """After the key was checked, before anybody reads it."""
        body = b"{" + b" " * MAX_BODY
        assert said(console.ask("POST", path, body)) == (413, "too_large")
        assert said(console.ask("POST", path, body[:-1])) == (400, "invalid_request")
        assert said(console.ask("POST", path, body, key="wrong")) == (401, "unauthorized")


class TestOpenToAll:
    """What needs no key."""

    @pytest.mark.parametrize("by_iam", [True, False])
    def test_healthz_says_what_runs(self, *, by_iam: bool) -> None:
        """Version and commit, without asking any table or secret."""
        console = Console(by_iam=by_iam)
        console.keys.kept.clear()
        answer = console.ask("GET", "/healthz", key="")

        assert answer.status == 200
        assert value(answer) == {"status": "ok", "version": __version__, "commit": "0123abc"}

    def test_the_description_is_served_as_it_is(self, console: Console) -> None:
        """OpenAPI, as JSON."""
        console.keys.kept.clear()
        answer = console.ask("GET", "/api/openapi.json", key="")

        assert (answer.status, answer.body) == (200, OPENAPI)
        assert value(answer)["openapi"].startswith("3.1")
