"""discord for the contract tests: one bot of the simulated platform, heard by the real inlet."""

import hashlib
import re
from typing import Any

from cococat.core.channels import Channel
from cococat.core.channels.discord import DiscordChannel
from cococat.core.directory import ChannelBinding, ChannelDirectory
from cococat.core.discord_inlet import DiscordInlet
from cococat.core.discord_message import Bot
from cococat.core.errors import MailboxUnavailable
from cococat.core.http import Request
from cococat.simulators import discord_cdn
from cococat.simulators.discord import Place, SimulatedBot, SimulatedDiscord, person
from tests.support.clock import FakeClock
from tests.support.discord import FakeHold
from tests.support.network import Network

HOST, CDN = "discord.com", "cdn.discordapp.com"

_MARKDOWN = re.compile(r"[*_`#]")


class DiscordUsers:
    """The people who write to one bot."""

    def __init__(
        self, channel: DiscordChannel, discord: SimulatedDiscord, bot: SimulatedBot
    ) -> None:
        self._channel = channel
        self._discord = discord
        self._bot = bot
        self._written: dict[tuple[str, str], dict[str, Any]] = {}
        self._acknowledged: list[bool] = []

    def deliver(self, user: str, text: str) -> None:
        """Let *user* write *text*, and hear of it."""
        if (user, text) not in self._written:
            self._written[user, text] = self._write(user, text)
        self._hear(self._written[user, text])

    def deliver_image(self, user: str, content: bytes) -> None:
        """Let *user* send a file that says it is a picture, and hear of it."""
        file = discord_cdn.upload(self._discord, "cat.png", content, "image/png")
        self._hear(self._write(user, "", attachments=[file]))

    def _write(self, user: str, text: str, **more: object) -> dict[str, Any]:
        author, place = person(_id(user), "someone"), self._conversation(user)
        return self._discord.write(self._bot, place, author, text, **more)

    def _hear(self, message: dict[str, Any]) -> None:
        hold = FakeHold()
        inlet = DiscordInlet(self._channel, hold, self._channel.wiring.clock)
        inlet.bot = Bot(id=self._bot.id)
        try:
            inlet.try_to_take(message)
        except MailboxUnavailable:
            assert hold.kept == []
        self._acknowledged.append(bool(hold.kept))

    def acknowledged(self) -> list[bool]:
        """Tell of each delivery whether the cursor has moved beyond it."""
        return self._acknowledged

    def heard(self, user: str) -> list[str]:
        """Return what is to be read in the conversation with *user*."""
        return self._discord.said_in(self._bot, self._conversation(user))

    def drafts(self, user: str) -> list[str]:
        """Return what the bot's messages said before they were edited."""
        return [text for each in self._sent(user) for text in each.get("earlier", [])]

    def kinds(self, user: str) -> list[str]:
        """Return what each of the bot's messages is."""
        return [_kind(each) for each in self._sent(user)]

    def _sent(self, user: str) -> list[dict[str, Any]]:
        messages = self._conversation(user).messages
        return [each for each in messages if each["author"]["id"] == self._bot.id]

    def _conversation(self, user: str) -> Place:
        return self._discord.conversation(self._bot, _id(user))


class DiscordCase:
    """discord: heard through the gateway, answered by the API."""

    channel_type = title = "discord"
    resend_safe = True
    in_place = False
    tries = 1

    def config(self, scene: str) -> dict[str, Any]:
        """Return what is not secret."""
        return {}

    def secrets(self, scene: str) -> dict[str, Any]:
        """Return the token of *scene*'s bot."""
        return {"bot_token": f"{hashlib.sha256(scene.encode()).hexdigest()[:24]}.abcdef.{'t' * 38}"}

    def find(self, directory: ChannelDirectory, request: Request) -> ChannelBinding | None:
        """Return nothing: no request is for a bot."""
        return None

    def listening(self, channel: Channel, clock: FakeClock, network: Network) -> DiscordUsers:
        """Return the people who write to the bot of *channel*."""
        assert isinstance(channel, DiscordChannel)
        discord = network.hosts.setdefault(HOST, SimulatedDiscord(clock.now))
        network.hosts[CDN] = discord
        assert isinstance(discord, SimulatedDiscord)
        return DiscordUsers(channel, discord, discord.bot(channel.api.token))

    def bad_requests(self, scene: str) -> dict[str, tuple[Request, int]]:
        """Return nothing: a bot has no door."""
        return {}


def _kind(message: dict[str, Any]) -> str:
    """Return what a message is; the platform reads every text as markdown."""
    if message["attachments"]:
        return "image" if message["attachments"][0]["filename"].endswith(".png") else "file"
    if message["embeds"]:
        return "card"
    return "markdown" if _MARKDOWN.search(message["content"]) else "text"


def _id(user: str) -> str:
    return str(10**17 + int(hashlib.sha256(user.encode()).hexdigest()[:13], 16))


DISCORD = DiscordCase()
