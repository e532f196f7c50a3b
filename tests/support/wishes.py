"""The wishes, in memory."""

from dataclasses import replace
from typing import Any

from cococat.core.channel_status import Observation, PlatformEvent, SendError, Status
from cococat.core.errors import Conflict, EndpointTaken
from cococat.core.ids import ChannelAddress
from cococat.core.wishes import StoredWish, Wish


class MemoryWishes:
    """
    `cococat.core.wishes.WishStore` in memory.

    Attributes:
        kept: what is stored.
        gone: the generation of what was removed.
        writes: how many changes were made.

    """

    def __init__(self) -> None:
        self.kept: dict[ChannelAddress, StoredWish] = {}
        self.gone: dict[ChannelAddress, int] = {}
        self.writes = 0

    def read(self, address: ChannelAddress) -> StoredWish | None:
        """Return what is wanted at *address*, without its secrets."""
        stored = self.kept.get(address)
        return None if stored is None else replace(stored, wish=replace(stored.wish, secrets={}))

    def all(self) -> list[StoredWish]:
        """Return all wishes."""
        return [stored for address in list(self.kept) if (stored := self.read(address))]

    def revision(self) -> str:
        """Return how many changes were made."""
        return str(self.writes)

    def secrets(self, stored: StoredWish) -> dict[str, Any]:
        """Return the secrets of *stored*."""
        kept = self.kept.get(stored.wish.address)
        if kept is None:
            raise Conflict({})
        return kept.wish.secrets

    def write(
        self, wish: Wish, *, replacing: StoredWish | None, taking_over: bool = False
    ) -> StoredWish:
        """Keep *wish* in place of *replacing*."""
        self._check(wish.address, replacing)
        if (
            not taking_over
            and wish.endpoint
            and any(
                each.wish.endpoint == wish.endpoint and address != wish.address
                for address, each in self.kept.items()
            )
        ):
            raise EndpointTaken
        self.writes += 1
        stored = StoredWish(
            wish=wish,
            generation=1 + (replacing.generation if replacing else self.gone.get(wish.address, 0)),
            secret=f"secret-{self.writes}",
            secret_names=tuple(sorted(wish.secrets)),
        )
        self.kept[wish.address] = stored
        return replace(stored, wish=replace(wish, secrets={}))

    def remove(self, stored: StoredWish) -> None:
        """Remove *stored*."""
        self._check(stored.wish.address, stored)
        self.writes += 1
        del self.kept[stored.wish.address]
        self.gone[stored.wish.address] = stored.generation + 1

    def _check(self, address: ChannelAddress, expected: StoredWish | None) -> None:
        current = self.kept.get(address)
        if (current and current.generation) != (expected and expected.generation):
            raise Conflict({})


class MemoryObservations:
    """`cococat.core.channel_status.Observations` in memory."""

    def __init__(self) -> None:
        self.seen: dict[ChannelAddress, Observation] = {}

    def read(self, address: ChannelAddress) -> Observation | None:
        """Return what was last seen."""
        return self.seen.get(address)

    def note(self, address: ChannelAddress, observation: Observation) -> bool:
        """Keep the state, unless a later wish has been observed already."""
        before = self.seen.get(address)
        if before is None:
            self.seen[address] = observation
            return True
        proven = before.generation == observation.generation and before.status is Status.CONNECTED
        if before.generation > observation.generation or (
            proven and observation.status is Status.CONNECTING
        ):
            return False
        self.seen[address] = replace(
            observation,
            message_count=before.message_count,
            last_message_at=before.last_message_at,
            last_event=before.last_event,
            send_error=before.send_error,
        )
        return True

    def note_event(self, address: ChannelAddress, event: PlatformEvent) -> None:
        """Keep an event, unless a later one is known."""
        before = self.seen.get(address) or Observation(status=Status.CONNECTING, generation=0)
        known = before.last_event
        if known is None or (known.at < event.at and not (event.chat and known.stops)):
            self.seen[address] = replace(before, last_event=event)

    def count_message(self, address: ChannelAddress, generation: int, now: float) -> bool:
        """Count one message."""
        before = self.seen.get(address) or Observation(
            status=Status.CONNECTING, generation=generation
        )
        counted = replace(before, message_count=before.message_count + 1, last_message_at=now)
        is_proof = generation == before.generation and before.status is not Status.CONNECTED
        if not before.owner and (generation > before.generation or is_proof):
            counted = replace(
                counted,
                status=Status.CONNECTED,
                generation=generation,
                connected_since=now,
                last_error=None,
            )
        self.seen[address] = counted
        return counted.send_error is not None

    def note_send_error(self, address: ChannelAddress, error: SendError) -> None:
        """Keep an error, unless one of a later wish is known."""
        before = self.seen.get(address) or Observation(status=Status.CONNECTING, generation=0)
        known = before.send_error
        if known is None or known.generation <= error.generation:
            self.seen[address] = replace(before, send_error=error)

    def clear_send_error(self, address: ChannelAddress) -> None:
        """Remove the error."""
        if address in self.seen:
            self.seen[address] = replace(self.seen[address], send_error=None)

    def forget(self, address: ChannelAddress, generation: int) -> None:
        """Remove what is known, unless it is of a later wish."""
        before = self.seen.get(address)
        if before is not None and before.generation <= generation:
            del self.seen[address]
