"""The progress of answers that nobody watches, and of one that a list does."""

from cococat.core.message_record import MessageRecord
from cococat.core.progress import LiveProgress, Silent
from cococat.core.reply_address import ReplyAddress


def unheard(_text: str) -> None:
    """Show nothing."""


def silent(_to: ReplyAddress, _record: MessageRecord) -> Silent:
    """Return the progress of an answer that nobody can watch."""
    return Silent()


class ProgressAtOnce(LiveProgress):
    """The progress of an answer, shown whenever the agent says something."""

    def say(self, text: str) -> None:
        """Show it."""
        super().say(text)
        self.look()
