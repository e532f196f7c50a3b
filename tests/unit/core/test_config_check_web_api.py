"""The config of a web_api entry: keys, origins, limits, and where answers are pushed to."""

import pytest

from cococat.core import config_check
from cococat.core.scenes import Entry
from tests.support import samples

GOOD: dict[str, object] = {
    "endpoint": samples.ENDPOINT,
    "api_key": samples.API_KEY,
    "callback_url": "https://shop.example/answers?from=cococat",
    "callback_secret": "secret-of-the-callback",
}


def faults(**changes: object) -> dict[str, str]:
    """Return path and expectation of each fault of a good config with *changes*."""
    config = {key: value for key, value in (GOOD | changes).items() if value is not ...}
    entry = Entry(
        scene_id="shop",
        index=0,
        channel_type="web_api",
        name="web_api",
        enabled=True,
        agent="support",
        config=config,
    )
    return {
        fault.path.removeprefix("$.channels[0].config."): fault.expected
        for fault in config_check.check(entry)
    }


@pytest.mark.parametrize(
    "api_key",
    [
        [{"name": "app", "key": "k" * 16}],
        [{"name": "a.b-c_1", "key": "k" * 16}, "l" * 16, {"name": "B", "key": "m" * 16}],
    ],
)
def test_keys_may_have_names(api_key: object) -> None:
    """Some of them, or all."""
    assert faults(api_key=api_key) == {}


@pytest.mark.parametrize(
    "api_key",
    [
        {"name": "app", "key": "k" * 16},
        [{"name": "app"}],
        [{"key": "k" * 16}],
        [{"name": "", "key": "k" * 16}],
        [{"name": "a b", "key": "k" * 16}],
        [{"name": "key-1", "key": "k" * 16}],
        [{"name": 1, "key": "k" * 16}],
        [{"name": [], "key": "k" * 16}],
        [{"name": "app", "key": "short"}],
        [{"name": "app", "key": "k" * 16, "more": 1}],
        [{"name": "app", "key": "k" * 16}, {"name": "app", "key": "l" * 16}],
        [{"name": "app", "key": {"name": "a", "key": "k" * 16}}],
        [["k" * 16]],
        [],
    ],
    ids=repr,
)
def test_a_bad_list_of_keys_is_one_fault(api_key: object) -> None:
    """Its words hold none of the keys."""
    (expected,) = faults(api_key=api_key).values()

    assert "16 to 256" in expected
    assert "kkk" not in expected


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/answers",
        "https://user:pass@shop.example/",
        "https://shop.example/#x",
        "https://shop.example\\@evil.example/",
        "https:///answers",
        "ftp://shop.example/",
        "https://shop.example/" + "a" * 2048,
    ],
)
def test_answers_are_pushed_to_a_plain_https_address(url: str) -> None:
    """Every library has to read it alike."""
    assert list(faults(callback_url=url)) == ["callback_url"]


@pytest.mark.parametrize("url", ["http://localhost:8080/x", "http://127.0.0.1/x?a=b"])
def test_on_this_machine_http_will_do(url: str) -> None:
    """The deployment has to name that host all the same."""
    assert faults(callback_url=url) == {}


def test_what_is_pushed_is_signed() -> None:
    """An address without a secret is a fault."""
    assert list(faults(callback_secret=...)) == ["callback_url"]


@pytest.mark.parametrize("origins", ["*", "https://shop.example", ["*"], ["http://a:1"]])
def test_origins_are_one_or_several(origins: object) -> None:
    """Or all."""
    assert faults(cors_origins=origins) == {}


@pytest.mark.parametrize(
    "origins",
    [
        "shop.example",
        "https://shop.example/",
        "https://*.example",
        "HTTPS://A",
        [],
        [1],
        "null",
    ],
)
def test_an_origin_is_what_browsers_send(origins: object) -> None:
    """Scheme, host and port in small letters, and nothing else."""
    assert list(faults(cors_origins=origins)) == ["cors_origins"]


def test_limits_are_checked() -> None:
    """One that says nothing is a fault with the form in it."""
    good = {"rate_limit": {"per_key": "60/minute", "per_user": "5/second"}}
    found = faults(options={"rate_limit": {"per_key": "often"}})

    assert faults(options=good) == {}
    assert '"60/minute"' in found["options.rate_limit"]
