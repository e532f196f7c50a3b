"""With hundreds of channels in one process, each is read once."""

import json
from collections import Counter
from typing import Any, cast

from cococat.aws.attributes import marshal, unmarshal
from cococat.aws.channels_table import ChannelsTable
from cococat.aws.secrets import CACHE_SECONDS, Secrets
from cococat.core.directory import ChannelBinding
from tests.support.clock import START, FakeClock
from tests.support.sidecar import telegram

CHANNELS = 1000


class Cloud:
    """
    A table and secrets that count how often each is read; they have whatever is asked for.

    Attributes:
        reads: what was read, and how often.
        held: what each secret holds.

    """

    exceptions = None

    def __init__(self) -> None:
        self.reads = Counter[str]()
        self.held: dict[str, Any] = {
            "config": {},
            "previous": {},
            "previous_until": 0,
            "reply_key": "r",
        }

    def get_item(self, **call: Any) -> dict[str, Any]:  # noqa: ANN401 - botocore's own
        """Return a channel."""
        key = unmarshal(call["Key"])
        kind, _, scene = key["pk"].partition("#")
        channel, _, name = key["sk"].partition("#")
        self.reads["item " + key["pk"]] += 1
        target = {"target_type": kind, "target_id": scene, "channel": channel, "name": name}
        what = {"scene_id": scene, "config": "{}", "agent": "a", "mailbox": "m", "secret": scene}
        return {"Item": marshal(key | target | what | {"enabled": True, "generation": 1})}

    def get_secret_value(self, **call: str) -> dict[str, str]:
        """Return a channel's secrets."""
        self.reads["secret " + call["SecretId"]] += 1
        return {"SecretString": json.dumps(self.held)}


class Door:
    """Whoever asks for one channel, again and again."""

    def __init__(self, **held: object) -> None:
        self.clock, self.cloud = FakeClock(), Cloud()
        self.cloud.held |= held
        client = cast("Any", self.cloud)
        secrets = Secrets(client, self.clock)
        self._table = ChannelsTable(client, "t", secrets=secrets, clock=self.clock)

    def look(self) -> ChannelBinding:
        """Return the channel."""
        found = self._table.by_address(telegram("shop"))
        assert found is not None
        return found


def test_a_new_secret_counts_though_the_item_was_read_just_before() -> None:
    """A binding holds no longer than the secret that it was made of."""
    door = Door()
    door.look()
    door.clock.advance(CACHE_SECONDS - 1)
    door.cloud.held["reply_key"] = "new"
    assert door.look().reply_key == "r"
    door.clock.advance(1)

    assert door.look().reply_key == "new"


def test_an_earlier_secret_ends_at_its_time() -> None:
    """A binding holds no longer than that, though nothing is read anew."""
    door = Door(previous={"token": "old"}, previous_until=START + 5)
    assert door.look().config == {"previous_token": "old"}
    door.clock.advance(5)

    assert door.look().config == {}
    assert set(door.cloud.reads.values()) == {1}


def test_each_of_a_thousand_channels_is_read_once() -> None:
    """Its item and its secret; and it is put together once."""
    clock, cloud = FakeClock(), Cloud()
    client = cast("Any", cloud)
    table = ChannelsTable(client, "t", secrets=Secrets(client, clock), clock=clock)
    addresses = [telegram(f"shop-{number}") for number in range(CHANNELS)]
    first = [table.by_address(each) for each in addresses]
    second = [table.by_address(each) for each in addresses]

    assert all(one is other is not None for one, other in zip(first, second, strict=True))
    assert len(cloud.reads) == 2 * CHANNELS
    assert set(cloud.reads.values()) == {1}
