"""
Listening to one Discord bot through the gateway.

The client's thread hears, this one takes in: message after message, each into its mailbox before
the cursor moves. A new session begins after a pause that grows, within what Discord allows, and
after it began the active channels are asked for what was written before.
Source: Discord API documentation, "Gateway", "Get Gateway Bot", "Gateway close event codes".
"""

import logging
from collections.abc import Callable
from contextlib import closing

import discord

from cococat.core.channel_status import LastError, Status
from cococat.core.channels.discord import DiscordChannel
from cococat.core.clock import Clock
from cococat.core.discord_api import Entrance, refused
from cococat.core.discord_content import Json
from cococat.core.discord_errors import CLOSINGS, CREDENTIALS, INTENT_MISSING, TOKEN_REFUSED
from cococat.core.discord_inlet import DiscordInlet
from cococat.core.discord_message import Bot
from cococat.core.discord_pace import RESERVE, Pace
from cococat.core.failures import log_failure
from cococat.core.listener import Hold
from cococat.core.platform_errors import Fault
from sidecar.discord_client import DiscordClient, OtherAddress, pointed_at
from sidecar.discord_session import Session

log = logging.getLogger("cococat.sidecar.discord")

STUCK = 180.0
"""Seconds after which a thread that takes in has to have got on."""
SESSIONS_USED_UP = (
    "Discord lets the bot begin hardly any more sessions today; it goes on by itself in {hours} h. "
    "Does another program use the token?"
)
GATEWAY_LOST = "The connection to Discord is gone; it is made again."
OTHER_ADDRESS = (
    "All Discord channels of one sidecar need the same api_base; another one is in use just now."
)
LOOK = 1.0
"""Seconds between two looks whether the channels with another address are gone."""


class DiscordListener:
    """
    Listens to one bot; see `cococat.core.listener.Listener`.

    Args:
        channel: parses and routes the messages.
        clock: the time.
        monotonic: this process's own clock.

    """

    silence = 120.0

    def __init__(
        self, channel: DiscordChannel, clock: Clock, monotonic: Callable[[], float]
    ) -> None:
        self._channel = channel
        self._clock = clock
        self._monotonic = monotonic
        self._is_stopped = False
        self._session: Session | None = None
        self._client: DiscordClient | None = None
        self._progress = monotonic()
        self._pace = Pace()

    def run(self, hold: Hold) -> None:
        """Listen until the right of *hold* ends; see `Listener.run`."""
        self._channel.api.check()
        while self._may_go_on(hold):
            try:
                with pointed_at(self._channel.api.base):
                    self._listen_on(hold)
            except OtherAddress:
                self._tell(hold, Status.ERROR, "other_address", OTHER_ADDRESS)
                hold.wait(LOOK)

    def feed(self, update: Json) -> None:
        """Take a probe, which is a message to the bot alone; see `TakesProbes.feed`."""
        self._channel.take(update, Bot(id="0"))

    def stop(self) -> None:
        """Begin nothing new, and let `run` return."""
        self._is_stopped = True
        session = self._session
        if session is not None:
            session.end()

    def probe(self) -> bool:
        """Tell whether the client's loop turns, and whether what came has been taken in lately."""
        client = self._client
        if client is None:
            return True
        return self._monotonic() - self._progress < STUCK and client.turns()

    def _listen_on(self, hold: Hold) -> None:
        """Listen in one session after the other."""
        inlet = DiscordInlet(self._channel, hold, self._clock)
        while self._may_go_on(hold):
            entrance = self._channel.api.entrance()
            if entrance.remaining <= RESERVE:
                self._wait_for_sessions(hold, entrance)
                continue
            began = self._monotonic()
            failure = self._listen(hold, inlet, entrance)
            if not self._may_go_on(hold):
                return
            self._cope(hold, failure)
            if self._may_go_on(hold):
                hold.wait(self._pace.after(self._monotonic() - began))

    def _may_go_on(self, hold: Hold) -> bool:
        self._progress = self._monotonic()
        return not self._is_stopped and hold.is_good()

    def _wait_for_sessions(self, hold: Hold, entrance: Entrance) -> None:
        sentence = SESSIONS_USED_UP.format(hours=f"{entrance.reset_after / 3600:.1f}")
        self._tell(hold, Status.RECONNECTING, "sessions_used_up", sentence)
        hold.wait(entrance.reset_after + 1)

    def _listen(self, hold: Hold, inlet: DiscordInlet, entrance: Entrance) -> BaseException | None:
        """Listen in one session to its end, and return what ended it."""
        session = self._session = Session(hold, inlet, self._warning(entrance))
        client = DiscordClient(self._channel.api.token, session.hear, session.end)
        try:
            # A hand-over waits until what was heard and is not taken in is known to the cursor.
            with pointed_at(self._channel.api.base, entrance.url), hold.work():
                with closing(client):
                    client.start()
                    self._client = client
                    while self._may_go_on(hold) and session.go_on():
                        inlet.go_on()
                session.leave()
        finally:
            self._client = None
        return client.failure

    def _warning(self, entrance: Entrance) -> LastError | None:
        """Return what the status is to say although all goes well."""
        if not entrance.warning:
            return None
        log.warning("one connection does not do for ever", extra={"shards": entrance.shards})
        return LastError("sharding_recommended", entrance.warning, self._clock.now())

    def _cope(self, hold: Hold, failure: BaseException | None) -> None:
        """
        Tell what ended a session; stay down where another try is no use.

        Raises:
            CredentialsRefused: something is wrong with the bot's account.

        """
        fault = _fault_of(failure)
        if fault is None:
            _log_end(failure)
            self._tell(hold, Status.RECONNECTING, "gateway_lost", GATEWAY_LOST)
        elif fault in CREDENTIALS:
            raise refused(fault)
        else:
            self._tell(hold, Status.AUTH_ERROR, fault.reason, fault.advice)
            while self._may_go_on(hold):
                hold.wait(self.silence)

    def _tell(self, hold: Hold, status: Status, code: str, message: str) -> None:
        hold.note(status, LastError(code, message, self._clock.now()))


def _log_end(failure: BaseException | None) -> None:
    if failure is None:
        log.warning("a session ended")
    else:
        log_failure("a session ended", failure)


def _fault_of(failure: BaseException | None) -> Fault | None:
    """Return what ended a session for good; None where another one may go better."""
    match failure:
        case discord.LoginFailure():
            return TOKEN_REFUSED
        case discord.PrivilegedIntentsRequired():
            return INTENT_MISSING
        case discord.ConnectionClosed():
            return CLOSINGS.get(failure.code)
        case _:
            return None
