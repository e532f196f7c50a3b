"""Telegram in virtual time, and replicas of the sidecar that poll it."""

from dataclasses import dataclass, field
from typing import Any

from cococat.core.channels import Wiring
from cococat.core.channels.telegram import TelegramChannel
from cococat.core.directory import ChannelBinding
from cococat.core.errors import MailboxUnavailable
from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.core.listener import MakeListener
from cococat.core.mailbox import MailboxMessage, parse
from cococat.core.scene_router import SceneRouter
from cococat.simulators.telegram import SimulatedTelegram
from sidecar.telegram_polling import TelegramPoller
from tests.support.libraries import ListedCounters, RealLibraries
from tests.support.sidecar import Cloud, Replica
from tests.support.tallies import MemoryTallies
from tests.support.wishes import MemoryObservations


def token(number: int = 1) -> str:
    """Return the token of a made-up bot."""
    return f"{100_000 + number}:{'a' * 35}"


class TelegramLibraries(RealLibraries):
    """The real libraries, but a Telegram that is simulated."""

    def __init__(self, http: Any) -> None:  # noqa: ANN401 - an HttpClient
        self.__dict__["http"] = http


@dataclass
class Inbox:
    """
    The mailboxes of all agents: what was put in, and when.

    Attributes:
        got: the messages in their order, as often as they were put in.
        fails: how many of the next are not taken.
        takes: seconds that it takes to put one in.

    """

    cloud: Cloud
    got: list[MailboxMessage] = field(default_factory=list)
    fails: int = 0
    takes: float = 0.0

    def of(self, replica: Replica) -> "_Way":
        """Return the way of *replica* into them."""
        return _Way(self, replica)

    @property
    def once(self) -> list[MailboxMessage]:
        """Return the messages that an agent sees: a repeat is known by its id."""
        return list({each.id: each for each in reversed(self.got)}.values())[::-1]


class _Way:
    def __init__(self, inbox: Inbox, replica: Replica) -> None:
        self._inbox = inbox
        self._replica = replica

    def send(self, mailbox: str, body: str, *, group: str, deduplication: str) -> None:
        """Put *body* in."""
        if self._inbox.takes:
            self._replica.sleep(self._inbox.takes)
        self._replica.check()
        if self._inbox.fails:
            self._inbox.fails -= 1
            raise MailboxUnavailable
        self._inbox.got.append(parse(body))


class _Line:
    """The line of one replica to Telegram; a dead one hears nothing."""

    def __init__(self, telegram: SimulatedTelegram, replica: Replica) -> None:
        self._telegram = telegram
        self._replica = replica

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Call Telegram."""
        self._replica.check()
        answer = self._telegram.send(request, seconds)
        self._replica.check()
        return answer


class Stage:
    """Telegram, mailboxes, and replicas that bring the one into the other."""

    def __init__(self) -> None:
        self.cloud = Cloud()
        self.clock = self.cloud.clock
        self.telegram = SimulatedTelegram(self.clock)
        self.inbox = Inbox(self.cloud)
        self.counters = ListedCounters()

    def want(self, number: int = 1, **options: Any) -> str:  # noqa: ANN401 - JSON
        """Want the channel of the bot with *number*; return its token."""
        self.telegram.bot(token(number))
        self.cloud.want(f"shop-{number}", token(number), **options)
        return token(number)

    def replica(self, name: str = "a", *, offset: float = 0.0) -> Replica:
        """Return a new replica, which runs."""
        return Replica(self.cloud, name, self.make, offset=offset)

    def make(self, replica: Replica) -> MakeListener:
        """Return what makes the pollers of *replica*."""
        return lambda binding: TelegramPoller(
            self.channel(binding, replica), self.clock, replica.monotonic
        )

    def channel(self, binding: ChannelBinding, replica: Replica) -> TelegramChannel:
        """Return the channel of *binding* in *replica*."""
        wiring = Wiring(
            binding=binding,
            router=SceneRouter(mailbox=self.inbox.of(replica), clock=self.clock),
            items=self.cloud.items,
            clock=self.clock,
            libraries=TelegramLibraries(_Line(self.telegram, replica)),
            counters=self.counters,
            tallies=MemoryTallies(),
            events=MemoryObservations(),
        )
        channel = TelegramChannel(wiring)
        channel.start(binding.scene_id, binding.config)
        return channel

    def said(self) -> list[str]:
        """Return what the agents were told, repeats left out."""
        return [each.content for each in self.inbox.once]
