"""Simulated platforms in a process of their own: Telegram over TLS, and Discord."""

import json
import ssl
import sys
from typing import Any

from bench.subjects import facts
from cococat.core.clock import SystemClock
from cococat.simulators.api_server import ApiServer
from cococat.simulators.discord import SimulatedDiscord
from cococat.simulators.discord_server import DiscordServer
from cococat.simulators.telegram import SimulatedTelegram


class Platforms:
    """Both platforms, each with the bots that were asked for last."""

    def __init__(self) -> None:
        self.telegram = SimulatedTelegram(SystemClock())
        self.discord = SimulatedDiscord()

    def bots(self, channel: str, count: int) -> dict[str, Any]:
        """Have *count* bots that nobody has listened to yet."""
        platform = self.telegram if channel == "telegram" else self.discord
        platform.bots.clear()
        for number in range(count):
            platform.bot(facts.token(number))
        return {}

    def state(self, channel: str) -> dict[str, Any]:
        """Tell how many bots were heard of, and how many messages wait."""
        if channel == "telegram":
            known = self.telegram.bots.values()
            heard = sum("getupdates" in bot.calls for bot in known)
            return {"heard": heard, "waiting": sum(len(bot.waiting) for bot in known)}
        return {"heard": sum(bot.identified > 0 for bot in self.discord.bots.values())}

    def write(self, bots: list[int], chat: int, text: str) -> dict[str, Any]:
        """Let somebody write *text* to each of *bots*."""
        for number in bots:
            self.telegram.write(facts.token(number), chat, text)
        return {}

    def trouble(self, failures: int) -> dict[str, Any]:
        """Let a gateway in front of Telegram answer the next calls."""
        self.telegram.broken = failures
        for bot in self.telegram.bots.values():
            bot.calls.clear()
        return {}


def serve(certificate: str) -> None:
    """Print where they are; then do what each line of stdin asks for, and print what came of it."""
    platforms = Platforms()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with (
        ApiServer(platforms.telegram, tls=context) as telegram,
        DiscordServer(platforms.discord) as discord,
    ):
        print(json.dumps({"telegram": telegram.url, "discord": discord.url}), flush=True)
        for line in sys.stdin:
            name, arguments = json.loads(line)
            print(json.dumps(getattr(platforms, name)(**arguments)), flush=True)
