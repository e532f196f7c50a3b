from typing import Any

import pytest

from cococat.core import agent_spec
from cococat.core.agent_spec import AGENT_KINDS, AgentSpec

SECRET = "0123456789abcdef"
HTTP = {"kind": "http", "url": "https://agent.example/answer", "secret": SECRET}


def wrong(source: Any) -> dict[str, str]:  # noqa: ANN401 - JSON
    """Return what is wrong with an agent."""
    spec, found = agent_spec.read("bot", source)
    assert (spec is None) == bool(found)
    return found


class TestReading:
    """Agents as a file describes them."""

    def test_options_are_all_but_the_kind(self) -> None:
        """References stay as they are until somebody resolves them."""
        source = {"kind": "http", "url": "${URL}", "secret": "${secret:S#k}", "timeout": 5}
        spec, found = agent_spec.read("bot", source)

        assert found == {}
        assert spec == AgentSpec(
            name="bot",
            kind="http",
            options={"url": "${URL}", "secret": "${secret:S#k}", "timeout": 5},
        )

    @pytest.mark.parametrize(
        ("source", "place", "expected"),
        [
            ("http", "", "an object with a kind of: echo, external, http, python"),
            ({"kind": "magic"}, "", "an object with a kind of"),
            ({"kind": ["http"]}, "", "an object with a kind of"),
            ({"kind": "echo", "url": "x"}, "", "nothing beside kind echo"),
            ({"kind": "python"}, "", "handler beside kind python"),
            ({"kind": "http", "url": "x"}, "", "url, secret beside kind http"),
            (HTTP | {"more": 1}, "", "(there may be: timeout)"),
            (HTTP | {"secret": "short"}, ".secret", "16 to 512 visible ASCII characters"),
            (HTTP | {"timeout": "5"}, ".timeout", "seconds, 1 to 840"),
            (HTTP | {"url": "ftp://x"}, ".url", "https://"),
        ],
    )
    def test_each_fault_says_where_and_what_was_expected(
        self, source: object, place: str, expected: str
    ) -> None:
        """An operator knows what to write."""
        found = wrong(source)

        assert list(found) == [place]
        assert expected in found[place]

    def test_all_faults_come_at_once(self) -> None:
        """None of them quotes what was written."""
        found = wrong({"kind": "http", "url": "canary", "secret": "canary", "timeout": "canary"})

        assert found.keys() == {".url", ".secret", ".timeout"}
        assert "canary" not in str(found)


class TestValues:
    """What a value may be."""

    @pytest.mark.parametrize(
        "url",
        [
            "https://agent.example",
            "https://agent.example:8443/a/b?c=d",
            "https://10.0.0.1/",
            "http://127.0.0.1:8080/answer",
            "http://localhost/",
            "http://[::1]:80/",
        ],
    )
    def test_good_urls(self, url: str) -> None:
        """HTTPS anywhere, plain HTTP on this machine."""
        assert agent_spec.check("http", {"url": url}) == {}

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "agent.example",
            "http://agent.example/",
            "http://127.0.0.1.example/",
            "ftp://agent.example/",
            "file:///etc/passwd",
            "https:///path",
            "https://",
            "https://user@agent.example/",
            "https://user:password@agent.example/",
            "https://agent.example/#part",
            "https://agent.example:port/",
            "https://[::1/",
            "https://agent.example/\n",
            "https://agent.example/ a",
            "https://猫.example/",
            "https://agent.example/" + "a" * 2048,
            None,
            1,
        ],
    )
    def test_bad_urls(self, url: object) -> None:
        """Whatever else it may look like."""
        assert agent_spec.check("http", {"url": url}).keys() == {"url"}

    @pytest.mark.parametrize(
        "secret",
        ["", "a" * 15, "a" * 513, "a b" * 10, "猫" * 16, "a" * 16 + "\n", None, 1, ["a" * 16]],
    )
    def test_bad_secrets(self, secret: object) -> None:
        """Sixteen visible ASCII characters at least."""
        assert agent_spec.check("http", {"secret": secret}).keys() == {"secret"}

    @pytest.mark.parametrize(
        ("seconds", "good"), [(1, True), (0.5, False), (50.5, True), (840, True), (841, False)]
    )
    def test_timeouts(self, seconds: float, *, good: bool) -> None:
        """As long as a heartbeat may have."""
        assert (agent_spec.check("http", {"timeout": seconds}) == {}) is good

    def test_true_is_no_timeout(self) -> None:
        """Though Python takes it for one."""
        assert agent_spec.check("http", {"timeout": True}).keys() == {"timeout"}


def test_resolving_parts_the_secrets_from_the_rest() -> None:
    """What is kept in the table holds none."""
    spec, _ = agent_spec.read("bot", HTTP)
    assert spec is not None
    resolved = spec.resolved(spec.options)

    assert resolved.options == {"url": HTTP["url"]}
    assert resolved.secrets == {"secret": SECRET}


def test_no_repr_shows_a_secret() -> None:
    """Neither as read nor as resolved."""
    spec, _ = agent_spec.read("bot", HTTP)
    assert spec is not None

    assert SECRET not in repr(spec) + repr(spec.resolved(spec.options))


@pytest.mark.parametrize("kind", AGENT_KINDS)
def test_every_option_says_what_it_expects(kind: str) -> None:
    """So that every fault is a sentence."""
    assert all(option.expected for option in AGENT_KINDS[kind].values())
