"""Replaying and discarding dead letters: an operator's answer to what nobody will try again."""

from dataclasses import replace

from cococat.core import claims, mailbox, outbox_message, reply_address
from cococat.core.clock import Clock
from cococat.core.dead_letters import DeadLetter
from cococat.core.directory import ChannelBinding, ChannelDirectory
from cococat.core.errors import Conflict, MalformedMessage, NotReplayable, ReplyRefused
from cococat.core.ids import group_id, part_id, replay_id
from cococat.core.items import Items
from cococat.core.mailbox import Mailbox
from cococat.core.outbox_message import Outbox
from cococat.core.part_record import PartState, sort_key
from cococat.core.reply_address import LIFETIME, ReplyAddress


class DeadLetterDesk:
    """
    Works on dead letters.

    Args:
        items: the messages table.
        directory: which channels there are.
        mailbox: the way into the mailboxes.
        outbox: the way into the outbox.
        clock: the time.

    """

    def __init__(
        self,
        *,
        items: Items,
        directory: ChannelDirectory,
        mailbox: Mailbox,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._items = items
        self._directory = directory
        self._mailbox = mailbox
        self._outbox = outbox
        self._clock = clock

    def replay(self, letter: DeadLetter) -> None:
        """
        Put *letter*'s message back into its queue, as new, and close the letter.

        Raises:
            NotReplayable: it is not of our form, or its channel is gone.
            MailboxUnavailable: the queue did not take it; the letter stays open.

        """
        try:
            if letter.queue == "mailbox":
                self._replay_message(letter)
            else:
                self._replay_reply(letter)
        except (MalformedMessage, ReplyRefused) as error:
            raise NotReplayable(str(error)) from error
        self.discard(letter)

    def discard(self, letter: DeadLetter) -> None:
        """Close *letter*; it stays in the table until it expires."""
        closed = replace(letter, state=None)
        try:
            self._items.put(closed.to_item(), replacing=letter.version)
        except Conflict:
            return

    def _replay_message(self, letter: DeadLetter) -> None:
        message = mailbox.parse(letter.body)
        address, binding = self._address(message.reply)
        record = claims.reset(self._items, message.id, address, self._clock.now())
        self._forget_parts(message.id)
        self._mailbox.send(
            binding.mailbox,
            replace(message, reply=self._seal(address, binding)).to_json(),
            group=group_id(address.address, address.conversation_id),
            deduplication=replay_id(message.id, record.replays),
        )

    def _replay_reply(self, letter: DeadLetter) -> None:
        message = outbox_message.parse(letter.body)
        address, binding = self._address(message.reply)
        self._forget_part(address.message_id, letter.part)
        self._outbox.send(
            replace(message, reply=self._seal(address, binding)).to_json(),
            group=group_id(address.address, address.conversation_id),
            deduplication=replay_id(part_id(address.message_id, letter.part), letter.version),
        )

    def _address(self, sealed: str) -> tuple[ReplyAddress, ChannelBinding]:
        """Return a letter's reply address, its seal checked, and its channel; old is good."""
        binding = self._directory.by_address(reply_address.peek(sealed).address)
        if binding is None:
            raise NotReplayable("its channel is gone")
        return reply_address.unseal(sealed, binding.reply_key, now=0), binding

    def _seal(self, address: ReplyAddress, binding: ChannelBinding) -> str:
        fresh = replace(address, expires_at=int(self._clock.now()) + LIFETIME)
        return reply_address.seal(fresh, binding.reply_key)

    def _forget_parts(self, identity: str) -> None:
        """Let every part of an answer be sent anew."""
        number = 1
        while self._forget_part(identity, number, even_sent=True):
            number += 1

    def _forget_part(self, identity: str, part: int, *, even_sent: bool = False) -> bool:
        """Let a part that may not have arrived be sent anew; return whether there is one."""
        item = self._items.get(identity, sort_key(part))
        if item is None:
            return False
        if even_sent or item["state"] not in (PartState.SENT, PartState.SPARED):
            again = item | {"state": "waiting", "attempts": 0, "version": item["version"] + 1}
            if even_sent:  # another answer, of which nothing can have arrived
                again["unsure"] = False
            self._items.put(again, replacing=item["version"])
        return True
