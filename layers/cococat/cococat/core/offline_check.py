"""
Checking a scenes folder where nothing is published.

Nobody knows here what the references stand for: a value that is one is taken to be right.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from cococat.core import config_check, references, scenes
from cococat.core.channels.catalogue import CATALOGUE
from cococat.core.references import Reference
from cococat.core.scene_files import AGENTS_FILE
from cococat.core.scenes import Entry, Fault
from cococat.core.wanted_channels import token_key

ONE_LISTENS = "only one of the two can listen, so give each a bot of its own or disable one"


def check(files: Mapping[str, str], *, default_kind: str = "") -> list[Fault]:
    """
    Return all that is wrong with a scenes folder, as far as its files alone can tell.

    Args:
        files: path below the folder -> text.
        default_kind: kind of the agents that `agents.json` does not name; empty for none.

    """
    found = scenes.read(files, default_kind=default_kind)
    faults = [*found.faults]
    for agent in found.agents.values():
        _, wrong = references.resolve(agent.options, _AnyValue())
        faults += [
            Fault(AGENTS_FILE, f"$.{agent.name}.{key}", expected) for key, expected in wrong.items()
        ]
    for entry in (*found.entries, *found.rejected):
        faults += _faults_of(entry)
    known = [entry for entry in found.entries if "endpoint" not in _unknown(entry.config)]
    faults += config_check.split_by_endpoint(known)[1]
    return list(dict.fromkeys(faults))


def twins(files: Mapping[str, str], *, default_kind: str = "") -> list[str]:
    """
    Return a sentence for each enabled entry with the token, or the reference, of one before it.

    The sidecar listens to one of them only, as a platform gives each update to one listener.

    Args:
        files: path below the folder -> text.
        default_kind: kind of the agents that `agents.json` does not name; empty for none.

    """
    first: dict[str, Entry] = {}
    told = []
    for entry in scenes.read(files, default_kind=default_kind).entries:
        token = entry.config.get("bot_token")
        if not (entry.enabled and CATALOGUE[entry.channel_type].listens and isinstance(token, str)):
            continue
        other = first.setdefault(token_key(entry.channel_type, token), entry)
        if other is not entry:
            told.append(f"{_where(entry)} has the token of {_where(other)}; {ONE_LISTENS}")
    return told


def _where(entry: Entry) -> str:
    """Return *entry* for a sentence."""
    return f"{entry.file}: $.channels[{entry.index}] ({entry.channel_type}/{entry.name})"


class _AnyValue:
    """A resolver for whom there is a value of every name."""

    def resolve(self, reference: Reference) -> str:
        """Return what stands for the value."""
        return str(reference)


def _faults_of(entry: Entry) -> list[Fault]:
    _, wrong = references.resolve(entry.config, _AnyValue())
    unknown = {entry.fault("", key).path for key in _unknown(entry.config)}
    faults = [fault for fault in config_check.check(entry) if fault.path not in unknown]
    return [*(entry.fault(expected, key) for key, expected in wrong.items()), *faults]


def _unknown(config: Mapping[str, Any]) -> set[str]:
    """Return the keys of *config* whose values are references."""
    return set(_references(config, ""))


def _references(config: Mapping[str, Any], above: str) -> Iterator[str]:
    for key, value in config.items():
        if isinstance(value, dict):
            yield from _references(value, f"{above}{key}.")
        elif any(
            isinstance(each, str) and "${" in each
            for each in (value if isinstance(value, list) else [value])
        ):
            yield above + key
