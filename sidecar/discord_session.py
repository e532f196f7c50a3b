"""
One session of a Discord bot: what its client hears, and the threads that take it in.

Messages are taken in one after the other. The press of a button has a thread of its own, which is
there once the first one comes: its platform does not wait until older messages are done with.
A message for which there is no room or no time is found in its channel's list. An edit or a press
is in none: it is counted, and left aside for good.
"""

import logging
import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from enum import Enum, auto
from typing import TYPE_CHECKING

from cococat.core import fields
from cococat.core.channel_status import LastError, Status
from cococat.core.discord_content import Json, snowflake
from cococat.core.discord_inlet import DiscordInlet, before
from cococat.core.errors import MalformedMessage
from cococat.core.failures import log_failure
from cococat.core.listener import Hold

if TYPE_CHECKING:
    from cococat.core.discord_cursor import Place

log = logging.getLogger("cococat.sidecar.discord")

TICK = 0.5
"""Seconds after which whoever takes in has a look at something else."""
WANTED = ('"MESSAGE_CREATE"', '"READY"', '"RESUMED"')
"""What a frame has to hold to be looked at; most others are only signs of life."""
MOST = 2000
"""Frames that wait to be taken in; messages beyond them are read from their channels' lists."""
MOST_PRESSES = 100
"""Presses that wait; the platform shows whoever pressed that a further one came to nothing."""
MESSAGE, EDITED, PRESSED = "MESSAGE_CREATE", "MESSAGE_UPDATE", "INTERACTION_CREATE"


class _Sign(Enum):
    ALIVE = auto()
    LOST = auto()
    MISSED = auto()
    OVER = auto()


class Session:
    """
    Takes in what a client hears; `hear` and `end` are for its thread.

    Args:
        hold: the right to listen.
        inlet: takes in messages.
        warning: what the status is to say while it is connected; None for nothing.

    """

    def __init__(self, hold: Hold, inlet: DiscordInlet, warning: LastError | None = None) -> None:
        self._hold = hold
        self._inlet = inlet
        self._warning = warning
        self._heard: queue.SimpleQueue[str | _Sign] = queue.SimpleQueue()
        self._wanted = (*WANTED, f'"{EDITED}"') if inlet.takes_edits else WANTED
        self._presses = ThreadPoolExecutor(1, thread_name_prefix="discord presses")
        self._room = threading.BoundedSemaphore(MOST_PRESSES)
        self._missed: dict[str, Place] = {}
        self._missed_edits = 0
        self._lock = threading.Lock()
        self._has_sign = False
        self._is_up = False

    def hear(self, frame: str | None) -> None:
        """Take a frame, or None for a connection that is gone; returns at once."""
        if frame is None:
            self._heard.put(_Sign.LOST)
        elif f'"{PRESSED}"' in frame and (press := _data_in(frame, PRESSED)) is not None:
            self._hear_press(press)
        elif any(kind in frame for kind in self._wanted):
            if self._heard.qsize() < MOST or not self._is_missed(frame):
                self._heard.put(frame)
        elif not self._has_sign:
            self._has_sign = True
            self._heard.put(_Sign.ALIVE)

    def end(self) -> None:
        """Let nothing come any more."""
        self._presses.shutdown(wait=False)
        self._heard.put(_Sign.OVER)

    def leave(self) -> None:
        """Take note of what was heard and will not be taken in: whoever listens next finds it."""
        self._note_missed()
        with suppress(queue.Empty):
            while True:
                heard = self._heard.get_nowait()
                if isinstance(heard, str) and not self._is_missed_edit(heard):
                    self._leave(heard)
        self._note_missed_edits()
        self._inlet.keep()

    def go_on(self) -> bool:
        """
        Take in the next of what the client has heard, if it comes soon; False where all is over.

        Raises:
            CredentialsRefused: the token is not good any more.
            LeaseLost: somebody else listens.

        """
        self._note_missed_edits()
        try:
            heard = self._heard.get(timeout=TICK)
        except queue.Empty:
            return True
        match heard:
            case _Sign.OVER:
                return False
            case _Sign.LOST:
                self._is_up = False
                self._hold.note(Status.RECONNECTING)
            case _Sign.ALIVE:
                self._has_sign = False
                self._sign()
            case _Sign.MISSED:
                self._note_missed()
                self._inlet.fill()
            case str():
                self._read(heard)
        return True

    def _hear_press(self, press: Json) -> None:
        """Let a press be taken in, if there is room for it."""
        if not self._room.acquire(blocking=False):
            self._inlet.drop("press")
            return
        try:
            waits = self._presses.submit(self._inlet.press, press)
        except RuntimeError:  # it has ended just now
            self._inlet.drop("press")
        else:
            waits.add_done_callback(lambda _: self._room.release())

    def _leave(self, frame: str) -> None:
        message = _data_in(frame, MESSAGE)
        if message is not None:
            self._inlet.leave(message)

    def _is_missed(self, frame: str) -> bool:
        """Take note of a message or edit for which there is no room; False for what is none."""
        message = _data_in(frame, MESSAGE)
        if message is None:
            return self._is_missed_edit(frame)
        with self._lock, suppress(MalformedMessage):
            channel, place = snowflake(message, "channel_id"), before(message)
            if not self._missed:
                self._heard.put(_Sign.MISSED)  # what waits before it is older, and comes first
            self._missed.setdefault(channel, place)
        return True

    def _is_missed_edit(self, frame: str) -> bool:
        """Take note of an edit that is not taken in; False for what is no update of a message."""
        update = _data_in(frame, EDITED)
        if update is None:
            return False
        is_edit = self._inlet.is_edit(update)
        with self._lock:
            self._missed_edits += is_edit
        return True

    def _note_missed(self) -> None:
        """Let the cursor know of what was missed, before anything after it."""
        with self._lock:
            missed, self._missed = self._missed, {}
        if missed:
            log.error("more came than can be remembered", extra={"channels": len(missed)})
        for channel, place in missed.items():
            self._inlet.miss(channel, place)

    def _note_missed_edits(self) -> None:
        """Tell of the edits that are left aside."""
        with self._lock:
            edits, self._missed_edits = self._missed_edits, 0
        if edits:
            self._inlet.drop("edit", edits)

    def _sign(self) -> None:
        """Tell of a sign of life; before a session has begun it is not a connection yet."""
        if self._is_up:
            self._hold.heard()
            if self._warning is not None:
                self._hold.note(Status.CONNECTED, self._warning)

    def _read(self, frame: str) -> None:
        try:
            event = fields.parse_object(frame)
            kind, data = event.get("t"), fields.mapping(event, "d")
            own = snowflake(fields.mapping(data, "user"), "id") if kind == "READY" else ""
        except MalformedMessage as error:
            log_failure("an event was left aside", error)
            return
        if kind in ("READY", "RESUMED"):
            self._is_up = True
        self._sign()
        if kind == "READY":
            self._inlet.know(own)
            self._inlet.catch_up()
        elif kind == MESSAGE:
            self._inlet.take(data)
        elif kind == EDITED:
            self._inlet.take_edit(data)


def _data_in(frame: str, kind: str) -> Json | None:
    """Return what *frame* tells of; None where its event is not *kind*, or can't be read."""
    try:
        event = fields.parse_object(frame)
        return fields.mapping(event, "d") if event.get("t") == kind else None
    except MalformedMessage:
        return None
