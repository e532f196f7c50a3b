import json
from collections.abc import Callable

import pytest
from hypothesis import given

from cococat.core.http import Request, Response
from tests.support import samples
from tests.support.api import Api, error, value
from tests.support.strategies import json_values

URL = samples.ENDPOINT
KEY = {"authorization": f"Bearer {samples.API_KEY}"}


@pytest.fixture(name="api")
def _api() -> Api:
    return Api()


BODIES: dict[str, bytes] = {
    "empty": b"",
    "not JSON": b"hello",
    "cut off": b'{"user_id": "ann"',
    "a list": b'[{"user_id": "ann", "content": "x"}]',
    "null": b"null",
    "not UTF-8": b'{"user_id": "ann", "content": "\xff"}',
    "a surrogate in UTF-8": b'{"user_id": "ann", "content": "\xed\xa0\x80"}',
    "UTF-16": '{"user_id": "ann", "content": "x"}'.encode("utf-16"),
    "nested deeply": b'{"user_id": "ann", "content": "x", "y": ' + b"[" * 100_000,
    "NaN": b'{"user_id": "ann", "content": "x", "wait": NaN}',
    "Infinity": b'{"user_id": "ann", "content": "x", "y": Infinity}',
    "a number beyond all": b'{"user_id": "ann", "content": "x", "wait": 1e999}',
    "a number of 5000 digits": b'{"user_id": "a", "content": "x", "wait": ' + b"1" * 5000 + b"}",
}

MEMBERS: list[tuple[str, list[object]]] = [
    (
        "user_id",
        [..., None, 1, True, [], {}, "", "a" * 257, "a\nb", "a\x00b", "a\ud800b", "\ufffe"],
    ),
    ("content", [..., None, 1, True, [], {}, "", "  \n", "a\x00b", "a\ud800b", "a\uffffb"]),
    ("msg_id", [1, True, [], {}, "", "a" * 257, "a\tb", "a\udfffb"]),
    ("wait", [None, "1", True, False, [], {}, -1, 26, 25.1, 10**400]),
]


class TestBody:
    """What a question must be."""

    @pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
    def test_what_is_not_a_json_object_is_refused(self, api: Api, body: bytes) -> None:
        """Whatever else the bytes are is a 400."""
        response = api.caller.post(body)

        assert (response.status, error(response)) == (400, "invalid_request")
        assert (api.contents(), api.items.stored) == ([], {})

    @pytest.mark.parametrize(
        ("key", "wrong"), [(key, wrong) for key, values in MEMBERS for wrong in values], ids=repr
    )
    def test_each_member_has_its_type_and_bounds(self, api: Api, key: str, wrong: object) -> None:
        """A wrong value is a 400 that names the member and does not repeat the value."""
        response = api.post(**{key: wrong})

        assert (response.status, error(response)) == (400, "invalid_request")
        assert f"'{key}'" in response.body
        assert (api.contents(), api.items.stored) == ([], {})

    @pytest.mark.parametrize(
        ("content", "cause"),
        [
            ("", "is blank"),
            (" \n\t", "is blank"),
            ("a\x00b", "NUL"),
            ("\x1b", "control character"),
            ("a\ud800", "lone surrogate"),
            ("\uffff", "U+FFFF"),
        ],
    )
    def test_a_refused_text_hears_its_own_cause(self, api: Api, content: str, cause: str) -> None:
        """Blank, or a character that no queue takes."""
        assert cause in value(api.post(content=content))["error"]["message"]

    def test_a_text_that_is_mostly_escapes_hears_of_the_limit(self, api: Api) -> None:
        """It is longer in the queue than it was for the caller."""
        response = api.post(content='"' * (120 * 1024))

        assert response.status == 413
        assert "224 KiB" in value(response)["error"]["message"]

    @given(json_values)
    def test_whatever_comes_is_refused_or_taken(self, body: object) -> None:
        """No JSON value is a 500."""
        response = Api().caller.post(json.dumps(body).encode())

        assert (response.status, error(response)) == (400, "invalid_request")

    @pytest.mark.parametrize("key", ["", " ", "a b", "a" * 256, "猫", "a\n"])
    def test_an_idempotency_key_has_its_form(self, api: Api, key: str) -> None:
        """A key that could not be told apart is a 400."""
        response = api.caller.ask("ann", "hello", idempotency_key=key)

        assert (response.status, error(response)) == (400, "invalid_request")
        assert (api.contents(), api.items.stored) == ([], {})

    @pytest.mark.parametrize(
        "more",
        [{"wiat": 25}, {"User_id": "ann"}, {"attachments": [{"url": "https://a.test", "wiat": 1}]}],
    )
    def test_a_misspelt_member_is_refused_by_its_name(
        self, api: Api, more: dict[str, object]
    ) -> None:
        """Nobody would notice it otherwise."""
        response = api.post(**more)

        name = "User_id" if "User_id" in more else "wiat"
        assert (response.status, error(response)) == (400, "invalid_request")
        assert value(response)["error"]["message"].endswith(f"there is no member '{name}'.")
        assert (api.contents(), api.items.stored) == ([], {})

    def test_a_member_that_may_be_missing_may_be_null(self, api: Api) -> None:
        """Where that says the same."""
        nothing = {"msg_id": None, "conversation_id": None, "attachments": None}

        assert api.post(**nothing).status == 202

    @pytest.mark.parametrize(
        "query",
        [
            *(f"wait={each}" for each in ("-1", "26", "x", "nan", "1e999", "1&wait=2", "")),
            *(f"wait={each}" for each in ("1_0", "%205", "5+", "%2B5", "1e1", ".5", "5.", "5.%0A")),
            *("wait=%D9%A1", "wait=%EF%BC%95", f"wait={'9' * 5000}", "wiat=1"),
        ],
    )
    def test_a_bad_wait_in_the_query_is_refused(self, api: Api, query: str) -> None:
        """The same bounds hold where an answer is fetched; a number has digits of ASCII."""
        identity = value(api.post())["id"]
        response = api.door.handle(
            Request(
                method="GET",
                path=f"{URL}/messages/{identity}",
                query=query,
                headers=KEY,
            )
        )

        assert (response.status, error(response)) == (400, "invalid_request")


class TestSize:
    """How much is taken."""

    @pytest.mark.parametrize(
        "content",
        ["a" * 128 * 1024, "猫" * 43_690, "🐈" * 32_768],
        ids=["ASCII", "three bytes", "four bytes"],
    )
    def test_content_of_128_kib_is_taken(self, api: Api, content: str) -> None:
        """The bound is in bytes of UTF-8."""
        assert api.post(content=content).status == 202
        assert api.contents() == [content]

    @pytest.mark.parametrize(
        "send",
        [
            lambda api: api.post(content="a" * (128 * 1024 + 1)),
            lambda api: api.post(content="猫" * 43_691),
            lambda api: api.caller.post(b" " * (1024 * 1024 + 1)),
            lambda api: api.post(content='"' * 128 * 1024),
            lambda api: api.post(content="x", padding="a" * 1024 * 1024),
        ],
        ids=["content", "content in UTF-8", "body", "content as JSON", "padding"],
    )
    def test_more_is_a_413(self, api: Api, send: Callable[[Api], Response]) -> None:
        """Too much says so, and nothing is in the mailbox."""
        response = send(api)

        assert (response.status, error(response)) == (413, "too_large")
        assert api.contents() == []

    @pytest.mark.parametrize("user", ["a" * 256, "用" * 256, "🐈" * 256])
    def test_a_user_id_may_have_256_characters(self, api: Api, user: str) -> None:
        """Of any script."""
        assert api.post(user_id=user).status == 202
