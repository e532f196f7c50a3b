"""
References in a config's values: `${NAME}`, `${secret:NAME}`, `${secret:NAME#key}`, `${ssm:/path}`.

They stand in files only, and whoever publishes the files resolves them, once.
"""

import re
from dataclasses import dataclass
from typing import Any, Protocol

_REFERENCE = re.compile(
    r"\$\{(?:(?P<source>secret|ssm):)?(?P<name>[A-Za-z0-9_./-]+)(?:#(?P<key>[A-Za-z0-9_.-]+))?\}",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Reference:
    """
    A value that is kept elsewhere.

    Attributes:
        source: `env`, `secret` or `ssm`.
        name: its name there.
        key: a key of the JSON object that is kept there, or empty for all of it.

    """

    source: str
    name: str
    key: str = ""

    def __str__(self) -> str:
        """Return it as it is written."""
        prefix = "" if self.source == "env" else f"{self.source}:"
        return f"${{{prefix}{self.name}{'#' + self.key if self.key else ''}}}"


class Resolver(Protocol):
    """Knows what references stand for."""

    def resolve(self, reference: Reference) -> str | None:
        """Return the value, or None where there is none."""
        ...


def resolve(config: dict[str, Any], resolver: Resolver) -> tuple[dict[str, Any], dict[str, str]]:
    """
    Return *config* with its references replaced, and for each key that failed, what is missing.

    A value that only looks like a reference (`${…`) and is none counts as one that failed.
    """
    resolved: dict[str, Any] = {}
    missing: dict[str, str] = {}
    for key, value in config.items():
        if isinstance(value, dict):
            resolved[key], inside = resolve(value, resolver)
            missing |= {f"{key}.{inner}": what for inner, what in inside.items()}
            continue
        listed = value if isinstance(value, list) else [value]
        values = [_resolve_one(each, resolver) for each in listed]
        failed = [str(each) for each in values if isinstance(each, _Missing)]
        if failed:
            missing[key] = failed[0]
        else:
            resolved[key] = values if isinstance(value, list) else values[0]
    return resolved, missing


@dataclass(frozen=True, slots=True)
class _Missing:
    what: str

    def __str__(self) -> str:
        return self.what


def _resolve_one(value: Any, resolver: Resolver) -> Any:  # noqa: ANN401 - JSON
    """Return an element of a list, or a value that is none, with its references replaced."""
    if not isinstance(value, dict):
        return _resolve(value, resolver)
    resolved, missing = resolve(value, resolver)
    return _Missing(next(iter(missing.values()))) if missing else resolved


def _resolve(value: Any, resolver: Resolver) -> Any:  # noqa: ANN401 - JSON
    if not isinstance(value, str) or "${" not in value:
        return value
    match = _REFERENCE.fullmatch(value)
    if match is None:
        return _Missing("a value without ${, or a reference and nothing beside it")
    reference = Reference(match["source"] or "env", match["name"], match["key"] or "")
    found = resolver.resolve(reference)
    return _Missing(f"a value for {reference}; there is none") if found is None else found
