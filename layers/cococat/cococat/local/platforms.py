"""Simulated platforms for the bots of a local stack that have no real token."""

from collections.abc import Iterator
from contextlib import contextmanager

from cococat.core.clock import SystemClock
from cococat.local.made_up import BOT
from cococat.simulators.discord import SimulatedDiscord
from cococat.simulators.telegram import SimulatedTelegram
from cococat.simulators.telegram_server import TelegramServer


@contextmanager
def platforms() -> Iterator[dict[str, str]]:
    """
    Simulate the platforms while the body runs; every made-up token is that of a bot of theirs.

    Yields:
        Channel type -> the address of its API, for `api_base`.

    """
    # aiohttp comes with the sidecar: the commands that know an address do without it.
    from cococat.simulators.discord_server import DiscordServer

    telegram = SimulatedTelegram(SystemClock(), newcomers=BOT)
    discord = SimulatedDiscord(newcomers=BOT)
    with TelegramServer(telegram) as telegrams, DiscordServer(discord) as discords:
        yield {"telegram": telegrams.url, "discord": discords.url}
