"""
The door of one Official Account: a message goes into the mailbox, its answer into the response.

An account that may send by itself waits once, up to 4.5 s, and then says `success`: the outbox
sends. One that may not holds on over the platform's deliveries (0, 5 and 10 s), because each
answer, `success` too, ends them; only the last is answered in any case. What waits for a user
(see `wechat_pending`) goes out first, and then the message's own answer waits in turn.
Source: WeChat developer documentation, "Passive user reply message" (5 s, retries).
"""

from dataclasses import dataclass

from cococat.core.clock import Clock
from cococat.core.ids import ChannelAddress
from cococat.core.limits import LIMITS
from cococat.core.message_record import MessageRecord
from cococat.core.messages import ChatMessage, ReplyFile
from cococat.core.passive_window import ALL_DELIVERIES, ONE_DELIVERY, PassiveWindow, is_open
from cococat.core.patient_route import CUT, PatientRoute
from cococat.core.values import value
from cococat.core.wechat_forms import Form, form_of, needs_service, needs_upload
from cococat.core.wechat_pending import FETCHING, HINT, PendingAnswers, answer_key
from cococat.core.wechat_right import ServiceRight

PASSIVE_WAIT = 4.5
"""Seconds, counted from the platform's request, for which its answer may be waited for."""
DELIVERIES = 3
"""How often the platform surely delivers."""
MAY_SEND, FOR_AN_EVENT = "quota", "3"
"""Where a reply address keeps how many messages the account may send for what is none itself."""
TOO_LATE = 4.8
"""Seconds after the platform's request from which nothing is given: it gives up after 5."""
LAST_AFTER = 9
"""Seconds after a message was written from which a delivery of it is the last."""


@value(frozen=True, slots=True, kw_only=True)
class Arrival:
    """
    One delivery of a message.

    Attributes:
        message: the message.
        identity: its id.
        started: when the platform's request came in, seconds since 1970.
        created: when the message was written, seconds since 1970.

    """

    message: ChatMessage
    identity: str
    started: float
    created: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeChatDoor:
    """
    The door.

    Attributes:
        address: the account's channel.
        route: the way into the mailbox.
        window: the slots of the messages.
        pending: what waits for users.
        right: whether the account may send by itself.
        clock: the time.
        passive_wait: seconds for which a delivery is waited for; 0 for not at all.

    """

    address: ChannelAddress
    route: PatientRoute
    window: PassiveWindow
    pending: PendingAnswers
    right: ServiceRight
    clock: Clock
    passive_wait: float

    def take(self, arrival: Arrival) -> Form | None:
        """
        Put a message into the mailbox; return what its response says, or None for nothing.

        Raises:
            MailboxUnavailable: no queue took it; the platform has given up by then.

        """
        message = arrival.message
        if message.content.strip() in FETCHING and self._only_fetches(arrival):
            return self._next(arrival)
        in_place = {MAY_SEND: FOR_AN_EVENT} if message.msg_type == "event" else {}
        self.route.route(message, arrival.identity, arrival.started, in_place)
        may_send = self.right.is_there()
        if may_send and self.passive_wait == 0:
            return None
        if self._is_over(arrival):  # not counted in: a delivery in time keeps the slot
            if not may_send and not _is_last(arrival):
                self._outlast(arrival)
            return None
        delivery = self._count_in(arrival, may_send=may_send)
        # What an earlier response had and lost is said again before anything else.
        waiting = None if delivery.given else self._fetch(arrival, delivery)
        return waiting or self._wait(arrival, delivery, may_send=may_send)

    def _only_fetches(self, arrival: Arrival) -> bool:
        """Tell whether a message is no turn, but asks for what is waiting."""
        user, identity = arrival.message.user_id, arrival.identity
        return self.pending.is_next(user, identity) and not self.window.is_known(identity)

    def _count_in(self, arrival: Arrival, *, may_send: bool) -> MessageRecord:
        window = ONE_DELIVERY if may_send else ALL_DELIVERIES
        if self.passive_wait == 0:
            window = 1
        return self.window.count_in(arrival.identity, self.address, window)

    def _is_over(self, arrival: Arrival) -> bool:
        """Tell whether the platform may have given up by now."""
        return self.clock.now() >= arrival.started + TOO_LATE

    def _outlast(self, arrival: Arrival) -> None:
        """Wait until the platform has given up, as whatever is said would end the deliveries."""
        self.clock.sleep(max(0.0, arrival.started + CUT - self.clock.now()))

    def _next(self, arrival: Arrival) -> Form | None:
        """Return what waits for the user, while somebody reads it."""
        if self._is_over(arrival):
            return None
        return self.pending.take_next(arrival.message.user_id, arrival.identity)

    def _fetch(self, arrival: Arrival, record: MessageRecord) -> Form | None:
        """Return what waits for the user; then the message's own answer is the outbox's."""
        waiting = self._next(arrival)
        if waiting is not None:
            self.window.take(record)
        return waiting

    def _wait(self, arrival: Arrival, delivery: MessageRecord, *, may_send: bool) -> Form | None:
        number = delivery.deliveries
        record = self.window.wait(delivery, arrival.started + self.passive_wait)
        if not is_open(record, number):
            return None
        if record.reply is not None:
            return self._answer(arrival, record, number, may_send=may_send)
        if may_send or self.passive_wait == 0:
            return None
        if number >= DELIVERIES or _is_last(arrival):
            return self._fetch(arrival, record)
        self._outlast(arrival)
        return None

    def _answer(
        self, arrival: Arrival, record: MessageRecord, number: int, *, may_send: bool
    ) -> Form | None:
        """Return the first part of the answer, unless something else has to be said first."""
        waiting = None if may_send or record.given else self._fetch(arrival, record)
        if waiting is not None or record.reply is None:
            return waiting
        # Here, because most acknowledgements need it not, and a cold door is in a hurry.
        from cococat.core.rendering import render

        first, *rest = render(record.reply, LIMITS["wechat"])
        if needs_upload(first) or (may_send and needs_service(first)):
            self.window.take(record)
            return None
        if self.window.give(record, number, arrival.started + TOO_LATE) is None:
            return None
        form = form_of(first, _no_upload)
        if not rest or may_send:
            return form
        if not any(map(needs_upload, rest)):  # else the outbox keeps them
            forms = [form_of(part, _no_upload) for part in rest]
            key = answer_key(arrival.identity, record.replays)
            self.pending.keep(arrival.message.user_id, key, 2, forms)
        return form.with_hint(HINT)


def _is_last(arrival: Arrival) -> bool:
    return arrival.started - arrival.created > LAST_AFTER


def _no_upload(_file: ReplyFile) -> tuple[str, str]:
    raise AssertionError("a door brings nothing to the platform")
