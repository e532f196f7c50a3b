"""telegram for the contract tests: one bot of the simulated Bot API, polled by the real poller."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cococat.core.channel_status import LastError, Status
from cococat.core.channels import Channel
from cococat.core.channels.telegram import TelegramChannel
from cococat.core.directory import ChannelBinding, ChannelDirectory
from cococat.core.http import Request
from cococat.core.listener import Cursor
from cococat.simulators.telegram import SimulatedTelegram
from cococat.simulators.telegram_bot import Sent
from sidecar.telegram_polling import TelegramPoller
from tests.support.clock import FakeClock
from tests.support.network import Network

HOST = "api.telegram.org"


class OneBatch:
    """`cococat.core.listener.Hold` for one batch, in which nothing is waited for."""

    def __init__(self) -> None:
        self.cursor: Cursor = {}
        self._is_good = True

    def is_good(self) -> bool:
        """Tell whether the batch is not over."""
        return self._is_good

    def wait(self, seconds: float) -> bool:
        """Give up."""
        self._is_good = False
        return False

    @contextmanager
    def work(self) -> Iterator[bool]:
        """Work on the batch."""
        yield True
        self._is_good = False

    def keep(self, cursor: Cursor) -> None:
        """Keep *cursor*."""
        self.cursor = cursor

    def heard(self) -> None:
        """Do nothing."""

    def note(self, status: Status, error: LastError | None = None) -> None:
        """Do nothing."""


class TelegramUsers:
    """The people that write to one bot."""

    def __init__(self, channel: TelegramChannel, telegram: SimulatedTelegram, token: str) -> None:
        self._channel = channel
        self._telegram = telegram
        self._bot = telegram.bot(token)
        self._updates: dict[tuple[str, str], dict[str, Any]] = {}
        self._acknowledged: list[bool] = []

    def deliver(self, user: str, text: str) -> None:
        """Let *user* write *text*, and poll once."""
        if (user, text) not in self._updates:
            self._telegram.write(self._bot.token, _chat(user), text)
            self._updates[user, text] = self._bot.waiting.pop()[1]
        self._poll(self._updates[user, text])

    def deliver_image(self, user: str, content: bytes) -> None:
        """Let *user* send a photo, and poll once."""
        name = f"photo-{len(self._bot.files)}"
        self._bot.files[name] = content
        photo = [{"file_id": name, "width": 1, "height": 1, "file_size": len(content)}]
        message = self._telegram.message(self._bot, _chat(user)) | {"photo": photo}
        self._bot.deliver({"message": message}, self._channel.wiring.clock.now())
        self._poll(self._bot.waiting.pop()[1])

    def _poll(self, update: dict[str, Any]) -> None:
        clock = self._channel.wiring.clock
        self._bot.waiting = [(clock.now(), update)]
        hold = OneBatch()
        TelegramPoller(self._channel, clock, clock.now).run(hold)
        self._acknowledged.append("offset" in hold.cursor)

    def acknowledged(self) -> list[bool]:
        """Tell of each delivery whether its update is confirmed by the next poll."""
        return self._acknowledged

    def heard(self, user: str) -> list[str]:
        """Return what is to be read in the chat of *user*."""
        return self._telegram.heard(self._bot.token, _chat(user))

    def drafts(self, user: str) -> list[str]:
        """Return what the bot's messages said before they were edited."""
        mine = [sent for sent in self._bot.sent if sent.chat == _chat(user)]
        return [text for sent in mine for text in sent.earlier]

    def kinds(self, user: str) -> list[str]:
        """Return what each of the bot's messages is."""
        return [_kind(sent) for sent in self._bot.sent if sent.chat == _chat(user)]


class TelegramCase:
    """telegram: heard by polling, answered by the Bot API."""

    channel_type = "telegram"
    title = "telegram"
    resend_safe = False
    in_place = False
    tries = 1

    def config(self, scene: str) -> dict[str, Any]:
        """Return what is not secret."""
        return {}

    def secrets(self, scene: str) -> dict[str, Any]:
        """Return the token of *scene*'s bot."""
        number = int(hashlib.sha256(scene.encode()).hexdigest()[:7], 16)
        return {"bot_token": f"{10**9 + number}:{'t' * 35}"}

    def find(self, directory: ChannelDirectory, request: Request) -> ChannelBinding | None:
        """Return nothing: no request is for a bot that is polled."""
        return None

    def listening(self, channel: Channel, clock: FakeClock, network: Network) -> TelegramUsers:
        """Return the people that write to the bot of *channel*."""
        assert isinstance(channel, TelegramChannel)
        telegram = network.hosts.setdefault(HOST, SimulatedTelegram(clock))
        assert isinstance(telegram, SimulatedTelegram)
        token = str(channel.wiring.binding.config["bot_token"])
        return TelegramUsers(channel, telegram, token)

    def bad_requests(self, scene: str) -> dict[str, tuple[Request, int]]:
        """Return nothing: a bot that is polled has no door."""
        return {}


def _kind(sent: Sent) -> str:
    if sent.kind != "text":
        return {"photo": "image", "document": "file"}[sent.kind]
    if "reply_markup" in sent.values:
        return "card"
    return "markdown" if sent.values.get("parse_mode") else "text"


def _chat(user: str) -> int:
    return 10**6 + int(hashlib.sha256(user.encode()).hexdigest()[:7], 16)


TELEGRAM = TelegramCase()
