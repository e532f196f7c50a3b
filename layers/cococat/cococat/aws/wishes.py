"""Writing the channels that are wanted into the channels table, and their secrets beside it."""

import json
import secrets as randomness
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from cococat.aws.attributes import marshal
from cococat.aws.channels_table import ChannelsTable, Item, address_of, key
from cococat.aws.secrets import Secrets, channel_secret
from cococat.core.ids import ChannelAddress
from cococat.core.publisher import Wish

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

FILE = "file"


class FileWishes:
    """
    The wishes that come from files; see `cococat.core.publisher.Wishes`.

    Args:
        dynamodb: the client.
        table: the table's name.
        channels: its read side.
        secrets: where the channels' secrets are.
        stack: the stack's name.

    """

    def __init__(
        self,
        dynamodb: "DynamoDBClient",
        table: str,
        *,
        channels: ChannelsTable,
        secrets: Secrets,
        stack: str,
    ) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._channels = channels
        self._secrets = secrets
        self._stack = stack

    def publish(self, wish: Wish) -> bool:
        """Keep *wish* and return whether anything changed."""
        before = self._channels.read(*key(wish.address))
        item = self._item(wish, before)
        if item == before and self._has_route(item):
            return False
        item["generation"] += 1
        writes = [self._put(item)]
        if (route := _route(item)) is not None:
            writes.append(self._put(item | {"pk": route[0], "sk": route[1]}))
        if before is not None and _route(before) != route:
            writes += self._delete_route(before)
        self._dynamodb.transact_write_items(TransactItems=writes)
        return True

    def withdraw_all_but(
        self, addresses: Iterable[ChannelAddress], spared: Iterable[str]
    ) -> list[ChannelAddress]:
        """Take away the channels that no file holds any more, but for *spared* scenes."""
        kept, safe = {key(address) for address in addresses}, set(spared)
        gone = [
            item
            for item in self._channels.channels()
            if item["source"] == FILE
            and (item["pk"], item["sk"]) not in kept
            and item["target_id"] not in safe
        ]
        for item in gone:
            deletes = [self._delete(item["pk"], item["sk"]), *self._delete_route(item)]
            self._dynamodb.transact_write_items(TransactItems=deletes)
            self._secrets.delete(item["secret"])
        return [address_of(item) for item in gone]

    def _item(self, wish: Wish, before: Item | None) -> Item:
        """Return the item of *wish*, its secrets stored; equal to *before* if nothing changed."""
        address = wish.address
        pk, sk = key(address)
        return {
            "pk": pk,
            "sk": sk,
            "target_type": address.target_type,
            "target_id": address.target_id,
            "channel": address.channel,
            "name": address.name,
            "scene_id": wish.scene_id,
            "agent": wish.agent,
            "mailbox": wish.mailbox,
            "config": json.dumps(wish.config, ensure_ascii=False, sort_keys=True),
            "secret": channel_secret(self._stack, address),
            "secret_version": self._store_secrets(wish, before),
            "enabled": wish.enabled,
            "source": FILE,
            "generation": before["generation"] if before else 0,
        }

    def _store_secrets(self, wish: Wish, before: Item | None) -> str:
        """Return the version of the channel's secret that holds what *wish* says."""
        stored: dict[str, Any] = {}
        if before is not None:
            stored = self._secrets.read(before["secret"], before["secret_version"])
            if stored["config"] == wish.secrets:
                return str(before["secret_version"])
        reply_key = stored.get("reply_key") or randomness.token_urlsafe(32)
        name = channel_secret(self._stack, wish.address)
        return self._secrets.write(name, {"config": wish.secrets, "reply_key": reply_key})

    def _put(self, item: Item) -> "TransactWriteItemTypeDef":
        return {"Put": {"TableName": self._table, "Item": marshal(item)}}

    def _delete(self, pk: str, sk: str) -> "TransactWriteItemTypeDef":
        return {"Delete": {"TableName": self._table, "Key": marshal({"pk": pk, "sk": sk})}}

    def _has_route(self, item: Item) -> bool:
        """Tell whether the route of *item*, if it is to have one, is its own."""
        route = _route(item)
        current = self._channels.read(*route) if route else item
        return current is not None and address_of(current) == address_of(item)

    def _delete_route(self, item: Item) -> "list[TransactWriteItemTypeDef]":
        """Return the deletion of the route of *item*, unless another channel has it by now."""
        route = _route(item)
        current = self._channels.read(*route) if route else None
        if route is None or current is None or address_of(current) != address_of(item):
            return []
        return [self._delete(*route)]


def _route(item: Item) -> tuple[str, str] | None:
    endpoint = json.loads(item["config"]).get("endpoint")
    return None if endpoint is None else (f"endpoint#{endpoint}", "route")
