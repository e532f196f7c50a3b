"""
The channels table: what is connected, and which mailbox each agent has.

    scene#shop             web_api#web_api   a channel: config, secret's name, agent, mailbox …
    endpoint#/api/…/web    route             the same, so that a door finds it with one read
    agent#support          mailbox           an agent: kind and options, its secret's name
    unused-secret          cococat/…         a secret that no channel has, or not yet
    sidecar                wishes            another word after each change of a channel

A channel's secrets are one secret, and the item names it.
"""

import json
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from cococat.aws.attributes import marshal, unmarshal
from cococat.aws.cache import AgingCache
from cococat.aws.secrets import CACHE_SIZE, Secrets
from cococat.core.agent_spec import AgentSpec
from cococat.core.clock import Clock
from cococat.core.directory import ChannelBinding
from cococat.core.ids import ChannelAddress

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CACHE_SECONDS = 10
LONGEST_KEY = 512
"""Characters of a key: scenes, agents and names are short, an endpoint has 256 at most."""

Item = dict[str, Any]


class _Made(NamedTuple):
    """A binding, and until when it holds (seconds since 1970): as long as all it is made of."""

    binding: ChannelBinding
    until: float


class ChannelsTable:
    """
    Reads the channels table.

    Args:
        dynamodb: the client.
        table: the table's name.
        secrets: where the channels' secrets are.
        clock: the time, for the cache.

    """

    def __init__(
        self, dynamodb: "DynamoDBClient", table: str, *, secrets: Secrets, clock: Clock
    ) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._secrets = secrets
        self._clock = clock
        self._cache = AgingCache(seconds=CACHE_SECONDS, size=CACHE_SIZE, clock=clock)
        self._made: dict[ChannelAddress | str, _Made] = {}

    def by_endpoint(self, endpoint: str) -> ChannelBinding | None:
        """Return the web_api channel that answers at *endpoint*; see `ChannelDirectory`."""
        return self._known(endpoint) or self._read_binding(
            endpoint, f"endpoint#{endpoint}", "route"
        )

    def by_address(self, address: ChannelAddress) -> ChannelBinding | None:
        """Return the channel at *address*; see `ChannelDirectory`."""
        return self._known(address) or self._read_binding(address, *key(address))

    def now(self, address: ChannelAddress) -> ChannelBinding | None:
        """Return the channel at *address* as the last write left it."""
        made = self._make(self.read(*key(address)), math.inf)
        return None if made is None else made.binding

    def options(self, address: ChannelAddress) -> dict[str, Any]:
        """Return the options of the channel at *address*, without reading a secret."""
        item = self._cached(*key(address))
        config = json.loads(item["config"]) if item else {}
        options: dict[str, Any] = config.get("options", {})
        return options

    def agent(self, name: str) -> AgentSpec | None:
        """Return the agent called *name*, without its secrets."""
        item = self._cached(*agent_key(name))
        return None if item is None else _agent(item)

    def agent_now(self, name: str) -> AgentSpec | None:
        """Return the agent called *name* as the last write left it, without its secrets."""
        item = self.read(*agent_key(name))
        return None if item is None else _agent(item)

    def agent_secrets(self, name: str) -> dict[str, Any]:
        """Return the secrets of the agent called *name*."""
        item = self._cached(*agent_key(name)) or {}
        return self._secrets.held(item["secrets_in"]) if "secrets_in" in item else {}

    def agent_specs(self) -> list[AgentSpec]:
        """Return every agent that has a mailbox."""
        return [_agent(item) for item in self.agents()]

    def channels(self) -> list[Item]:
        """Return the item of every channel, enabled or not."""
        return [item for item in self.items() if "secret" in item and item["sk"] != "route"]

    def agents(self) -> list[Item]:
        """Return the item of every agent that ever had a mailbox."""
        return [item for item in self.items() if item["sk"] == "mailbox"]

    def items(self) -> list[Item]:
        """Return all items, of whatever kind."""
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._table, ConsistentRead=True
        )
        return [unmarshal(item) for page in pages for item in page["Items"]]

    def read(self, pk: str, sk: str) -> Item | None:
        """Return one item as the last write left it."""
        answer = self._dynamodb.get_item(
            TableName=self._table, Key=marshal({"pk": pk, "sk": sk}), ConsistentRead=True
        )
        return unmarshal(answer["Item"]) if "Item" in answer else None

    def _known(self, name: ChannelAddress | str) -> ChannelBinding | None:
        """Return the binding that was made for *name*, while it holds: a door asks each time."""
        made = self._made.get(name)
        return made.binding if made is not None and self._clock.now() < made.until else None

    def _read_binding(self, name: ChannelAddress | str, pk: str, sk: str) -> ChannelBinding | None:
        if not _is_key(pk, sk):
            return None
        item, until = self._cache.aging((pk, sk), lambda: self.read(pk, sk))
        made = self._make(item, until)
        if made is None:
            return None
        if len(self._made) >= CACHE_SIZE:
            self._made.clear()
        self._made[name] = made
        return made.binding

    def _make(self, item: Item | None, until: float) -> _Made | None:
        """Return the binding of *item*, which is good *until* then."""
        if item is None or not item.get("enabled"):
            return None
        secret, secret_until = self._secrets.aging(item["secret"])
        if secret is None:  # removed meanwhile
            return None
        earlier = secret["previous"] if secret["previous_until"] > self._clock.now() else {}
        previous = {f"previous_{name}": value for name, value in earlier.items()}
        binding = ChannelBinding(
            address=address_of(item),
            scene_id=item["scene_id"],
            config=json.loads(item["config"]) | previous | secret["config"],
            agent=item["agent"],
            mailbox=item["mailbox"],
            reply_key=secret["reply_key"],
            generation=item["generation"],
        )
        rotated = secret["previous_until"] if earlier else math.inf
        return _Made(binding, min(until, secret_until, rotated))

    def _cached(self, pk: str, sk: str) -> Item | None:
        return self._cache.get((pk, sk), lambda: self.read(pk, sk))


def _agent(item: Item) -> AgentSpec:
    options = json.loads(item["options"])
    return AgentSpec(name=item["agent"], kind=item["kind"], options=options)


def agent_key(name: str) -> tuple[str, str]:
    """Return the key of the item of the agent called *name*."""
    return f"agent#{name}", "mailbox"


def key(address: ChannelAddress) -> tuple[str, str]:
    """Return the key of the item of the channel at *address*."""
    return f"{address.target_type}#{address.target_id}", f"{address.channel}#{address.name}"


def _is_key(pk: str, sk: str) -> bool:
    """Tell whether an item may have this key; strangers ask for anything, in paths and seals."""
    return len(pk) + len(sk) <= LONGEST_KEY and pk.isascii() and sk.isascii()


def address_of(item: Item) -> ChannelAddress:
    """Return the address of the channel of *item*."""
    return ChannelAddress(
        target_type=item["target_type"],
        target_id=item["target_id"],
        channel=item["channel"],
        name=item["name"],
    )
