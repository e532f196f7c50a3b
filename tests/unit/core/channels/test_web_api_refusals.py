from dataclasses import replace

import pytest

from cococat.core.http import Request
from cococat.core.ids import fingerprint
from cococat.simulators.web_api import WebApiCaller
from tests.support import samples
from tests.support.api import Api, error, value

ID = fingerprint("nothing")
URL = samples.ENDPOINT
KEY = {"authorization": f"Bearer {samples.API_KEY}"}


@pytest.fixture(name="api")
def _api() -> Api:
    return Api()


def request(method: str, path: str, headers: dict[str, str] | None = None) -> Request:
    """Return a request with a good body."""
    body = b'{"user_id": "ann", "content": "hello"}'
    return Request(method=method, path=path, headers=KEY if headers is None else headers, body=body)


class TestKey:
    """Who gets in."""

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"authorization": ""},
            {"authorization": "Bearer"},
            {"authorization": "Bearer wrong-key-0123456789"},
            {"authorization": samples.API_KEY},
            {"authorization": f"Basic {samples.API_KEY}"},
            {"authorization": f"Bearer {samples.API_KEY}x"},
            {"authorization": f"Bearer {samples.API_KEY[:-1]}"},
            {"authorization": f"Bearer {samples.API_KEY.upper()}"},
            {"authorization": "Bearer 猫\ud800"},
            {"x-api-key": ""},
            {"x-api-key": "wrong-key-0123456789"},
            {"x-api-key": f"Bearer {samples.API_KEY}"},
            {"authorization": "Bearer wrong-key-0123456789", "x-api-key": samples.API_KEY},
        ],
    )
    @pytest.mark.parametrize(
        ("method", "path"), [("POST", URL), ("GET", f"{URL}/messages/{ID}"), ("DELETE", URL)]
    )
    def test_without_the_right_key_nobody(
        self, api: Api, method: str, path: str, headers: dict[str, str]
    ) -> None:
        """A missing or wrong key is a 401 on every route, before anything else."""
        response = api.door.handle(request(method, path, headers))

        assert (response.status, error(response)) == (401, "unauthorized")
        assert response.headers["www-authenticate"] == "Bearer"
        assert (api.contents(), api.items.stored) == ([], {})

    @pytest.mark.parametrize(
        "headers",
        [
            KEY,
            {"authorization": f"bearer  {samples.API_KEY} "},
            {"x-api-key": samples.API_KEY},
            {"authorization": "Basic eDp5", "x-api-key": samples.API_KEY},
        ],
    )
    def test_the_key_opens_in_either_header(self, api: Api, headers: dict[str, str]) -> None:
        """Bearer and X-Api-Key are the same."""
        assert api.door.handle(request("POST", URL, headers)).status == 202

    @pytest.mark.parametrize("key", ["k" * 16, "l" * 16])
    def test_each_of_several_keys_opens(self, key: str) -> None:
        """Keys can be changed without a gap."""
        config: dict[str, object] = {"endpoint": URL, "api_key": ["k" * 16, "l" * 16]}
        api = Api(samples.binding(config=config))
        caller = replace(api.caller, api_key=key)

        assert caller.ask("ann", "hello").status == 202

    def test_a_key_opens_its_own_channel_only(self) -> None:
        """Another channel's key and another channel's message are of no use."""
        other = samples.binding(
            replace(samples.ADDRESS, name="second"),
            config={"endpoint": f"{URL}/second", "api_key": "second-key-0123456789"},
        )
        api = Api(samples.binding(), other)
        second = WebApiCaller(
            transport=api.door.handle, endpoint=f"{URL}/second", api_key="second-key-0123456789"
        )
        identity = value(api.caller.ask("ann", "hello"))["id"]

        assert second.fetch(identity).status == 404
        assert replace(second, api_key=samples.API_KEY).ask("ann", "x").status == 401


class TestRoutes:
    """What is at which address."""

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("POST", "/api/channel/other"),
            ("POST", "/"),
            ("POST", f"{URL}/more"),
            ("POST", f"{URL}/"),
            ("GET", f"{URL}/messages"),
            ("GET", f"{URL}/messages/"),
            ("GET", f"{URL}/messages/{ID}"),
            ("GET", f"{URL}/messages/{ID}/more"),
            ("GET", f"{URL}/messages/{ID.upper()}"),
            ("GET", f"{URL}/messages/x"),
            ("GET", f"{URL}/messages/messages/x"),
        ],
    )
    def test_nothing_is_at_other_addresses(self, api: Api, method: str, path: str) -> None:
        """What is not there is a 404, for a channel as for a message."""
        response = api.door.handle(request(method, path))

        assert (response.status, error(response)) == (404, "not_found")
        assert (api.contents(), api.items.stored) == ([], {})

    @pytest.mark.parametrize(
        ("method", "path", "allowed"),
        [
            ("GET", URL, "POST"),
            ("PUT", URL, "POST"),
            ("OPTIONS", URL, "POST"),
            ("POST", f"{URL}/messages/{ID}", "GET"),
            ("DELETE", f"{URL}/messages/{ID}", "GET"),
        ],
    )
    def test_each_address_takes_one_method(
        self, api: Api, method: str, path: str, allowed: str
    ) -> None:
        """Another method is a 405 that names the right one."""
        response = api.door.handle(request(method, path))

        assert (response.status, error(response)) == (405, "method_not_allowed")
        assert response.headers["allow"] == allowed
