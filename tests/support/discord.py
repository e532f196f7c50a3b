"""A Discord bot of ours on the simulated platform, and what a test does with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from cococat.core.channel_status import LastError, Status
from cococat.core.channels import Delivery
from cococat.core.channels.discord import DiscordChannel
from cococat.core.discord_inlet import DiscordInlet
from cococat.core.discord_message import Bot
from cococat.core.errors import LeaseLost, MailboxUnavailable
from cococat.core.http_client import HttpAnswer, HttpClient, HttpRequest
from cococat.core.ids import ChannelAddress
from cococat.core.listener import Cursor
from cococat.core.mailbox import MailboxMessage, parse
from cococat.core.messages import Reply
from cococat.core.outbox import deliveries
from cococat.core.progress import Shown
from cococat.core.reply_address import ReplyAddress
from cococat.core.scene_router import SceneRouter
from cococat.simulators.discord import SimulatedDiscord, person
from cococat.simulators.discord_rest import said
from tests.support import samples
from tests.support.channels import a_wiring
from tests.support.clock import FakeClock
from tests.support.items import MemoryItems
from tests.support.libraries import ListedCounters, RealLibraries

ADDRESS = ChannelAddress(target_type="scene", target_id="shop", channel="discord", name="discord")
TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789AB"
ANN = person("111111111111111111", "ann")
BOB = person("222222222222222222", "bob") | {"global_name": "Bob B."}
GUILD = "333333333333333333"


class Stage:
    """One channel on a simulated platform, in virtual time."""

    def __init__(self, http: HttpClient | None = None, **options: object) -> None:
        self.clock = FakeClock()
        self.discord = SimulatedDiscord(self.clock.now)
        self.bot = self.discord.bot(TOKEN)
        self.mailbox = ListedMailbox()
        self.libraries = RealLibraries()
        self.libraries.http = http or self.discord
        self.libraries.public_http = self.discord
        config: dict[str, object] = {"bot_token": f"Bot {TOKEN}", "options": options}
        router = SceneRouter(mailbox=self.mailbox, clock=self.clock)
        binding, items = samples.binding(ADDRESS, config=config), MemoryItems(self.clock)
        wiring = a_wiring(binding, router, items, self.clock)
        self.counters = ListedCounters()
        self.channel = DiscordChannel(
            replace(wiring, libraries=self.libraries, counters=self.counters)
        )
        self.channel.start("shop", config)
        self.room = self.discord.add_place(self.bot, GUILD)
        self.direct = self.discord.conversation(self.bot, ANN["id"])

    @property
    def me(self) -> Bot:
        """Return our bot as the channel is told of it."""
        return Bot(id=self.bot.id, roles=lambda _guild: frozenset({self.bot.role_id}))

    @property
    def dropped(self) -> list[str]:
        """Return the kind of each thing that was left aside for good."""
        return [more["kind"] for name, more in self.counters.counted if name == "Dropped"]

    def to_ann(self, asked: str = "") -> ReplyAddress:
        """Return where an answer to Ann goes: to the room, if she *asked* there."""
        place = self.room if asked else self.direct
        return ReplyAddress(
            address=ADDRESS,
            message_id=samples.identity("one", ADDRESS),
            user_id=ANN["id"],
            conversation_id=place.id,
            expires_at=2**40,
            in_place={"message_id": asked} if asked else {},
        )

    def deliveries(
        self, reply: Reply, *, asked: str = "", shown: Shown | None = None
    ) -> list[Delivery]:
        """Return the parts of *reply* to Ann."""
        return deliveries(self.channel, self.to_ann(asked), reply, shown or {})

    def answer(self, reply: Reply, *, asked: str = "", shown: Shown | None = None) -> None:
        """Send *reply*."""
        for delivery in self.deliveries(reply, asked=asked, shown=shown):
            self.channel.answer(delivery)


class ListedMailbox:
    """
    `cococat.core.mailbox.Mailbox` that is a list.

    Attributes:
        taken: the messages that it has, each once.
        is_down: whether it takes none.

    """

    def __init__(self) -> None:
        self.taken: list[MailboxMessage] = []
        self.is_down = False
        self._known: set[str] = set()

    def send(self, mailbox: str, body: str, *, group: str, deduplication: str) -> None:
        """Take *body*; see `Mailbox.send`."""
        if self.is_down:
            raise MailboxUnavailable
        if deduplication not in self._known:
            self.taken.append(parse(body))
        self._known.add(deduplication)

    @property
    def texts(self) -> list[str]:
        """Return what was said, in order."""
        return [each.content for each in self.taken]


@dataclass
class FakeHold:
    """
    `cococat.core.listener.Hold` that a test ends.

    Attributes:
        good: whether the right lasts.
        kept: every cursor that was kept.
        waits: how long was waited, each time.
        ends_after: waits after which the right ends.
        lost: whether somebody else listens.

    """

    cursor: Cursor = field(default_factory=dict)
    good: bool = True
    kept: list[Cursor] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    ends_after: int = 100
    lost: bool = False
    status: Status = Status.CONNECTING
    error: LastError | None = None

    def is_good(self) -> bool:
        """Tell whether the right lasts."""
        return self.good

    def wait(self, seconds: float) -> bool:
        """Note the wait, but let no time pass."""
        self.waits.append(seconds)
        self.good = self.good and len(self.waits) < self.ends_after
        return self.good

    @contextmanager
    def work(self) -> Iterator[bool]:
        """Work as long as the right lasts."""
        yield self.good

    def keep(self, cursor: Cursor) -> None:
        """Keep *cursor*."""
        if self.lost:
            raise LeaseLost
        self.cursor = cursor
        self.kept.append(cursor)

    def heard(self) -> None:
        """Be connected."""
        self.status, self.error = Status.CONNECTED, None

    def note(self, status: Status, error: LastError | None = None) -> None:
        """Take note of how it goes."""
        self.status, self.error = status, error


class Scripted:
    """An HTTP client that is told what to answer."""

    def __init__(self, *answers: HttpAnswer) -> None:
        self.answers = list(answers)
        self.requests: list[HttpRequest] = []

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Answer as told; see `HttpClient.send`."""
        self.requests.append(request)
        return self.answers.pop(0)


def inlet_of(stage: Stage, hold: FakeHold) -> DiscordInlet:
    """Return what takes in the messages of *stage*'s channel."""
    inlet = DiscordInlet(stage.channel, hold, stage.clock)
    inlet.bot = stage.me
    return inlet


def refusal(status: int, code: int = 0, **more: object) -> HttpAnswer:
    """Return an error as the API gives it."""
    return said(status, {"message": "no", "code": code} | more)
