"""echo: says what it is told, to see the whole way work."""

from cococat.core.mailbox import MailboxMessage


def answer(message: MailboxMessage) -> str:
    """Return the message's own text."""
    return message.content
