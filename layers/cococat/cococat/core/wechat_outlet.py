"""
The outbox's side of one Official Account: parts of answers that no response had.

They go out as customer-service messages, five for each message of a user's and three for what
else they do (WeChat developer documentation, "Send customer service message"); the rest, and all
that WeChat does not let through, waits until the user writes again. That holds also where a
person has to mend something first: a passive reply needs no token, no quota and no address of
ours. Only what would have to be uploaded can't wait so, and what a banned account can't say.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from cococat.core import message_record, wechat_door
from cococat.core.channels import Delivery, Spared
from cococat.core.clock import Clock
from cococat.core.errors import DeliveryFailed, OperatorNeeded
from cococat.core.http_client import HttpClient
from cococat.core.items import Items
from cococat.core.limits import LIMITS
from cococat.core.message_record import MessageRecord
from cococat.core.messages import ReplyFile
from cococat.core.multipart import FormFile
from cococat.core.passive_window import ALL_DELIVERIES, ONE_DELIVERY, PassiveWindow, closes_at
from cococat.core.rendering import Part, render
from cococat.core.reply_files import content_of
from cococat.core.wechat_api import WeChatApi
from cococat.core.wechat_errors import (
    BANS,
    MEDIA_REFUSED,
    NO_RIGHT,
    QUOTA_USED,
    TYPING_REFUSED,
    WINDOW_OVER,
    WRONG_KIND,
)
from cococat.core.wechat_forms import Form, form_of, to_service
from cococat.core.wechat_pending import HINT, PendingAnswers, answer_key
from cococat.core.wechat_right import ServiceRight

FOR_A_MESSAGE = 5
"""Customer-service messages for each message of a user's."""
TURN = 2
"""Seconds after which an answer looks again whether it was given: those behind it wait so long."""
TYPING = 15
"""Seconds for which the sign is seen that an answer is being written."""

_WAITS = frozenset({NO_RIGHT, QUOTA_USED, WINDOW_OVER})
"""Refusals after which an answer waits for the user's next message."""
_ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "audio/amr": "amr",
    "audio/mpeg": "mp3",
}
"""What the platform takes as images and voices -> how their names end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeChatOutlet:
    """
    The way out.

    Attributes:
        items: the messages table.
        window: the slots of the messages.
        pending: what waits for users.
        right: whether the account may send by itself.
        api: returns the account's API.
        files: calls the hosts of files that agents name.
        clock: the time.
        passive_wait: seconds for which the door waits for an answer.

    """

    items: Items
    window: PassiveWindow
    pending: PendingAnswers
    right: ServiceRight
    api: Callable[[], WeChatApi]
    files: HttpClient
    clock: Clock
    passive_wait: float

    def turn(self, delivery: Delivery) -> int:
        """Return after how many seconds to look again, while a response may have the answer."""
        if delivery.number > 1:
            return 0
        record = message_record.load(self.items, delivery.to.message_id)
        if record is None or record.given or record.taken:
            return 0
        window = ONE_DELIVERY if self.right.is_there() else ALL_DELIVERIES
        ends = closes_at(record, window if self.passive_wait else 0)
        return min(TURN, max(0, math.ceil(ends - self.clock.now())))

    def answer(self, delivery: Delivery) -> Spared | None:
        """
        Send one part, or let it wait, unless a response had it.

        Raises:
            DeliveryError: it did neither, or may not have.
            PlatformUnreachable: WeChat could not be asked, or may have been.

        """
        user, message, number = delivery.to.user_id, delivery.to.message_id, delivery.number
        record = message_record.load(self.items, message)
        was_given = record is not None and self._was_given(record, number)
        answer = answer_key(message, 0 if record is None else record.replays)
        if (was_given and number == 1) or self.pending.has(user, answer, number):
            return Spared()
        form, needed = self._form(delivery.part), None
        most = int(delivery.to.in_place.get(wechat_door.MAY_SEND, FOR_A_MESSAGE))
        left = most - (number - was_given)
        if left >= 0 and self.right.is_there():
            is_cut = left == 0 and number < delivery.of
            try:
                self._send(form.with_hint(HINT) if is_cut else form, user)
            except DeliveryFailed as error:
                needed = self._refused(error)
            else:
                return None
        self._keep(delivery, answer, form)
        if needed is not None:
            self.right.paused()  # last: a try that is not brought to its end is refused, and tells
        return Spared(needed)

    def show(self, part: Part, user: str) -> None:
        """
        Send *part* to *user* as a customer-service message.

        Raises:
            DeliveryError: it was refused.
            PlatformUnreachable: WeChat could not be asked, or may have been.

        """
        self._send(self._form(part), user)

    def type_to(self, user: str, until: float) -> float:
        """
        Let *user* see that an answer is being written, and return until when they do.

        Args:
            user: who.
            until: what the call before returned; 0 at the first.

        Raises:
            DeliveryError: it was refused for a reason that holds for messages too.
            PlatformUnreachable: WeChat could not be asked.

        """
        now = self.clock.now()
        if now < until or not self.right.is_there():
            return until
        try:
            self.api().post("message/custom/typing", {"touser": user, "command": "Typing"})
        except DeliveryFailed as error:
            if error.code == NO_RIGHT:
                self.right.lost()
            elif error.code != TYPING_REFUSED:
                raise
        return now + TYPING

    def _refused(self, error: DeliveryFailed) -> OperatorNeeded | None:
        """Return what a person has to change, if that is it; or raise it where none can wait."""
        if isinstance(error, OperatorNeeded) and error.code not in BANS:
            return error
        if error.code not in _WAITS:
            raise error
        if error.code == NO_RIGHT:
            self.right.lost()
        return None

    def _send(self, form: Form, user: str) -> None:
        try:
            self._post(form, user)
        except DeliveryFailed as error:
            if error.code != WRONG_KIND or form.kind == "text":
                raise
            self._post(form.as_text(), user)

    def _post(self, form: Form, user: str) -> None:
        self.api().post("message/custom/send", to_service(form, user))

    def _was_given(self, record: MessageRecord, number: int) -> bool:
        return bool(record.given) if number > 1 else not self.window.take(record)

    def _keep(self, delivery: Delivery, answer: str, form: Form) -> None:
        """Let this part, as *form*, and those after it wait for the user's next message."""
        forms = [form]
        for part in render(delivery.reply, LIMITS["wechat"])[delivery.number :]:
            try:
                forms.append(self._form(part))
            except OperatorNeeded:  # a file: its own turn tells
                break
        self.pending.keep(delivery.to.user_id, answer, delivery.number, forms)

    def _form(self, part: Part) -> Form:
        """
        Return *part* as WeChat shows it; a file that it does not take, as its name.

        Raises:
            OperatorNeeded: no file can be brought there.
            DeliveryDelayed: this one can be brought there later.

        """
        try:
            return form_of(part, self._upload)
        except OperatorNeeded:
            raise
        except DeliveryFailed:
            if part.file is None:
                raise
            return form_of(part, lambda _file: ("", "")).as_text()

    def _upload(self, file: ReplyFile) -> tuple[str, str]:
        api, limits = self.api(), LIMITS["wechat"]
        limit = limits.image if file.kind == "image" else limits.file
        content, media_type = content_of(file, self.files, limit)
        if media_type not in _ENDINGS:
            raise DeliveryFailed(MEDIA_REFUSED)
        kind = "voice" if media_type.startswith("audio/") else "image"
        # WeChat does not understand names that are not ASCII.
        name = f"{kind}.{_ENDINGS[media_type]}"
        media = FormFile(key="media", name=name, content_type=media_type, content=content)
        return kind, api.upload(kind, media)
