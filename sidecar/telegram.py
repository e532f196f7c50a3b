"""Telegram in the sidecar: makes pollers, and checks tokens before there are any."""

from cococat.bootstrap.common import CLOCK, channels
from cococat.bootstrap.listening import monotonic
from cococat.core.channels.telegram import TelegramChannel
from cococat.core.directory import ChannelBinding
from sidecar.telegram_polling import TelegramPoller

PRIVACY = (
    "@{name} has its privacy mode on: in groups it gets commands and replies to it, and nothing "
    "else, not even a mention. Make it an admin of the group, or switch the mode off with "
    "@BotFather (/setprivacy) and add the bot to its groups again."
)


def listener(binding: ChannelBinding) -> TelegramPoller:
    """Return the poller of *binding*."""
    return TelegramPoller(_channel(binding), CLOCK, monotonic)


def check_token(binding: ChannelBinding) -> tuple[str, ...]:
    """Ask Telegram who the bot is; see `ValidatesToken`."""
    bot = _channel(binding).api.get_me()
    return () if bot.reads_groups else (PRIVACY.format(name=bot.username),)


def _channel(binding: ChannelBinding) -> TelegramChannel:
    made = channels().bind(binding)
    assert isinstance(made, TelegramChannel)  # noqa: S101 - the registry says so
    return made
