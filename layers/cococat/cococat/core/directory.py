"""Which channels there are, as the table says."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from cococat.core.ids import ChannelAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelBinding:
    """
    One channel that is to run: whose it is, how it is set up, and where its messages go.

    Attributes:
        address: target, type and name.
        scene_id: the scene, empty where the target is an agent.
        config: the entry's config with every secret in place.
        agent: who answers.
        mailbox: the URL of that agent's queue.
        reply_key: what seals this channel's reply addresses.
        generation: rises with each wish.

    """

    address: ChannelAddress
    scene_id: str
    config: dict[str, Any] = field(repr=False)
    agent: str
    mailbox: str
    reply_key: str = field(repr=False)
    generation: int


class ChannelDirectory(Protocol):
    """Finds the channels that are to run."""

    def by_endpoint(self, endpoint: str) -> ChannelBinding | None:
        """Return the web_api channel that answers at path *endpoint*."""
        ...

    def by_address(self, address: ChannelAddress) -> ChannelBinding | None:
        """Return the channel at *address*."""
        ...
