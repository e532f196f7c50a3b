"""
The lifecycle of channels: connect, disconnect, reconnect.

The wish is stored first and then made true. Webhook channels are made true at once, as far as
their platform lets us check; a sidecar makes those true that need a permanent connection.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cococat.core import wish_check
from cococat.core.channel_status import (
    LastError,
    Observation,
    Status,
    attended,
    is_held,
    relevant,
    shown,
)
from cococat.core.channels import Channel, ChecksCredentials
from cococat.core.channels.catalogue import CATALOGUE
from cococat.core.errors import Conflict, CredentialsRefused, NotConnected, PlatformUnreachable
from cococat.core.failures import log_failure
from cococat.core.ids import ChannelAddress
from cococat.core.manager_context import ChannelView, ManagerContext
from cococat.core.wishes import MISSING, Source, StoredWish

log = logging.getLogger(__name__)

GOOD = (Status.CONNECTED, Status.CONNECTING, Status.RECONNECTING)
LEFT_ALONE = (*GOOD, Status.DISCONNECTED)
"""Where the keeper has nothing to mend; a channel that lost its sidecar needs another one."""
NO_ANSWER = "platform_unreachable"
UNREACHABLE = "The platform could not be asked; it is tried again each minute."
BROKEN = "It could not be started; the keeper's log says why, and it is tried again each minute."
Config = Mapping[str, Any]


class ChannelManager:
    """Connects, disconnects and reconnects channels; of its own it holds only what runs here."""

    def __init__(self) -> None:
        self._instances: dict[ChannelAddress, Channel] = {}
        self._status: dict[ChannelAddress, Status] = {}

    def connect(
        self,
        target_type: str,
        target_id: str,
        channel_type: str,
        config: Config,
        ctx: ManagerContext,
        *,
        name: str = "",
        generation: int | None = None,
    ) -> ChannelView:
        """
        Want a channel, with *config*, and make it true as far as that can be done at once.

        A good channel stays as it is until its platform has taken the new credentials.

        Args:
            target_type: scene or agent.
            target_id: which of them.
            channel_type: wechat, web_api …
            config: as in `entries.json`, without references.
            ctx: what to work with.
            name: of the channel; the type where it is the only one.
            generation: what the caller believes to replace; None for whatever is there.

        Raises:
            Conflict: what is there is not of *generation*.
            ConfigError: the config is not valid; every fault is named.
            CredentialsRefused: the platform refuses it, and the earlier one is kept.
            PlatformUnreachable: it could not be asked, and the earlier one is kept.
            EndpointTaken: another channel answers at its endpoint.

        """
        address = _address(target_type, target_id, channel_type, name)
        wish_check.check(address, config, ctx.is_allowed_host)
        _check_generation(ctx.wishes.read(address), generation)
        agent = ctx.agent_of(address)
        wish = wish_check.to_wish(address, config, agent=agent, mailbox=ctx.mailbox_of(agent))
        while True:
            before = ctx.wishes.read(address)
            _check_generation(before, generation)
            observation = self._try(ctx.instance(wish, 0), ctx)
            self._keep_a_good_one(before, observation, ctx)
            file_hash = before.wish.file_hash if before else ""
            try:
                stored = ctx.wishes.write(replace(wish, file_hash=file_hash), replacing=before)
            except Conflict:
                continue
            self._instances[address] = ctx.instance(wish, stored.generation)
            return self._observe(stored, observation, ctx)

    def disconnect(
        self,
        target_type: str,
        target_id: str,
        channel_type: str,
        ctx: ManagerContext,
        *,
        name: str = "",
        generation: int | None = None,
    ) -> None:
        """
        Want a channel no more; once it is gone, this does nothing.

        One that a file holds stays as a disabled wish until the file's entry changes. A mailbox
        is never removed.

        Raises:
            Conflict: what is there is not of *generation*, where one is given.
            ConfigError: there can be no such channel.

        """
        address = _address(target_type, target_id, channel_type, name)
        wish_check.check_address(address)
        while (stored := ctx.wishes.read(address)) is not None:
            _check_generation(stored, generation)
            try:
                self._drop(stored, ctx)
            except Conflict:
                continue
            ctx.observations.forget(address, stored.generation)
            break
        self._instances.pop(address, None)
        self._status.pop(address, None)

    def auto_reconnect(self, ctx: ManagerContext, loop: object = None) -> list[ChannelView]:  # noqa: ARG002 - the owner's contract; webhooks need no event loop
        """
        Make true what is enabled and is not: check refused and unseen channels again.

        One that fails stops no other. Returns those whose state that changed.
        """
        mended = [self._mend(stored, ctx) for stored in ctx.wishes.all() if stored.wish.enabled]
        return [view for view in mended if view is not None]

    def find(
        self,
        target_type: str,
        target_id: str,
        channel_type: str,
        ctx: ManagerContext,
        *,
        name: str = "",
    ) -> ChannelView:
        """
        Return one channel; without *name* the only one of its type.

        Raises:
            NotConnected: there is none, or more than one.

        """
        found = [
            stored
            for stored in ctx.wishes.all()
            if (stored.wish.address.target_type, stored.wish.address.target_id)
            == (target_type, target_id)
            and stored.wish.address.channel == channel_type
            and name in ("", stored.wish.address.name)
        ]
        if len(found) != 1:
            raise NotConnected(*(each.wish.address.name for each in found))
        return self.view(found[0], ctx)

    def view(self, stored: StoredWish, ctx: ManagerContext) -> ChannelView:
        """Return *stored* with how it is."""
        address = stored.wish.address
        observation = relevant(ctx.observations.read(address), stored.generation)
        enabled = stored.wish.enabled
        if observation is not None and enabled:
            observation = attended(observation, ctx.clock.now())
        status = shown(observation, enabled=enabled, generation=stored.generation)
        self._status[address] = status
        return ChannelView(stored=stored, status=status, observation=observation)

    def _try(self, instance: Channel, ctx: ManagerContext) -> Observation:
        """Return how *instance* is, as far as its platform tells at once."""
        now = ctx.clock.now()
        try:
            if isinstance(instance, ChecksCredentials) and instance.check_credentials():
                return Observation(status=Status.CONNECTED, generation=0, connected_since=now)
        except CredentialsRefused as refused:
            status = Status.AUTH_ERROR if refused.are_wrong else Status.ERROR
            return _failed(status, refused.code, refused.message, now)
        except PlatformUnreachable:
            return _failed(Status.ERROR, NO_ANSWER, UNREACHABLE, now)
        return Observation(status=Status.CONNECTING, generation=0)

    def _keep_a_good_one(
        self, before: StoredWish | None, observation: Observation, ctx: ManagerContext
    ) -> None:
        error = observation.last_error
        if before is None or error is None or self.view(before, ctx).status not in GOOD:
            return
        if error.code != NO_ANSWER:
            raise CredentialsRefused(error.code, f"{error.message} The earlier channel is kept.")
        raise PlatformUnreachable

    def _observe(
        self, stored: StoredWish, observation: Observation, ctx: ManagerContext
    ) -> ChannelView:
        address, generation = stored.wish.address, stored.generation
        if observation.status is Status.CONNECTING and CATALOGUE[address.channel].listens:
            observation = replace(observation, alive_at=ctx.clock.now())
        ctx.observations.note(address, replace(observation, generation=generation))
        if ctx.wishes.read(address) is None:  # disconnected meanwhile
            ctx.observations.forget(address, generation)
        return self.view(stored, ctx)

    def _mend(self, stored: StoredWish, ctx: ManagerContext) -> ChannelView | None:
        """Return the channel of *stored* where checking it again changed its state."""
        try:
            before = self.view(stored, ctx)
            if before.is_seen and (before.status in LEFT_ALONE or _is_kept(before, ctx)):
                return None
            after = self._reconnect(stored, ctx)
        except Exception as error:  # noqa: BLE001 - one channel stops no other
            log_failure("a channel was not reconnected", error)
            return None
        return None if after.status is before.status else after

    def _reconnect(self, stored: StoredWish, ctx: ManagerContext) -> ChannelView:
        try:
            wish = replace(stored.wish, secrets=ctx.wishes.secrets(stored))
            instance = ctx.instance(wish, stored.generation)
            observation = self._try(instance, ctx)
            self._instances[stored.wish.address] = instance
        except Conflict:
            observation = _failed(Status.ERROR, "secret_missing", MISSING, ctx.clock.now())
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            log_failure("a channel could not be started", error)
            observation = _failed(Status.ERROR, "internal", BROKEN, ctx.clock.now())
        return self._observe(stored, observation, ctx)

    def _drop(self, stored: StoredWish, ctx: ManagerContext) -> None:
        if not stored.wish.file_hash:
            ctx.wishes.remove(stored)
        elif stored.wish.enabled:
            off = replace(stored.wish, enabled=False, source=Source.API, secrets={})
            ctx.wishes.write(off, replacing=stored)


def _address(target_type: str, target_id: str, channel_type: str, name: str) -> ChannelAddress:
    return ChannelAddress(
        target_type=target_type,
        target_id=target_id,
        channel=channel_type,
        name=name or channel_type,
    )


def _failed(status: Status, code: str, message: str, now: float) -> Observation:
    return Observation(status=status, generation=0, last_error=LastError(code, message, now))


def _is_kept(view: ChannelView, ctx: ManagerContext) -> bool:
    """Tell whether a sidecar sees to the channel itself, or only sending can prove it."""
    seen = view.observation
    return seen is not None and (seen.send_error is not None or is_held(seen, ctx.clock.now()))


def _check_generation(stored: StoredWish | None, generation: int | None) -> None:
    if generation is not None and generation != (stored.generation if stored else 0):
        raise Conflict({})
