"""
Reading `scenes/<scene>/entries.json` and `scenes/agents.json`.

Everything that can be wrong with their form is found at once; a bad entry stops that entry
and no other. Values that are references are checked once they are resolved (`config_check`).
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cococat.core import agent_spec
from cococat.core.agent_spec import AgentSpec
from cococat.core.channels.catalogue import CATALOGUE
from cococat.core.errors import MalformedMessage
from cococat.core.fields import parse_object
from cococat.core.scene_files import AGENTS_FILE, ENTRIES_FILE, why_unread

_SCENE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
_AGENT = re.compile(r"(?!.*-dlq$)[A-Za-z0-9][A-Za-z0-9_-]{0,29}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a file of ours."""

    file: str
    path: str
    expected: str

    def __str__(self) -> str:
        """Return it as a sentence for people."""
        return f"{self.file}: {self.path}: {self.expected}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One element of `channels` in a scene's `entries.json`, its defaults filled in."""

    scene_id: str
    index: int
    channel_type: str
    name: str
    enabled: bool
    agent: str
    config: dict[str, Any] = field(repr=False)

    @property
    def file(self) -> str:
        """Return the file that it stands in."""
        return f"{self.scene_id}/{ENTRIES_FILE}"

    @property
    def position(self) -> tuple[str, int]:
        """Return where it stands: in which scene, as which element."""
        return self.scene_id, self.index

    def fault(self, expected: str, key: str = "") -> Fault:
        """Return a fault of this entry, at its config's *key* where one is named."""
        where = f"$.channels[{self.index}]" + (f".config.{key}" if key else "")
        return Fault(self.file, where, expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenes:
    """
    All that the files say, and all that is wrong with them.

    Attributes:
        entries: those whose form is right, and whose agent is known.
        rejected: others, of which a fault is told; what is wrong with their configs is not yet.
        agents: name -> agent.
        faults: what is wrong.

    """

    entries: tuple[Entry, ...]
    rejected: tuple[Entry, ...]
    agents: Mapping[str, AgentSpec]
    faults: tuple[Fault, ...]


def is_scene(text: str) -> bool:
    """Tell whether *text* may be a scene's or another target's id."""
    return _SCENE.fullmatch(text) is not None


def is_agent(text: str) -> bool:
    """Tell whether *text* may be an agent's name."""
    return _AGENT.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Tell whether *text* may be a channel's name."""
    return _NAME.fullmatch(text) is not None


def read(files: Mapping[str, str], *, default_kind: str = "") -> Scenes:
    """
    Read a scenes folder.

    Args:
        files: path below the folder (`shop/entries.json`, `agents.json`) -> text.
        default_kind: kind of the agents that `agents.json` does not name; empty for none.

    """
    faults: list[Fault] = []
    source = _object(AGENTS_FILE, files.get(AGENTS_FILE, "{}"), faults)
    readable = not faults
    named = {name: _agent(name, value, faults) for name, value in source.items()}
    agents = {name: spec for name, spec in named.items() if spec is not None}
    entries: list[Entry] = []
    rejected: list[Entry] = []
    for path in sorted(files):
        scene_id, _, name = path.rpartition("/")
        if name == ENTRIES_FILE:
            read_ones = _entries(scene_id, path, files[path], faults, rejected)
            entries += _unique_names(read_ones, faults, rejected)
    for entry in entries:
        if entry.agent not in named and readable and default_kind:
            agents[entry.agent] = AgentSpec(name=entry.agent, kind=default_kind)
    usable = [entry for entry in entries if _has_agent(entry, agents, faults, rejected)]
    return Scenes(
        entries=tuple(usable),
        rejected=tuple(rejected),
        agents=agents,
        faults=tuple(dict.fromkeys(faults)),
    )


def _agent(name: str, value: Any, faults: list[Fault]) -> AgentSpec | None:  # noqa: ANN401 - JSON
    path = f"$.{name}"
    if not _AGENT.fullmatch(name):
        expected = "an agent's name: 1 to 30 letters, digits, - and _, not ending in -dlq"
        faults.append(Fault(AGENTS_FILE, path, expected))
        return None
    spec, wrong = agent_spec.read(name, value)
    faults += [Fault(AGENTS_FILE, path + place, expected) for place, expected in wrong.items()]
    return spec


def _entries(
    scene_id: str, path: str, text: str, faults: list[Fault], rejected: list[Entry]
) -> list[Entry]:
    if not _SCENE.fullmatch(scene_id):
        expected = "a scene's folder is named with 1 to 64 letters, digits, - and _"
        faults.append(Fault(path, "$", expected))
        return []
    before = len(faults)
    source = _object(path, text, faults)
    if len(faults) > before:
        return []
    _only(source, {"agent", "channels"}, path, "$", faults)
    channels = source.get("channels")
    if not isinstance(channels, list):
        faults.append(Fault(path, "$.channels", "a list of channels; [] for none"))
        return []
    default = source.get("agent", scene_id)
    read_ones = [
        _entry(scene_id, i, each, default, faults, rejected) for i, each in enumerate(channels)
    ]
    return [entry for entry in read_ones if entry is not None]


def _entry(
    scene_id: str,
    index: int,
    source: Any,  # noqa: ANN401 - JSON
    agent: Any,  # noqa: ANN401 - JSON
    faults: list[Fault],
    rejected: list[Entry],
) -> Entry | None:
    file, path = f"{scene_id}/{ENTRIES_FILE}", f"$.channels[{index}]"
    if not isinstance(source, dict):
        faults.append(Fault(file, path, 'an object {"type", "config"}'))
        return None
    before = len(faults)
    _only(source, {"type", "config", "name", "enabled", "agent"}, file, path, faults)
    kind = source.get("type")
    unknown = _unknown_type(kind)
    if unknown:
        faults.append(Fault(file, f"{path}.type", unknown))
    values = {
        "config": source.get("config"),
        "name": source.get("name", kind),
        "enabled": source.get("enabled", True),
        "agent": source.get("agent", agent),
    }
    for key, (holds, expected) in _ENTRY_FORM.items():
        if not holds(values[key]):
            inherited = key == "agent" and key not in source
            faults.append(Fault(file, f"{'$' if inherited else path}.{key}", expected))
    if unknown or not isinstance(values["config"], dict):
        return None
    entry = Entry(scene_id=scene_id, index=index, channel_type=str(kind), **values)
    if len(faults) == before:
        return entry
    rejected.append(entry)
    return None


def _unknown_type(kind: Any) -> str:  # noqa: ANN401 - JSON
    """Return what is expected of a channel's type, where *kind* is not it."""
    if not isinstance(kind, str) or kind not in CATALOGUE:
        return f"one of: {', '.join(sorted(CATALOGUE))}"
    return "" if CATALOGUE[kind].implementation else f"this version has no {kind} channel yet"


_ENTRY_FORM: dict[str, tuple[Callable[[Any], bool], str]] = {
    "config": (lambda value: isinstance(value, dict), "an object"),
    "name": (
        lambda value: isinstance(value, str) and _NAME.fullmatch(value) is not None,
        "a name of 1 to 32 letters, digits, - and _",
    ),
    "enabled": (lambda value: isinstance(value, bool), "true or false"),
    "agent": (
        lambda value: isinstance(value, str) and _AGENT.fullmatch(value) is not None,
        "an agent's name: 1 to 30 letters, digits, - and _, not ending in -dlq",
    ),
}


def _unique_names(entries: list[Entry], faults: list[Fault], rejected: list[Entry]) -> list[Entry]:
    uses = Counter((entry.channel_type, entry.name) for entry in entries)
    seen: set[tuple[str, str]] = set()
    unique = []
    for entry in entries:
        key = (entry.channel_type, entry.name)
        if key in seen:
            where = (
                f"a name of its own: {uses[key]} {entry.channel_type} channels are '{entry.name}'"
            )
            faults.append(entry.fault(where))
            rejected.append(entry)
            continue
        seen.add(key)
        unique.append(entry)
    return unique


def _has_agent(
    entry: Entry, agents: Mapping[str, AgentSpec], faults: list[Fault], rejected: list[Entry]
) -> bool:
    if entry.agent in agents:
        return True
    rejected.append(entry)
    faults.append(entry.fault(f"an agent that {AGENTS_FILE} names; '{entry.agent}' is not there"))
    return False


def _object(path: str, text: str, faults: list[Fault]) -> dict[str, Any]:
    unread = why_unread(text)
    try:
        if not unread:
            return parse_object(text)
    except MalformedMessage as error:
        unread = f"a JSON object ({error}{_why(error.__cause__)})"
    faults.append(Fault(path, "$", unread))
    return {}


def _why(cause: BaseException | None) -> str:
    """Return where and why a text is no JSON, to stand behind a sentence that says so."""
    if isinstance(cause, json.JSONDecodeError):
        return f", line {cause.lineno}, column {cause.colno}: {cause.msg}"
    if isinstance(cause, RecursionError):
        return ": nested too deeply"
    return f": {cause}" if cause else ""


def _only(
    source: dict[str, Any], allowed: set[str], file: str, path: str, faults: list[Fault]
) -> None:
    known = ", ".join(sorted(allowed))
    faults.extend(
        Fault(file, f"{path}.{key}", f"no such key; there are: {known}")
        for key in sorted(source.keys() - allowed)
    )
