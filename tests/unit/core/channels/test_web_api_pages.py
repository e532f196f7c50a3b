"""Which web pages may call a web_api entry."""

import pytest

from cococat.core.http import Request, Response
from tests.support import samples
from tests.support.api import Api, error

URL = samples.ENDPOINT
SHOP = "https://shop.example"
KEY = {"authorization": f"Bearer {samples.API_KEY}"}


def api(**config: object) -> Api:
    """Return an entry with *config* besides."""
    entry: dict[str, object] = {"endpoint": URL, "api_key": samples.API_KEY}
    return Api(samples.binding(config=entry | config))


def preflight(entry: Api, origin: str = SHOP, path: str = URL, **headers: str) -> Response:
    """Ask as a browser does before it sends a page's request."""
    asked = {"origin": origin, "access-control-request-method": "POST"} | headers
    return entry.door.handle(Request(method="OPTIONS", path=path, headers=asked))


class TestWebPages:
    """CORS."""

    @pytest.mark.parametrize(
        ("origins", "told"), [("*", "*"), ([SHOP, "http://localhost:1"], SHOP), (SHOP, SHOP)]
    )
    def test_a_page_that_may_call_is_told_how(self, origins: object, told: str) -> None:
        """A preflight needs no key, and reaches no agent."""
        entry = api(cors_origins=origins)
        response = preflight(entry)

        assert (response.status, response.body) == (204, "")
        assert response.headers["access-control-allow-origin"] == told
        assert response.headers["access-control-allow-methods"] == "POST"
        assert "authorization" in response.headers["access-control-allow-headers"]
        assert response.headers["access-control-max-age"] == "600"
        assert (entry.contents(), entry.items.stored) == ([], {})

    def test_an_answer_is_fetched_with_get(self) -> None:
        """Each address says its own method."""
        response = preflight(api(cors_origins=SHOP), path=f"{URL}/messages/x")

        assert response.headers["access-control-allow-methods"] == "GET"

    @pytest.mark.parametrize(
        "origin",
        ["https://evil.example", "null", "", f"{SHOP}.evil.example", f"{SHOP}:443", SHOP.upper()],
    )
    def test_a_page_that_may_not_is_refused(self, origin: str) -> None:
        """Only the exact origin counts."""
        response = preflight(api(cors_origins=[SHOP]), origin)

        assert (response.status, error(response)) == (403, "origin_refused")
        assert "access-control-allow-origin" not in response.headers
        assert response.headers["vary"] == "origin"

    @pytest.mark.parametrize("origins", ["*", [SHOP]])
    def test_credentials_are_never_allowed(self, origins: object) -> None:
        """Cookies are no keys."""
        entry = api(cors_origins=origins)
        request = Request(method="POST", path=URL, headers=KEY | {"origin": SHOP}, body=b"{}")

        for response in (preflight(entry), entry.door.handle(request)):
            assert "access-control-allow-credentials" not in response.headers

    @pytest.mark.parametrize(
        ("headers", "body", "status"),
        [
            (KEY, b'{"user_id": "ann", "content": "hi"}', 202),
            (KEY, b"{", 400),
            ({}, b"", 401),
        ],
    )
    def test_a_page_can_read_every_answer(
        self, headers: dict[str, str], body: bytes, status: int
    ) -> None:
        """Refusals too; else a page sees no more than that something failed."""
        entry = api(cors_origins=[SHOP])
        request = Request(method="POST", path=URL, headers=headers | {"origin": SHOP}, body=body)
        response = entry.door.handle(request)

        assert response.status == status
        assert response.headers["access-control-allow-origin"] == SHOP
        assert response.headers["access-control-expose-headers"] == "location, retry-after"
        assert response.headers["vary"] == "origin"

    def test_a_page_can_read_that_the_mailbox_is_down(self) -> None:
        """And try again."""
        entry = api(cors_origins=[SHOP])
        entry.flaky.failures = ["refused"]
        body = b'{"user_id": "ann", "content": "hi"}'
        response = entry.caller.post(body, {"origin": SHOP})

        assert response.status == 503
        assert response.headers["access-control-allow-origin"] == SHOP

    def test_an_entry_without_origins_says_nothing_of_them(self) -> None:
        """Pages get nowhere, and programs notice nothing."""
        entry = api()

        assert preflight(entry).status == 401
        assert preflight(entry, **KEY).status == 405
        headers = entry.caller.post(b"{", {"origin": SHOP}).headers
        assert not [name for name in headers if name.startswith(("access-control", "vary"))]

    def test_options_without_a_page_is_a_method_like_another(self) -> None:
        """It is no preflight."""
        entry = api(cors_origins="*")
        request = Request(method="OPTIONS", path=URL, headers=KEY)

        assert entry.door.handle(request).status == 405
