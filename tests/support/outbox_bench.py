"""An outbox worker in memory."""

from dataclasses import replace

from cococat.core import message_record
from cococat.core.messages import Reply
from cococat.core.outbox import OutboxWorker
from cococat.core.outbox_message import OutboxMessage
from cococat.core.part_record import PartRecord, sort_key
from cococat.core.reply_address import ReplyAddress, seal
from cococat.core.retry import Retry
from tests.support import samples
from tests.support.channels import OneChannel, PlainChannel
from tests.support.clock import FakeClock
from tests.support.directory import MemoryDirectory
from tests.support.items import MemoryItems
from tests.support.wishes import MemoryObservations

ID = samples.identity()


class Bench:
    """An outbox worker with all that it touches in memory."""

    def __init__(self, channel: PlainChannel | None = None) -> None:
        self.clock = FakeClock()
        self.items = MemoryItems(self.clock)
        self.directory = MemoryDirectory(samples.binding())
        self.observations = MemoryObservations()
        self.channel = channel or PlainChannel()
        self.store_reply("hi")

    def store_reply(self, text: str, *, unsent: bool = False) -> None:
        """Keep *text* as the agent's stored answer."""
        record = message_record.received(ID, samples.ADDRESS, "", self.clock.now())
        replied = replace(record, reply=Reply(text=text), unsent=unsent)
        self.items.put(replied.to_item(), replacing=None)

    def work(self, body: str | None = None) -> Retry | None:
        """Let the worker work on *body*, or on the stored answer's message."""
        worker = OutboxWorker(
            items=self.items,
            directory=self.directory,
            channels=OneChannel(self.channel),
            observations=self.observations,
            clock=self.clock,
        )
        return worker.work(message() if body is None else body)

    def part(self, number: int = 1) -> PartRecord:
        """Return what became of a part."""
        return PartRecord.from_item(self.items.stored[ID, sort_key(number)])

    def letters(self) -> list[tuple[str, int, str]]:
        """Return id, part and reason of each open dead letter."""
        return [(one.id, one.part, one.reason) for one in self.items.open_letters(10)]


def message(address: ReplyAddress | None = None, *, key: str = samples.REPLY_KEY) -> str:
    """Return an outbox message without a text of its own."""
    token = seal(address or samples.reply_address(), key)
    return OutboxMessage(reply=token).to_json()
