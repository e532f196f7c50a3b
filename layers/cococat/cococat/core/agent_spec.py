"""The agents of `agents.json`: their kinds, and what each kind has to be told."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import urlsplit

MAX_TIMEOUT = 840
"""Seconds; a heartbeat has 870 at most."""

_HANDLER = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", re.ASCII)
_SECRET = re.compile(r"[\x21-\x7e]{16,512}", re.ASCII)
_URL = re.compile(r"[\x21-\x7e]{1,2048}", re.ASCII)
_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSpec:
    """
    One agent.

    Attributes:
        name: its name.
        kind: who answers for it.
        options: what its kind is told; as read from a file, the secrets too.
        secrets: what of it is secret, where somebody has looked that up.

    """

    name: str
    kind: str
    options: dict[str, Any] = field(default_factory=dict, repr=False)
    secrets: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_external(self) -> bool:
        """Tell whether a process that is not ours empties its mailbox."""
        return self.kind == "external"

    def resolved(self, options: dict[str, Any]) -> Self:
        """Return the agent with *options*, whose references are resolved, the secrets apart."""
        secret = {key for key, each in AGENT_KINDS[self.kind].items() if each.secret}
        return replace(
            self,
            options={key: value for key, value in options.items() if key not in secret},
            secrets={key: value for key, value in options.items() if key in secret},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentOption:
    """
    One thing that a kind of agent is told.

    Attributes:
        holds: tells whether a value is good.
        expected: what a good one is, for people.
        required: whether it must be there.
        secret: whether it is a secret.

    """

    holds: Callable[[Any], bool]
    expected: str
    required: bool = True
    secret: bool = False


def read(name: str, source: Any) -> tuple[AgentSpec | None, dict[str, str]]:  # noqa: ANN401 - JSON
    """
    Return the agent *name* that *source* describes, or None and what is wrong with it.

    What is wrong is named by the place below the agent, which is empty for the whole. Values
    that are references are checked once they are resolved.
    """
    kind = source.get("kind") if isinstance(source, dict) else None
    if not isinstance(kind, str) or kind not in AGENT_KINDS:
        return None, {"": f"an object with a kind of: {', '.join(sorted(AGENT_KINDS))}"}
    options = {key: value for key, value in source.items() if key != "kind"}
    known = AGENT_KINDS[kind]
    required = {key for key, each in known.items() if each.required}
    if not required <= options.keys() <= known.keys():
        return None, {"": _keys_of(kind)}
    written = {key: value for key, value in options.items() if not _is_reference(value)}
    wrong = {f".{key}": expected for key, expected in check(kind, written).items()}
    return (None if wrong else AgentSpec(name=name, kind=kind, options=options)), wrong


def check(kind: str, options: dict[str, Any]) -> dict[str, str]:
    """Return what is wrong with the values of *options*, by their keys."""
    known = AGENT_KINDS[kind]
    return {
        key: known[key].expected for key, value in options.items() if not known[key].holds(value)
    }


def _keys_of(kind: str) -> str:
    known = AGENT_KINDS[kind]
    required = [key for key, each in known.items() if each.required]
    others = [key for key, each in known.items() if not each.required]
    may = f" (there may be: {', '.join(others)})" if others else ""
    return f"{', '.join(required) or 'nothing'} beside kind {kind}{may}"


def _is_reference(value: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(value, str) and "${" in value


def _is_handler(value: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(value, str) and _HANDLER.fullmatch(value) is not None


def _is_secret(value: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(value, str) and _SECRET.fullmatch(value) is not None


def _is_timeout(value: Any) -> bool:  # noqa: ANN401 - JSON
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 1 <= value <= MAX_TIMEOUT


def _is_url(value: Any) -> bool:  # noqa: ANN401 - JSON
    if not isinstance(value, str) or not _URL.fullmatch(value):
        return False
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    is_plain = "@" not in parts.netloc and "#" not in value
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in _THIS_MACHINE)
    return bool(host) and is_plain and is_safe


AGENT_KINDS: dict[str, dict[str, AgentOption]] = {
    "echo": {},
    "external": {},
    "http": {
        "url": AgentOption(
            holds=_is_url,
            expected="https://… without user, password and fragment (http:// on this machine)",
        ),
        "secret": AgentOption(
            holds=_is_secret, expected="a secret of 16 to 512 visible ASCII characters", secret=True
        ),
        "timeout": AgentOption(
            holds=_is_timeout, expected=f"seconds, 1 to {MAX_TIMEOUT}", required=False
        ),
    },
    "python": {"handler": AgentOption(holds=_is_handler, expected="module:function")},
}
"""Kind of agent -> what it has to be told beside its kind."""
