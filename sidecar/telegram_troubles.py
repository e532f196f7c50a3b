"""
What getUpdates answers instead of updates, and what is done then.

Something else may use the bot: another program polls, or has set a webhook. Telegram may want to
be left alone for a while. No answer makes a poller ask again without a pause, and the status
names the reason and when it is tried again.
Source: Telegram Bot API, "getUpdates", "deleteWebhook", "ResponseParameters".
"""

import logging
import random

from cococat.core.channel_status import LastError, Status
from cococat.core.clock import Clock, time_of_day
from cococat.core.errors import CredentialsRefused, PlatformUnreachable
from cococat.core.listener import Hold
from cococat.core.pauses import doubled
from cococat.core.telegram_api import ApiAnswer, TelegramApi
from cococat.core.telegram_errors import REFUSED, TOO_MANY, PollFault, is_bad_token, poll_fault

log = logging.getLogger("cococat.sidecar.telegram")

LONGEST_WAIT = 3600
"""Seconds that are waited at most where Telegram names them, in case that is a mistake."""
WORTH_TELLING = 5
"""Seconds of a wait from which on the status tells of it."""
PAUSE = (5.0, 60.0)
"""Seconds to wait when something else uses the bot too: at first, and at most."""
CONFLICT = (
    "Another program polls with this bot token, and Telegram cuts both off again and again: "
    "stop it, or give it a bot of its own. It is tried again at {at}."
)
WEBHOOK_STAYS = (
    "A webhook is set for this bot, so Telegram gives us no updates, and it does not let us delete "
    "it (error {code}): delete it by hand (deleteWebhook). It is tried again at {at}."
)
WEBHOOK_AGAIN = (
    "Another program sets a webhook for this bot again and again, so Telegram gives us no updates: "
    "stop it, or give it a bot of its own. The webhook is deleted again at {at}."
)
RATE_LIMITED = (
    "Telegram takes no calls of this bot until {at}: too many were made. It goes on by itself; "
    "does another program use the token?"
)


class Troubles:
    """
    Copes with one bot's.

    Args:
        api: the API for the bot.
        clock: the time.

    """

    def __init__(self, api: TelegramApi, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._in_a_row = 0

    def are_over(self) -> None:
        """Take note that Telegram gives updates."""
        self._in_a_row = 0

    def cope(self, answer: ApiAnswer, hold: Hold) -> None:
        """
        Do what the error *answer* asks for, and wait as long as that needs.

        Raises:
            CredentialsRefused: the token is refused.
            PlatformUnreachable: Telegram has trouble of its own.

        """
        match poll_fault(answer.code, answer.description):
            case PollFault.BAD_TOKEN:
                raise CredentialsRefused(f"telegram_{answer.code}", REFUSED)
            case PollFault.WEBHOOK:
                self._delete_webhook(hold)
            case PollFault.CONFLICT:
                # The first may be our own earlier call, which is cut off: it is not told.
                self._back_off(hold, "conflict", CONFLICT if self._in_a_row else "")
            case PollFault.WAIT:
                self._wait(hold, answer)
            case _:
                raise PlatformUnreachable(f"getUpdates is answered with {answer.code}")

    def _delete_webhook(self, hold: Hold) -> None:
        """Delete the webhook and go on at once, or back off where that does not help."""
        log.warning("a webhook is set: it is deleted, its updates stay")
        answer = self._api.call("deleteWebhook", {"drop_pending_updates": False})
        if is_bad_token(answer.code):
            raise CredentialsRefused(f"telegram_{answer.code}", REFUSED)
        if answer.code == TOO_MANY:
            self._wait(hold, answer)
        elif not answer.is_ok:
            sentence = WEBHOOK_STAYS.replace("{code}", str(answer.code))
            self._back_off(hold, "webhook", sentence)
        elif self._in_a_row:
            self._back_off(hold, "webhook", WEBHOOK_AGAIN)
        else:
            self._in_a_row = 1

    def _wait(self, hold: Hold, answer: ApiAnswer) -> None:
        """Wait as long as Telegram asks for."""
        seconds = min(max(answer.retry_after or 1, 1), LONGEST_WAIT)
        if seconds >= WORTH_TELLING:
            self._note(hold, Status.RECONNECTING, "rate_limited", RATE_LIMITED, seconds)
        hold.wait(seconds)

    def _back_off(self, hold: Hold, code: str, sentence: str) -> None:
        """Wait longer each time, and tell *sentence* if there is one."""
        first, longest = PAUSE
        pause = doubled(first, self._in_a_row, longest) * random.uniform(0.5, 1)  # noqa: S311 - no secret
        self._in_a_row += 1
        if sentence:
            self._note(hold, Status.ERROR, code, sentence, pause)
        hold.wait(pause)

    def _note(self, hold: Hold, status: Status, code: str, sentence: str, pause: float) -> None:
        """Show *sentence* in the channel's status, with the time after *pause* seconds in it."""
        now = self._clock.now()
        hold.note(status, LastError(code, sentence.format(at=time_of_day(now + pause)), now))
