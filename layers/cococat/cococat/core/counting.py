"""How messages are counted in the status of their channel: each once, by whoever is first."""

from cococat.core.channel_status import CountsMessages
from cococat.core.failures import log_failure
from cococat.core.message_record import MessageRecord
from cococat.core.reply_address import ReplyAddress


def count(
    observations: CountsMessages, address: ReplyAddress, record: MessageRecord, now: float
) -> bool:
    """
    Count the message of *record*, unless it is a probe; that may fail without harm to it.

    Returns whether a send error is known of the channel.
    """
    if record.probe:
        return False
    try:
        return observations.count_message(address.address, address.generation, now)
    except Exception as error:  # noqa: BLE001 - a count is worth no message
        log_failure("a message was not counted", error)
        return False
