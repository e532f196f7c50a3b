"""The channels that there are, in memory."""

from cococat.core.directory import ChannelBinding
from cococat.core.ids import ChannelAddress


class MemoryDirectory:
    """`cococat.core.directory.ChannelDirectory` over a list of bindings."""

    def __init__(self, *bindings: ChannelBinding) -> None:
        self.bindings = list(bindings)

    def by_endpoint(self, endpoint: str) -> ChannelBinding | None:
        """Return the web_api channel at *endpoint*."""
        for binding in self.bindings:
            if binding.config.get("endpoint") == endpoint:
                return binding
        return None

    def by_address(self, address: ChannelAddress) -> ChannelBinding | None:
        """Return the channel at *address*."""
        for binding in self.bindings:
            if binding.address == address:
                return binding
        return None
