"""Checking the config of an entry: its keys, and its values once references are resolved."""

import re
from collections.abc import Iterable
from typing import Any

from cococat.core.channels.catalogue import CATALOGUE, COMMON, PLATFORMS, ConfigField
from cococat.core.scenes import Entry, Fault

OPTIONS = {"fallback_text": "a text of 1 to 2000 characters"}
PLACEHOLDERS = frozenset(
    {"xxx", "wx_xxx", "sk-xxx", "123456:ABC-DEF...", "MTIzNDU2Nzg5...", "wx…", "…", "sk-…"}
)
MAX_FALLBACK = 2000


def check(entry: Entry) -> list[Fault]:
    """Return all that is wrong with the resolved config of *entry*."""
    variant = _variant(entry)
    known = {each.key: each for each in (*variant, *COMMON)}
    faults = [
        entry.fault(f"no such key; there are: {', '.join([*known, 'options'])}", key)
        for key in sorted(entry.config.keys() - known.keys() - {"options"})
    ]
    for key, each in known.items():
        faults += _check_value(entry, each, entry.config.get(key))
    return faults + _check_options(entry, entry.config.get("options", {}))


def secret_keys(channel_type: str) -> frozenset[str]:
    """Return the keys of *channel_type* whose values are secrets."""
    variants = (*CATALOGUE[channel_type].variants, COMMON)
    return frozenset(each.key for variant in variants for each in variant if each.secret)


def split_by_endpoint(entries: Iterable[Entry]) -> tuple[list[Entry], list[Fault]]:
    """Return the entries whose endpoint is free, or that have none, and the faults of the rest."""
    taken: dict[str, Entry] = {}
    good: list[Entry] = []
    faults: list[Fault] = []
    for entry in entries:
        endpoint = entry.config.get("endpoint")
        if endpoint is None:
            good.append(entry)
        elif endpoint.split("/")[3] in PLATFORMS:
            faults.append(entry.fault("a path that is not a platform's", "endpoint"))
        elif endpoint in taken:
            expected = f"a path of its own; {taken[endpoint].file} has this one"
            faults.append(entry.fault(expected, "endpoint"))
        else:
            taken[endpoint] = entry
            good.append(entry)
    return good, faults


def _variant(entry: Entry) -> tuple[ConfigField, ...]:
    """Return the set of keys that the config has most in common with."""
    variants = CATALOGUE[entry.channel_type].variants
    return max(variants, key=lambda one: len(entry.config.keys() & {each.key for each in one}))


def _check_value(entry: Entry, known: ConfigField, value: Any) -> list[Fault]:  # noqa: ANN401
    if value is None:
        missing = f"{known.expected}; it is missing"
        return [entry.fault(missing, known.key)] if known.required else []
    values = value if known.many and isinstance(value, list) and value else [value]
    for each in values:
        if isinstance(each, str) and each in PLACEHOLDERS:
            expected = f"{known.expected}; it still is the example's placeholder"
            return [entry.fault(expected, known.key)]
        if not isinstance(each, str) or not re.fullmatch(known.pattern, each, re.ASCII):
            return [entry.fault(known.expected, known.key)]
    return []


def _check_options(entry: Entry, options: Any) -> list[Fault]:  # noqa: ANN401 - JSON
    if not isinstance(options, dict):
        return [entry.fault("an object", "options")]
    faults = [
        entry.fault(f"no such option; there are: {', '.join(OPTIONS)}", f"options.{key}")
        for key in sorted(options.keys() - OPTIONS.keys())
    ]
    text = options.get("fallback_text", "-")
    if not isinstance(text, str) or not 1 <= len(text) <= MAX_FALLBACK:
        faults.append(entry.fault(OPTIONS["fallback_text"], "options.fallback_text"))
    return faults
