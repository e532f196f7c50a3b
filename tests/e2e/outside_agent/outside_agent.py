"""A handler for an external agent's own process; it does what the message tells it."""

from pathlib import Path

from cococat.core.mailbox import MailboxMessage


def answer(message: MailboxMessage) -> str | None:
    """Answer, keep silent, or fail as long as a file is there."""
    order, _, argument = message.content.partition(" ")
    if order == "none":
        return None
    if order == "fail-while" and Path(argument).exists():
        raise RuntimeError(argument)
    return f"from outside: {message.content}"
