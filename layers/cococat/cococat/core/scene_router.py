"""The scene router: a verified message goes to the mailbox of its scene's agent."""

from collections.abc import Mapping
from dataclasses import replace

from cococat.core import mailbox, text
from cococat.core.attachment_ref import seal_ref
from cococat.core.clock import Clock
from cococat.core.directory import ChannelBinding
from cococat.core.errors import MessageTooLarge
from cococat.core.ids import group_id
from cococat.core.mailbox import Mailbox
from cococat.core.messages import Attachment, ChatMessage
from cococat.core.reply_address import LIFETIME, ReplyAddress, seal


class SceneRouter:
    """
    Writes messages into mailboxes.

    Args:
        mailbox: the way into the queues.
        clock: the time.

    """

    def __init__(self, *, mailbox: Mailbox, clock: Clock) -> None:
        self._mailbox = mailbox
        self._clock = clock

    def route(
        self,
        binding: ChannelBinding,
        message: ChatMessage,
        identity: str,
        in_place: Mapping[str, str] | None = None,
    ) -> None:
        """
        Put *message* into the mailbox of the agent of *binding*'s scene.

        Returns once the mailbox has it: only then may the platform be told so.

        Args:
            binding: the channel that it came through.
            message: what came in.
            identity: its id; the mailbox takes a second message with it for a repeat.
            in_place: what the channel needs to answer in place; see `ReplyAddress`.

        Raises:
            MessageTooLarge: it is larger than a mailbox takes.
            MailboxUnavailable: the mailbox did not take it, or may not have.

        """
        if message.attachments:
            message = replace(message, attachments=self._sealed(binding, message))
        reply = self._reply_address(binding, message, identity, in_place or {})
        body = mailbox.write(message, identity=identity, address=binding.address, reply=reply)
        if not text.fits(body, mailbox.MAX_QUEUE_MESSAGE):
            raise MessageTooLarge
        group = group_id(binding.address, message.conversation_id)
        self._mailbox.send(binding.mailbox, body, group=group, deduplication=identity)

    def _sealed(self, binding: ChannelBinding, message: ChatMessage) -> tuple[Attachment, ...]:
        """Return the attachments of *message* with refs that only we could have made."""
        now, address, key = self._clock.now(), binding.address, binding.reply_key
        return tuple(
            replace(each, ref=seal_ref(each, address, key, now)) for each in message.attachments
        )

    def _reply_address(
        self,
        binding: ChannelBinding,
        message: ChatMessage,
        identity: str,
        in_place: Mapping[str, str],
    ) -> str:
        reply_address = ReplyAddress(
            address=binding.address,
            message_id=identity,
            user_id=message.user_id,
            conversation_id=message.conversation_id,
            expires_at=int(self._clock.now()) + LIFETIME,
            generation=binding.generation,
            in_place=dict(in_place),
        )
        return seal(reply_address, binding.reply_key)
