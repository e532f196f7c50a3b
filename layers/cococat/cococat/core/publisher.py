"""
Publishing the scenes folder: files in, channels and mailboxes in the table out.

At run time the table alone says what is connected. A file entry whose content is the one that
was published before is left as it is; one that is gone from the files is taken away. A scene
with a faulty file loses nothing that it had.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from cococat.core import config_check, references, scenes
from cococat.core.ids import ChannelAddress
from cococat.core.references import Resolver
from cococat.core.scenes import AgentSpec, Entry, Fault

log = logging.getLogger(__name__)

FALLBACK_TEXT = "抱歉，系统繁忙，请稍后再试。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """
    A channel as it is wanted.

    Attributes:
        address: target, type and name.
        scene_id: the scene.
        agent: who answers.
        mailbox: the URL of the agent's queue.
        config: what is not secret of its config.
        secrets: what is.
        enabled: whether it is to run.

    """

    address: ChannelAddress
    scene_id: str
    agent: str
    mailbox: str
    config: dict[str, Any]
    secrets: dict[str, Any]
    enabled: bool


class Mailboxes(Protocol):
    """Makes the agents' queues."""

    def ensure(self, agent: AgentSpec) -> str:
        """Make or mend the mailbox of *agent* and return its URL."""
        ...


class Wishes(Protocol):
    """Keeps the channels that are wanted."""

    def publish(self, wish: Wish) -> bool:
        """Keep *wish*, which a file holds, and return whether anything changed."""
        ...

    def withdraw_all_but(
        self, addresses: Iterable[ChannelAddress], spared: Iterable[str]
    ) -> list[ChannelAddress]:
        """
        Take away every channel that came from a file and is in none any more.

        Args:
            addresses: the channels that are in the files.
            spared: scenes whose files are faulty; they keep what they had.

        Returns:
            what was taken away.

        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What came of publishing."""

    channels: tuple[ChannelAddress, ...]
    changed: tuple[ChannelAddress, ...]
    withdrawn: tuple[ChannelAddress, ...]
    faults: tuple[Fault, ...]


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
        self, *, resolver: Resolver, mailboxes: Mailboxes, wishes: Wishes, default_kind: str
    ) -> None:
        self._resolver = resolver
        self._mailboxes = mailboxes
        self._wishes = wishes
        self._default_kind = default_kind

    def publish(self, files: Mapping[str, str]) -> Published:
        """Make the table say what *files* (path below the scenes folder -> text) say."""
        found = scenes.read(files, default_kind=self._default_kind)
        entries, faults = self._check(found.entries)
        urls = {name: self._mailboxes.ensure(agent) for name, agent in found.agents.items()}
        wishes = [_wish(entry, urls[entry.agent]) for entry in entries]
        changed = [wish.address for wish in wishes if self._wishes.publish(wish)]
        all_faults = (*found.faults, *faults)
        for fault in all_faults:
            log.error("a scene is set up wrongly", extra={"fault": str(fault)})
        channels = tuple(wish.address for wish in wishes)
        spared = {fault.file.partition("/")[0] for fault in all_faults}
        return Published(
            channels=channels,
            changed=tuple(changed),
            withdrawn=tuple(self._wishes.withdraw_all_but(channels, spared)),
            faults=all_faults,
        )

    def _check(self, entries: Iterable[Entry]) -> tuple[list[Entry], list[Fault]]:
        """Return the entries that hold, references resolved, and the faults of the others."""
        resolved, faults = self._resolve(entries)
        checked = [(entry, config_check.check(entry)) for entry in resolved]
        good, taken = config_check.split_by_endpoint(entry for entry, found in checked if not found)
        return good, [*faults, *(fault for _, found in checked for fault in found), *taken]

    def _resolve(self, entries: Iterable[Entry]) -> tuple[list[Entry], list[Fault]]:
        resolved, faults = [], []
        for entry in entries:
            config, missing = references.resolve(entry.config, self._resolver)
            faults += [entry.fault(expected, key) for key, expected in missing.items()]
            if not missing:
                resolved.append(replace(entry, config=config))
        return resolved, faults


def _wish(entry: Entry, mailbox: str) -> Wish:
    secret = config_check.secret_keys(entry.channel_type)
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
    )
