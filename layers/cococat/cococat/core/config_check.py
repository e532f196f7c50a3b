"""Checking the config of an entry: its keys, and its values once references are resolved."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from cococat.core import rate_limit, text
from cococat.core.channels.catalogue import CATALOGUE, COMMON, PLATFORMS, ConfigField
from cococat.core.scenes import Entry, Fault
from cococat.core.wrong_values import kind_of, what_is_wrong

_NAME = re.compile(r"(?!key-[0-9])[A-Za-z0-9_.-]{1,64}", re.ASCII)
"""Names of keys; `key-1`, `key-2` … are those without one."""
_NAME_EXPECTED = "1 to 64 letters, digits, ., - and _, or begins like key-1"

MOST_VALUES = 20
"""Values that a key may have which takes a list of them."""


class Configured(Protocol):
    """A config with the place that its faults are told of: an entry, or a request."""

    @property
    def channel_type(self) -> str:
        """Return the channel's type."""
        ...

    @property
    def config(self) -> dict[str, Any]:
        """Return the config."""
        ...

    def fault(self, expected: str, key: str = "") -> Fault:
        """Return a fault of it, at *key* where one is named."""
        ...


def check(entry: Configured) -> list[Fault]:
    """Return all that is wrong with the resolved config of *entry*."""
    variant = _variant(entry)
    known = {each.key: each for each in (*variant, *COMMON)}
    faults = [
        entry.fault(f"no such key; there are: {', '.join([*known, 'options'])}", key)
        for key in sorted(entry.config.keys() - known.keys() - {"options"})
    ]
    for key, each in known.items():
        faults += _check_value(entry, each, entry.config.get(key))
    one_of = CATALOGUE[entry.channel_type].one_of
    if one_of and not entry.config.keys() & set(one_of):
        expected = f"{' or '.join(one_of)}; both are missing, and so anybody could call"
        faults.append(entry.fault(expected, one_of[0]))
    return faults + _check_options(entry, entry.config.get("options", {}))


def secret_keys(channel_type: str) -> frozenset[str]:
    """Return the keys of *channel_type* whose values are secrets."""
    variants = (*CATALOGUE[channel_type].variants, COMMON)
    return frozenset(each.key for variant in variants for each in variant if each.secret)


def is_of_a_platform(endpoint: Any) -> bool:  # noqa: ANN401 - JSON
    """Tell whether *endpoint* lies where a platform's callbacks come in."""
    return isinstance(endpoint, str) and endpoint.split("/")[3:4] in [[each] for each in PLATFORMS]


def split_by_endpoint(entries: Iterable[Entry]) -> tuple[list[Entry], list[Fault]]:
    """Return the entries whose endpoint is free, or that have none, and the faults of the rest."""
    taken: dict[str, Entry] = {}
    good: list[Entry] = []
    faults: list[Fault] = []
    for entry in entries:
        endpoint = entry.config.get("endpoint")
        if endpoint is None:
            good.append(entry)
        elif is_of_a_platform(endpoint):
            faults.append(entry.fault("a path that is not a platform's", "endpoint"))
        elif endpoint in taken:
            expected = f"a path of its own; {taken[endpoint].file} has this one"
            faults.append(entry.fault(expected, "endpoint"))
        else:
            taken[endpoint] = entry
            good.append(entry)
    return good, faults


def _variant(entry: Configured) -> tuple[ConfigField, ...]:
    """Return the set of keys that the config has most in common with, and lacks least of."""

    def fit(variant: tuple[ConfigField, ...]) -> tuple[int, int]:
        required = {each.key for each in variant if each.required}
        common = entry.config.keys() & {each.key for each in variant}
        return len(common), -len(required - common)

    return max(CATALOGUE[entry.channel_type].variants, key=fit)


def _check_value(entry: Configured, known: ConfigField, value: Any) -> list[Fault]:  # noqa: ANN401
    if value is None:
        wrong = "it is missing" if known.required else ""
    elif known.many and isinstance(value, list):
        wrong = _wrong_list(known, value)
    else:
        wrong = _wrong_text(known, value, "it")
    if not wrong and value not in (None, "plain") and known.needs not in {"", *entry.config}:
        wrong = f"{known.needs} is missing"
    return [entry.fault(f"{known.expected}; {wrong}", known.key)] if wrong else []


def _wrong_text(known: ConfigField, value: Any, subject: str) -> str:  # noqa: ANN401 - JSON
    """Return what is wrong with one value, which is called *subject*; empty for nothing."""
    wrong = what_is_wrong(value, lambda text: re.fullmatch(known.pattern, text, re.ASCII))
    return wrong and f"{subject} {wrong}"


def _wrong_list(known: ConfigField, values: list[Any]) -> str:
    if not 1 <= len(values) <= MOST_VALUES:
        return f"the list holds {len(values)} values, and may hold 1 to {MOST_VALUES}"
    names: set[str] = set()
    for number, each in enumerate(values, 1):
        subject, value = f"value {number} of the list", each
        if known.named and isinstance(each, dict):
            if each.keys() != {"name", "key"}:
                return f"{subject} has other keys than name and key"
            name, value = each["name"], each["key"]
            if not isinstance(name, str) or not _NAME.fullmatch(name):
                return f"the name of {subject} is not {_NAME_EXPECTED}"
            if name in names:
                return f"{subject} has the name of another"
            names.add(name)
        wrong = _wrong_text(known, value, subject)
        if wrong:
            return wrong
    return ""


def _check_options(entry: Configured, options: Any) -> list[Fault]:  # noqa: ANN401 - JSON
    if not isinstance(options, dict):
        return [entry.fault(f"an object; it is {kind_of(options)}", "options")]
    faults = []
    for key, value in sorted(options.items()):
        if key not in OPTIONS:
            expected = f"no such option; there are: {', '.join(OPTIONS)}"
            faults.append(entry.fault(expected, f"options.{key}"))
        elif not OPTIONS[key].holds(value):
            expected = f"{OPTIONS[key].expected}; it is {kind_of(value)}, and not such a one"
            faults.append(entry.fault(expected, f"options.{key}"))
    return faults


def _is_text(value: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(value, str) and 1 <= len(value) <= MAX_FALLBACK and text.is_sendable(value)


def _is_wait(value: Any) -> bool:  # noqa: ANN401 - JSON
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value <= MAX_PASSIVE_WAIT


def _is_switch(value: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(value, bool)


def _is_groups(value: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(value, str) and value in ("addressed", "all")


@dataclass(frozen=True, slots=True)
class _Option:
    holds: Callable[[Any], bool]
    expected: str


MAX_FALLBACK = 2000
MAX_PASSIVE_WAIT = 4.5
OPTIONS = {
    "groups": _Option(_is_groups, "addressed or all"),
    "edits": _Option(_is_switch, "true or false"),
    "fallback_text": _Option(_is_text, f"a text of 1 to {MAX_FALLBACK} characters"),
    "rate_limit": _Option(rate_limit.is_rate_limit, rate_limit.EXPECTED),
    "passive_wait": _Option(_is_wait, f"a number of seconds from 0 to {MAX_PASSIVE_WAIT}"),
}
"""Options of every channel -> what they may be."""
