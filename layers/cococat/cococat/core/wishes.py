"""The channels that are wanted: the one truth of what is connected, whoever asked for it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from cococat.core.ids import ChannelAddress

MISSING = "Its settings or its secret are missing; publish the scene again, or connect it again."
"""Said of a channel that is wanted and can't be had."""


class Source(StrEnum):
    """Who asked for a channel."""

    FILE = "file"
    API = "api"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """
    A channel as it is wanted.

    Attributes:
        address: target, type and name.
        scene_id: the scene, empty where the target is an agent.
        agent: who answers.
        mailbox: the URL of the agent's queue.
        config: what is not secret of its config.
        secrets: what is.
        enabled: whether it is to run.
        source: who asked for it.
        file_hash: digest of the file entry that this stands for, or overrules; empty for none.

    """

    address: ChannelAddress
    scene_id: str
    agent: str
    mailbox: str
    config: dict[str, Any]
    secrets: dict[str, Any] = field(repr=False)
    enabled: bool = True
    source: Source = Source.FILE
    file_hash: str = ""

    @property
    def endpoint(self) -> str:
        """Return the path that the channel answers at, if its config names one."""
        return str(self.config.get("endpoint", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredWish:
    """
    A wish in the table.

    Attributes:
        wish: what is wanted; its secrets are read with `WishStore.secrets`.
        generation: rises with each change, and goes on rising after a channel was removed.
        secret: names the secret that holds its secrets.
        secret_names: which keys of the config those are.

    """

    wish: Wish
    generation: int
    secret: str
    secret_names: tuple[str, ...]


class WishStore(Protocol):
    """Keeps the wishes; each change is made on condition that nobody made another one first."""

    def read(self, address: ChannelAddress) -> StoredWish | None:
        """Return what is wanted at *address*."""
        ...

    def all(self) -> list[StoredWish]:
        """Return all wishes, those that are disabled too."""
        ...

    def secrets(self, stored: StoredWish) -> dict[str, Any]:
        """
        Return the secrets of *stored*.

        Raises:
            Conflict: it was removed meanwhile.

        """
        ...

    def write(
        self, wish: Wish, *, replacing: StoredWish | None, taking_over: bool = False
    ) -> StoredWish:
        """
        Keep *wish* and its secrets in place of *replacing*.

        Args:
            wish: what is wanted.
            replacing: what is there now, as far as the caller knows.
            taking_over: take the endpoint from another channel that has it.

        Raises:
            Conflict: what is stored is not *replacing* any more.
            EndpointTaken: another channel answers at its endpoint.

        """
        ...

    def remove(self, stored: StoredWish) -> None:
        """
        Remove *stored* with its secrets.

        Raises:
            Conflict: it is not what is stored any more.

        """
        ...
