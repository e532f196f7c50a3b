"""With hundreds of channels in one process, each is read once."""

import json
from collections import Counter
from typing import Any, cast

from cococat.aws.attributes import marshal, unmarshal
from cococat.aws.channels_table import ChannelsTable
from cococat.aws.secrets import Secrets
from tests.support.clock import FakeClock
from tests.support.sidecar import telegram

CHANNELS = 1000


class Cloud:
    """
    A table and secrets that count how often each is read; they have whatever is asked for.

    Attributes:
        reads: what was read, and how often.

    """

    exceptions = None

    def __init__(self) -> None:
        self.reads = Counter[str]()

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
        held = {"config": {}, "previous": {}, "previous_until": 0, "reply_key": "r"}
        return {"SecretString": json.dumps(held)}


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
