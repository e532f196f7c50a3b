"""The check of a Discord bot's token; see `cococat.core.listener.ValidatesToken`."""

from cococat.core.directory import ChannelBinding
from cococat.core.discord_api import api_of
from cococat.core.http_client import HttpClient


class DiscordTokenCheck:
    """
    Asks Discord whether it takes a token, and whether its bot may read messages.

    Args:
        http: makes the requests.

    """

    def __init__(self, http: HttpClient) -> None:
        self._http = http

    def __call__(self, binding: ChannelBinding) -> tuple[str, ...]:
        """Return what an operator should know; see `ValidatesToken`."""
        return api_of(binding.config, self._http).check()
