"""Discord in the sidecar: makes gateway listeners, and checks tokens before there are any."""

from cococat.bootstrap.common import CLOCK, channels
from cococat.bootstrap.listening import monotonic
from cococat.core.channels.discord import DiscordChannel
from cococat.core.directory import ChannelBinding
from sidecar.discord_gateway import DiscordListener


def listener(binding: ChannelBinding) -> DiscordListener:
    """Return the gateway listener of *binding*."""
    return DiscordListener(_channel(binding), CLOCK, monotonic)


def check_token(binding: ChannelBinding) -> tuple[str, ...]:
    """Ask Discord whether it takes the token and lets the bot read; see `ValidatesToken`."""
    return _channel(binding).api.check()


def _channel(binding: ChannelBinding) -> DiscordChannel:
    made = channels().bind(binding)
    assert isinstance(made, DiscordChannel)  # noqa: S101 - the registry says so
    return made
