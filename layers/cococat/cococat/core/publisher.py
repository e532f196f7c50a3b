"""
Publishing the scenes folder: files in, channels and mailboxes in the table out.

At run time the table alone says what is connected. A file entry whose content is the one that
was published before is left as it is; one that is gone from the files is taken away. A scene
with a faulty file loses nothing that it had.
"""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Protocol

from cococat.core import agent_spec, config_check, references, scenes
from cococat.core.agent_spec import AgentSpec
from cococat.core.errors import EndpointTaken
from cococat.core.file_wishes import FileWishes, Outcome
from cococat.core.ids import ChannelAddress, fingerprint
from cococat.core.references import Resolver
from cococat.core.scene_files import AGENTS_FILE
from cococat.core.scenes import Entry, Fault
from cococat.core.wishes import Source, Wish, WishStore

log = logging.getLogger(__name__)


class Mailboxes(Protocol):
    """Makes the agents' queues."""

    def ensure(self, agent: AgentSpec) -> str:
        """Make or mend the mailbox of *agent* and return its URL."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """
    What came of publishing.

    Attributes:
        channels: those that the files hold.
        outcomes: what came of each of them; one whose endpoint is not to be had is left out.
        withdrawn: those that are in no file any more.
        faults: what is wrong with the files.

    """

    channels: tuple[ChannelAddress, ...]
    outcomes: Mapping[ChannelAddress, Outcome]
    withdrawn: tuple[ChannelAddress, ...]
    faults: tuple[Fault, ...]

    @property
    def changed(self) -> tuple[ChannelAddress, ...]:
        """Return the channels that are wanted otherwise than before."""
        new = (Outcome.ADDED, Outcome.CHANGED)
        return tuple(address for address, outcome in self.outcomes.items() if outcome in new)


class Publisher:
    """
    Publishes a scenes folder.

    Args:
        resolver: knows what the files' references stand for.
        mailboxes: makes the agents' queues.
        wishes: keeps the channels.
        default_kind: kind of the agents that `agents.json` does not name; empty for none.

    """

    def __init__(
        self, *, resolver: Resolver, mailboxes: Mailboxes, wishes: WishStore, default_kind: str
    ) -> None:
        self._resolver = resolver
        self._mailboxes = mailboxes
        self._wishes = FileWishes(wishes)
        self._default_kind = default_kind

    def publish(self, files: Mapping[str, str]) -> Published:
        """Make the table say what *files* (path below the scenes folder -> text) say."""
        found = scenes.read(files, default_kind=self._default_kind)
        agents, agent_faults = self._resolve_agents(found.agents.values())
        usable, without, faulty = _with_agents(found.entries, agents)
        entries, faults = self._check(usable)
        lost = [fault for entry in (*found.rejected, *faulty) for fault in self._resolve(entry)[1]]
        urls = {name: self._mailboxes.ensure(agent) for name, agent in agents.items()}
        originals = {entry.position: entry for entry in found.entries}
        pairs = [
            (entry, _wish(entry, originals[entry.position], urls[entry.agent])) for entry in entries
        ]
        early = (*found.faults, *agent_faults, *without, *lost, *faults)
        outcomes, taken = self._keep(pairs, _scenes_of(early))
        all_faults = (*early, *taken)
        for fault in all_faults:
            log.error("a scene is set up wrongly", extra={"fault": str(fault)})
        channels = tuple(wish.address for _, wish in pairs)
        return Published(
            channels=channels,
            outcomes=outcomes,
            withdrawn=tuple(self._wishes.withdraw_all_but(channels, _scenes_of(all_faults))),
            faults=all_faults,
        )

    def _keep(
        self, pairs: Sequence[tuple[Entry, Wish]], spared: set[str]
    ) -> tuple[dict[ChannelAddress, Outcome], list[Fault]]:
        """Keep the wishes; return what came of them, and whose endpoint is not to be had."""
        endpoints = {wish.address: wish.endpoint for _, wish in pairs}
        outcomes, faults = {}, []
        for entry, wish in pairs:
            try:
                outcomes[wish.address] = self._wishes.keep(wish, endpoints, spared)
            except EndpointTaken:
                expected = "a path that is free; another channel that is connected has this one"
                faults.append(entry.fault(expected, "endpoint"))
        return outcomes, faults

    def _resolve_agents(
        self, agents: Iterable[AgentSpec]
    ) -> tuple[dict[str, AgentSpec], list[Fault]]:
        """Return the agents that hold, references resolved, and the faults of the others."""
        good: dict[str, AgentSpec] = {}
        faults: list[Fault] = []
        for agent in agents:
            options, missing = references.resolve(agent.options, self._resolver)
            wrong = missing or agent_spec.check(agent.kind, options)
            faults += [
                Fault(AGENTS_FILE, f"$.{agent.name}.{key}", expected)
                for key, expected in wrong.items()
            ]
            if not wrong:
                good[agent.name] = agent.resolved(options)
        return good, faults

    def _check(self, entries: Iterable[Entry]) -> tuple[list[Entry], list[Fault]]:
        """Return the entries that hold, references resolved, and the faults of the others."""
        resolved = [self._resolve(entry) for entry in entries]
        good, taken = config_check.split_by_endpoint(
            entry for entry, wrong in resolved if not wrong
        )
        return good, [*(fault for _, wrong in resolved for fault in wrong), *taken]

    def _resolve(self, entry: Entry) -> tuple[Entry, list[Fault]]:
        """Return *entry* with its references resolved, and all that is wrong with its config."""
        config, missing = references.resolve(entry.config, self._resolver)
        resolved = replace(entry, config=entry.config | config)
        faults = [entry.fault(expected, key) for key, expected in missing.items()]
        unknown = {fault.path for fault in faults}
        wrong = [fault for fault in config_check.check(resolved) if fault.path not in unknown]
        return resolved, [*faults, *wrong]


def _scenes_of(faults: Iterable[Fault]) -> set[str]:
    """Return the scenes whose files have *faults*: these keep what they have."""
    return {fault.file.partition("/")[0] for fault in faults}


def _with_agents(
    entries: Iterable[Entry], agents: Mapping[str, AgentSpec]
) -> tuple[list[Entry], list[Fault], list[Entry]]:
    """Return the entries whose agent holds, a fault for each of the others, and the others."""
    usable, faults, others = [], [], []
    for entry in entries:
        if entry.agent in agents:
            usable.append(entry)
        else:
            faults.append(entry.fault(f"an agent without faults; '{entry.agent}' has some"))
            others.append(entry)
    return usable, faults, others


def _wish(entry: Entry, original: Entry, mailbox: str) -> Wish:
    """Return what *entry* wants; *original* still has its references, and is what is hashed."""
    secret = config_check.secret_keys(entry.channel_type)
    written = asdict(original) | {"index": None}  # it may move within its file
    return Wish(
        address=ChannelAddress(
            target_type="scene",
            target_id=entry.scene_id,
            channel=entry.channel_type,
            name=entry.name,
        ),
        scene_id=entry.scene_id,
        agent=entry.agent,
        mailbox=mailbox,
        config={key: value for key, value in entry.config.items() if key not in secret},
        secrets={key: value for key, value in entry.config.items() if key in secret},
        enabled=entry.enabled,
        source=Source.FILE,
        file_hash=fingerprint(json.dumps(written, sort_keys=True)),
    )
