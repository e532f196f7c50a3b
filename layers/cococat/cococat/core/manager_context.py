"""What the ChannelManager works with, and what it shows."""

from dataclasses import dataclass
from typing import Protocol

from cococat.core.channel_status import Observation, Observations, Status
from cococat.core.channels import Channel
from cococat.core.clock import Clock
from cococat.core.ids import ChannelAddress
from cococat.core.wishes import StoredWish, Wish, WishStore


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelView:
    """
    One channel as an operator sees it.

    Attributes:
        stored: what is wanted.
        status: its state now.
        observation: what was last seen of it, if anything was.

    """

    stored: StoredWish
    status: Status
    observation: Observation | None

    @property
    def is_seen(self) -> bool:
        """Tell whether anything was seen of the very wish that is stored."""
        seen = self.observation
        return seen is not None and seen.generation == self.stored.generation


class ManagerContext(Protocol):
    """What the manager works with: the owner's `ctx`."""

    @property
    def wishes(self) -> WishStore:
        """Return where the wishes are."""
        ...

    @property
    def observations(self) -> Observations:
        """Return where it is kept how the channels are."""
        ...

    @property
    def clock(self) -> Clock:
        """Return the time."""
        ...

    def agent_of(self, address: ChannelAddress) -> str:
        """Return who answers the messages of the channel at *address*."""
        ...

    def mailbox_of(self, agent: str) -> str:
        """
        Return the URL of the mailbox of *agent*, made where there was none.

        Raises:
            ConfigError: there is no such agent.

        """
        ...

    def instance(self, wish: Wish, generation: int) -> Channel:
        """Return the channel of *wish*, started."""
        ...

    def is_allowed_host(self, url: str) -> bool:
        """Tell whether a config that comes by API may name the host of *url*."""
        ...
