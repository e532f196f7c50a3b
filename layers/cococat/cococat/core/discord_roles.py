"""
The roles that a Discord bot has for itself, one in each guild that it was invited to.

A role mention names the role alone. The gateway tells of the roles only some time after a session
has begun, when messages have come already: so they are asked for when one mentions a role.
"""

from cococat.core.clock import Clock
from cococat.core.discord_api import DiscordApi

LOOK_AGAIN = 60.0
"""Seconds after which a guild is asked again: a bot that is invited anew has another role."""


class OwnRoles:
    """
    The roles of one bot; called with the id of a guild.

    Args:
        api: the platform.
        bot: the bot's id.
        clock: the time.

    """

    def __init__(self, api: DiscordApi, bot: str, clock: Clock) -> None:
        self._api = api
        self._bot = bot
        self._clock = clock
        self._known: dict[str, tuple[float, frozenset[str]]] = {}

    def __call__(self, guild: str) -> frozenset[str]:
        """
        Return the bot's own roles in *guild*.

        Raises:
            CredentialsRefused: the token is not good.
            PlatformUnreachable: the platform could not be asked.

        """
        now = self._clock.now()
        asked_at, roles = self._known.get(guild, (-LOOK_AGAIN, frozenset()))
        if now >= asked_at + LOOK_AGAIN:
            roles = self._api.roles_of(self._bot, guild)
            self._known[guild] = now, roles
        return roles
