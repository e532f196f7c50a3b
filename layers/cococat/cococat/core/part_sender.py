"""
Sending one part of an answer.

It is claimed before the send and settled after it. A part that is found half sent is sent again
only where the channel makes a repeat harmless; elsewhere it goes to a person.
"""

import logging
import math
from collections.abc import Callable
from dataclasses import replace

from cococat.core.channel_status import NotesSending, SendError
from cococat.core.channels import AnswersInPlace, Channel, Delivery, Spared, TakesTurns
from cococat.core.clock import Clock
from cococat.core.errors import (
    AnswerLost,
    Conflict,
    DeliveryDelayed,
    DeliveryError,
    DeliveryUnknown,
    OperatorNeeded,
    PlatformUnreachable,
)
from cococat.core.failures import log_failure
from cococat.core.items import Items
from cococat.core.limits import Scope
from cococat.core.part_record import LIFETIME, PartRecord, PartState, sort_key
from cococat.core.rates import RateBook, rate_key
from cococat.core.retry import Retry, backoff

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 10
UNKNOWN = "unknown"
PATIENCE = 1.0
"""Seconds for which a turn is waited for here; a longer wait is the queue's."""

Bury = Callable[[int, str], None]
"""Keeps a dead letter: of which part, and why."""


class PartSender:
    """
    Sends parts.

    Args:
        items: the messages table.
        observations: where an operator is told what to change at a platform.
        clock: the time.

    """

    def __init__(self, items: Items, observations: NotesSending, clock: Clock) -> None:
        self._items = items
        self._observations = observations
        self._clock = clock
        self._rates = RateBook(items, clock)

    def send(self, channel: Channel, delivery: Delivery, bury: Bury) -> Retry | PartState:
        """Send one part; return its final state, or when to try again."""
        part = self._part(delivery)
        if part.state.final:
            return part.state
        if part.state is PartState.SENDING and not channel.resend_safe:
            return self._settle(part, PartState.UNKNOWN, bury, UNKNOWN)
        wait = self._turn(channel, delivery)
        if wait > 0:
            return Retry(math.ceil(wait))
        again = part.state is PartState.SENDING
        try:
            part = self._move(part, PartState.SENDING, attempts=part.attempts + 1)
        except Conflict:
            return backoff(part.attempts + 1)
        try:
            spared = _answer(channel, replace(delivery, again=again or part.unsure))
        except DeliveryError as error:
            return self._fail(channel, delivery, part, bury, error)
        if spared is not None and spared.needed is not None:
            self._tell(delivery, spared.needed)
        return self._move(part, PartState.SPARED if spared else PartState.SENT).state

    def _turn(self, channel: Channel, delivery: Delivery) -> float:
        """Return the seconds after which *delivery* may be sent; 0 for now, its rates booked."""
        wait: float = channel.turn(delivery) if isinstance(channel, TakesTurns) else 0
        if wait > 0:
            return wait
        for scope in Scope:
            wait = self._book(channel, delivery, scope)
            if wait > 0:
                return wait
        return 0

    def _book(self, channel: Channel, delivery: Delivery, scope: Scope) -> float:
        rates = [rate for rate in channel.limits.rates if rate.scope is scope]
        if not rates:
            return 0
        to = delivery.to
        whose = {Scope.ACCOUNT: "", Scope.CHAT: to.chat, Scope.USER: to.user_id}
        key = rate_key(scope, to.address, whose[scope])
        wait = self._rates.book(key, rates)
        if 0 < wait <= PATIENCE:
            self._clock.sleep(wait)
            wait = self._rates.book(key, rates)
        return wait

    def _fail(
        self,
        channel: Channel,
        delivery: Delivery,
        part: PartRecord,
        bury: Bury,
        error: DeliveryError,
    ) -> Retry | PartState:
        is_unknown = isinstance(error, DeliveryUnknown)
        may_repeat = isinstance(error, DeliveryDelayed) or (is_unknown and channel.resend_safe)
        if may_repeat and part.attempts < MAX_ATTEMPTS:
            self._move(part, PartState.WAITING, unsure=is_unknown or part.unsure)
            log.warning("a reply is to be sent again", extra={"reason": error.code})
            return _wait(error, part)
        if isinstance(error, OperatorNeeded):
            self._tell(delivery, error)
        if is_unknown:
            return self._settle(part, PartState.UNKNOWN, bury, UNKNOWN)
        return self._settle(part, PartState.DEAD, bury, error.code)

    def _tell(self, delivery: Delivery, error: OperatorNeeded) -> None:
        """Tell in the log and in the channel's status what a person has to do."""
        log.error("a person is needed", extra={"code": error.code, "advice": error.message})
        seen = SendError(
            code=error.code,
            message=error.message,
            at=self._clock.now(),
            generation=delivery.to.generation,
            is_credentials=error.is_credentials,
        )
        try:
            self._observations.note_send_error(delivery.to.address, seen)
        except Exception as failure:  # noqa: BLE001 - the dead letter says it too
            log_failure("a status was not noted", failure)

    def _part(self, delivery: Delivery) -> PartRecord:
        identity, number = delivery.to.message_id, delivery.number
        item = self._items.get(identity, sort_key(number))
        if item is not None:
            return PartRecord.from_item(item)
        now = self._clock.now()
        return PartRecord(
            message_id=identity,
            part=number,
            state=PartState.WAITING,
            changed_at=now,
            expires_at=int(now) + LIFETIME,
        )

    def _move(
        self,
        part: PartRecord,
        state: PartState,
        *,
        attempts: int | None = None,
        unsure: bool | None = None,
    ) -> PartRecord:
        now = self._clock.now()
        changed = replace(
            part,
            state=state,
            attempts=part.attempts if attempts is None else attempts,
            unsure=part.unsure if unsure is None else unsure,
            changed_at=now,
            expires_at=int(now) + LIFETIME,
        )
        item = changed.to_item()
        self._items.put(item, replacing=part.version or None)
        return PartRecord.from_item(item)

    def _settle(self, part: PartRecord, state: PartState, bury: Bury, reason: str) -> PartState:
        bury(part.part, reason)
        self._move(part, state)
        return state


def _answer(channel: Channel, delivery: Delivery) -> Spared | None:
    """
    Let *channel* send, whatever way it has; None where it did, else why that was not to be done.

    Raises:
        DeliveryError: what it raises, or what a failed request of its means.

    """
    try:
        if isinstance(channel, AnswersInPlace):
            return channel.answer(delivery)
        channel.send(delivery.part.text, delivery.to.user_id)
    except AnswerLost as error:
        raise DeliveryUnknown("answer_lost") from error
    except PlatformUnreachable as error:
        raise DeliveryDelayed("platform_unreachable") from error
    return None


def _wait(error: DeliveryError, part: PartRecord) -> Retry:
    """Return the growing pause, or what the platform has named where that is longer."""
    pause = backoff(part.attempts)
    if isinstance(error, DeliveryDelayed) and error.retry_after is not None:
        waits = (error.retry_after, *error.later)
        return Retry(max(waits[min(part.attempts, len(waits)) - 1], pause.delay))
    return pause
