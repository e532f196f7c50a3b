"""
Long polling of one Telegram bot.

Telegram forgets updates only when the next call names a higher offset. So a batch goes into the
mailboxes first, then the offset is kept with the lease, and only then there is another call. A
batch that comes after the lease is over is dropped unread: whoever has it next gets the same.
Source: Telegram Bot API, "getUpdates"; tdlib/telegram-bot-api for the server's own limits.
"""

import logging
from collections.abc import Callable
from itertools import chain
from typing import Any

from cococat.core import telegram_albums
from cococat.core.attendant import pause_after
from cococat.core.channel_status import LastError, Status
from cococat.core.channels.telegram import TelegramChannel
from cococat.core.clock import Clock
from cococat.core.errors import MailboxUnavailable, PlatformUnreachable
from cococat.core.failures import log_failure
from cococat.core.listener import Hold
from cococat.core.telegram_api import ApiAnswer, Bot
from cococat.core.telegram_update import KINDS, update_id
from sidecar.telegram_troubles import Troubles

log = logging.getLogger("cococat.sidecar.telegram")

POLL = 25
"""Seconds for which the server holds a call open; it takes 50 at most."""
MARGIN = 10.0
"""Seconds by which an answer may be late."""
OFFSET_IS_GOOD = 6 * 24 * 3600
"""Seconds for which an offset means anything: after a week without one, ids begin anew."""
SHORT = 5.0
NO_MAILBOX = (
    "The agent's mailbox does not take the messages; they wait at the platform. The sidecar's log "
    "says since when; the keeper makes a mailbox that is missing anew."
)

NOBODY = Bot(id=0, username="")
"""Who need not be known, for a message that is addressed to the bot in any case."""


class TelegramPoller:
    """
    Listens to one bot; see `cococat.core.listener.Listener`.

    Args:
        channel: parses and routes the updates.
        clock: the time.
        monotonic: this process's own clock.

    """

    silence = POLL + 2 * MARGIN

    def __init__(
        self, channel: TelegramChannel, clock: Clock, monotonic: Callable[[], float]
    ) -> None:
        self._channel = channel
        self._clock = clock
        self._monotonic = monotonic
        self._progress = monotonic()
        self._is_stopped = False
        self._troubles = Troubles(channel.api, clock)
        self._has_heard = False
        self._albums = telegram_albums.Growing()

    def run(self, hold: Hold) -> None:
        """Poll until the right of *hold* ends; see `Listener.run`."""
        if not self._may_go_on(hold):
            return
        bot = self._channel.api.get_me()
        while self._may_go_on(hold):
            answer = self._poll(hold)
            with hold.work() as is_good:
                if not is_good:
                    self._count("BatchDropped")
                    return
                if answer.is_ok:
                    hold.heard()
                    self._troubles.are_over()
                    self._take_all(answer.result, bot, hold)
            if not answer.is_ok:
                self._troubles.cope(answer, hold)

    def feed(self, update: dict[str, Any]) -> None:
        """Take a probe, which is a message of one person; see `TakesProbes.feed`."""
        self._channel.take(update, NOBODY)

    def stop(self) -> None:
        """Begin no other call."""
        self._is_stopped = True

    def probe(self) -> bool:
        """Tell whether it has got on lately: a call can't hang, and a mailbox may be down."""
        return self._monotonic() - self._progress < self.silence

    def _may_go_on(self, hold: Hold) -> bool:
        self._progress = self._monotonic()
        return not self._is_stopped and hold.is_good()

    def _poll(self, hold: Hold) -> ApiAnswer:
        question: dict[str, Any] = {"offset": self._offset(hold)}
        if self._has_heard:
            question["timeout"] = POLL
        else:
            # The first call returns at once: it tells whether all is well, and fetches a backlog.
            # What it asks for holds for the calls after it.
            question |= {"timeout": 0, "allowed_updates": KINDS}
        answer = self._channel.api.get_updates(question, seconds=POLL + MARGIN)
        self._has_heard = answer.is_ok
        self._progress = self._monotonic()
        return answer

    def _offset(self, hold: Hold) -> int | None:
        """Return the first update that is wanted, or None where Telegram knows better."""
        is_fresh = self._clock.now() - hold.cursor.get("at", 0) < OFFSET_IS_GOOD
        return hold.cursor.get("offset") if is_fresh else None

    def _take_all(self, updates: Any, bot: Bot, hold: Hold) -> None:  # noqa: ANN401 - JSON
        """Take *updates* in their order, then keep how far that went."""
        if not isinstance(updates, list):
            raise PlatformUnreachable("the answer to getUpdates can't be read")
        groups, done = telegram_albums.merged(updates), 0
        for together in groups:
            if not self._take_group(together, bot, hold):
                break
            done += 1
        taken, left = _numbers(groups[:done]), _numbers(groups[done:])
        if taken:
            offset = min([max(taken) + 1, *left])
            hold.keep({"offset": offset, "at": int(self._clock.now())})

    def _take_group(self, together: list[Any], bot: Bot, hold: Hold) -> bool:
        """Take what belongs together; return False where it has to come again."""
        if self._albums.may_grow(together, self._clock.now()):
            hold.wait(telegram_albums.PAUSE)
            return False
        update = telegram_albums.as_one(together)
        return self._may_go_on(hold) and self._take_one(update, bot, hold)

    def _take_one(self, update: Any, bot: Bot, hold: Hold) -> bool:  # noqa: ANN401 - JSON
        """Take one update, or leave it aside for good; return False where there was no time."""
        failures = 0
        while True:
            try:
                self._channel.take(update, bot)
            except MailboxUnavailable:
                failures += 1
                log.error("the mailbox did not take a message", extra={"tries": failures})  # noqa: TRY400 - may quote the body
                hold.note(Status.ERROR, LastError("mailbox", NO_MAILBOX, self._clock.now()))
                hold.wait(pause_after(failures - 1))
                if not self._may_go_on(hold):
                    return False
            except Exception as error:  # noqa: BLE001 - a poison update stops no other
                log_failure("an update was left aside", error)
                log.warning("left aside", extra={"update": update_id(update)})
                self._count("UpdateLeftAside")
                return True
            else:
                if failures:
                    hold.note(Status.CONNECTED)
                self._acknowledge(update)
                return True

    def _count(self, name: str) -> None:
        self._channel.wiring.counters.count(name, channel=self._channel.channel_type)

    def _acknowledge(self, update: Any) -> None:  # noqa: ANN401 - JSON
        """Let the button that was pressed stop to turn; that may fail without harm."""
        match update:
            case {"callback_query": {"id": str() as number}}:
                question = {"callback_query_id": number}
            case _:
                return
        try:
            self._channel.api.call("answerCallbackQuery", question, seconds=SHORT)
        except PlatformUnreachable:
            log.info("a pressed button was not acknowledged")


def _numbers(groups: list[list[Any]]) -> list[int]:
    """Return the numbers of all updates in *groups*."""
    return [
        number for each in chain.from_iterable(groups) if (number := update_id(each)) is not None
    ]
