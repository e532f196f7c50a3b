"""
The wishes, in the channels table, with the secrets of each in a secret of its own.

A write makes a new secret where the secrets changed, and the item names it: so of two writers
that race each has its own, the loser removes the loser's, and doors that still have the earlier
item find the earlier secret. That one is retired, and swept once no door can want it.
"""

import json
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from cococat.aws.attributes import marshal
from cococat.aws.channels_table import ChannelsTable, Item, address_of, key
from cococat.aws.secrets import Secrets
from cococat.aws.wish_secrets import ROTATION, WishSecrets
from cococat.core.clock import Clock
from cococat.core.errors import Conflict, EndpointTaken
from cococat.core.failures import log_failure
from cococat.core.ids import ChannelAddress
from cococat.core.wishes import Source, StoredWish, Wish

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

REMEMBERED = 30 * 24 * 3600
"""Seconds for which a removed channel's generation is known: longer than any message lives."""

REVISION = ("sidecar", "wishes")
"""Key of the item that tells whether any wish has changed, so that not all have to be read."""

_OWNER = "target_type = :type AND target_id = :id AND channel = :channel AND #name = :name"


class WishTable:
    """
    `cococat.core.wishes.WishStore` in DynamoDB and Secrets Manager.

    Args:
        dynamodb: the client.
        table: name of the channels table.
        channels: its read side.
        secrets: where the channels' secrets are.
        stack: the stack's name.
        clock: the time.

    """

    def __init__(
        self,
        dynamodb: "DynamoDBClient",
        table: str,
        *,
        channels: ChannelsTable,
        secrets: Secrets,
        stack: str,
        clock: Clock,
    ) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._channels = channels
        self._secrets = WishSecrets(dynamodb, table, secrets=secrets, stack=stack, clock=clock)
        self._clock = clock

    def read(self, address: ChannelAddress) -> StoredWish | None:
        """Return what is wanted at *address*."""
        item = self._channels.read(*key(address)) or {}
        return _stored(item) if "secret" in item else None

    def all(self) -> list[StoredWish]:
        """Return all wishes, those that are disabled too."""
        return [_stored(item) for item in self._channels.channels()]

    def revision(self) -> str:
        """Return a word that is another one after each `write` and `remove`."""
        return str((self._channels.read(*REVISION) or {}).get("word", ""))

    def secrets(self, stored: StoredWish) -> dict[str, Any]:
        """Return the secrets of *stored*; see `WishStore.secrets`."""
        return self._secrets.of(stored.secret)

    def write(
        self, wish: Wish, *, replacing: StoredWish | None, taking_over: bool = False
    ) -> StoredWish:
        """Keep *wish* in place of *replacing*; see `WishStore.write`."""
        before = self._channels.read(*key(wish.address)) or {}
        known = before["generation"] if "secret" in before else None
        if known != (replacing and replacing.generation):
            raise Conflict({})
        secret = self._secrets.store(wish, before)
        item = _item(wish, before, secret, int(self._clock.now()))
        is_new = secret != before.get("secret")
        writes = self._writes(item, before, taking_over=taking_over)
        try:
            self._dynamodb.transact_write_items(
                TransactItems=[*writes, self._secrets.taken(secret)] if is_new else writes
            )
        except self._dynamodb.exceptions.TransactionCanceledException as cancelled:
            if is_new:
                self._secrets.discard(secret)
            raise _why(cancelled) from None
        self._tell()
        return _stored(item)

    def remove(self, stored: StoredWish) -> None:
        """Remove *stored* with its secrets; see `WishStore.remove`."""
        item = self._channels.read(*key(stored.wish.address)) or {}
        gone = _gone(stored, item.get("retired", {}), int(self._clock.now()))
        route = self._delete_route(stored.wish.address, stored.wish.endpoint)
        try:
            self._dynamodb.transact_write_items(
                TransactItems=[self._put(gone, stored.generation), *route]
            )
        except self._dynamodb.exceptions.TransactionCanceledException as cancelled:
            raise _why(cancelled) from None
        self._tell()
        self._delete_retired(gone, [*gone["retired"]])

    def sweep(self) -> int:
        """Delete the secrets that no door can want any more; return how many."""
        latest, items = self._clock.now() - ROTATION, self._channels.items()
        swept = self._secrets.sweep(items, latest)
        for item in items:
            retired = item.get("retired", {}) if item["sk"] != "route" else {}
            due = [name for name, since in retired.items() if since < latest]
            if due:
                self._delete_retired(item, due)
            swept += len(due)
        return swept

    def remove_secrets(self) -> None:
        """Delete the secrets of all channels, those that were left behind too."""
        items = self._channels.items()
        for item in items:
            for name in (*item.get("retired", {}), *filter(None, [item.get("secret")])):
                self._secrets.delete(name)
        self._secrets.sweep(items, self._clock.now() + 1)

    def _tell(self) -> None:
        """
        Let the sidecars see that a wish has changed; without that they do within a minute.

        A write of its own: in the transactions, all changes would wait for one another.
        """
        pk, sk = REVISION
        try:
            self._dynamodb.put_item(
                TableName=self._table, Item=marshal({"pk": pk, "sk": sk, "word": uuid.uuid4().hex})
            )
        except (ClientError, BotoCoreError) as error:
            log_failure("a changed wish was not told of", error)

    def _delete_retired(self, item: Item, names: list[str]) -> None:
        """Delete the secrets that *item* names as retired, and their names."""
        for name in names:
            self._secrets.delete(name)
        rest = {name: since for name, since in item["retired"].items() if name not in names}
        put = self._put(item | {"retired": rest}, item["generation"])
        with suppress(self._dynamodb.exceptions.TransactionCanceledException):
            self._dynamodb.transact_write_items(TransactItems=[put])

    def _writes(
        self, item: Item, before: Item, *, taking_over: bool
    ) -> "list[TransactWriteItemTypeDef]":
        writes = [self._put(item, before.get("generation"))]
        endpoint, earlier = _endpoint(item), _endpoint(before)
        if endpoint:
            writes.append(self._put_route(item, endpoint, taking_over=taking_over))
        if earlier not in ("", endpoint):
            writes += self._delete_route(address_of(item), earlier)
        return writes

    def _put(self, item: Item, known: int | None) -> "TransactWriteItemTypeDef":
        """Return the write of *item* in place of the one of generation *known*, if there is one."""
        put: Any = {"TableName": self._table, "Item": marshal(item)}
        if known is None:
            return {"Put": put | {"ConditionExpression": "attribute_not_exists(pk)"}}
        condition = {
            "ConditionExpression": "generation = :known",
            "ExpressionAttributeValues": marshal({":known": known}),
        }
        return {"Put": put | condition}

    def _put_route(
        self, item: Item, endpoint: str, *, taking_over: bool
    ) -> "TransactWriteItemTypeDef":
        pk, sk = _route(endpoint)
        put: Any = {"TableName": self._table, "Item": marshal(item | {"pk": pk, "sk": sk})}
        free = {"ConditionExpression": f"attribute_not_exists(pk) OR ({_OWNER})"}
        return {"Put": put if taking_over else put | free | _owner(address_of(item))}

    def _delete_route(
        self, address: ChannelAddress, endpoint: str
    ) -> "list[TransactWriteItemTypeDef]":
        """Return the deletion of a route of *address*, unless another channel has it by now."""
        pk, sk = _route(endpoint)
        current = self._channels.read(pk, sk) if endpoint else None
        if current is None or address_of(current) != address:
            return []
        delete: Any = {"TableName": self._table, "Key": marshal({"pk": pk, "sk": sk})}
        return [{"Delete": delete | {"ConditionExpression": _OWNER} | _owner(address)}]


def _route(endpoint: str) -> tuple[str, str]:
    return f"endpoint#{endpoint}", "route"


def _endpoint(item: Item) -> str:
    """Return where the channel of *item* answers, if its config says that."""
    return str(json.loads(item.get("config", "{}")).get("endpoint", ""))


def _owner(address: ChannelAddress) -> dict[str, Any]:
    """Return the names and values of the condition `_OWNER`."""
    values = {
        ":type": address.target_type,
        ":id": address.target_id,
        ":channel": address.channel,
        ":name": address.name,
    }
    names = {"#name": "name"}
    return {"ExpressionAttributeValues": marshal(values), "ExpressionAttributeNames": names}


def _why(cancelled: ClientError) -> Conflict | EndpointTaken:
    """Return what a cancelled write means: its second part is the one of the endpoint."""
    answer: Any = cancelled.response
    codes = [reason.get("Code") for reason in answer.get("CancellationReasons", [])]
    if codes[:2] == ["None", "ConditionalCheckFailed"]:
        return EndpointTaken()
    return Conflict({})


def _gone(stored: StoredWish, retired: dict[str, int], now: int) -> Item:
    """Return what is left of *stored*: its generation, so that no later one is the same."""
    pk, sk = key(stored.wish.address)
    left = {"enabled": False, "generation": stored.generation + 1, "expires_at": now + REMEMBERED}
    return {"pk": pk, "sk": sk, "retired": retired | {stored.secret: now}} | left


def _item(wish: Wish, before: Item, secret: str, now: int) -> Item:
    address = wish.address
    pk, sk = key(address)
    retired: dict[str, int] = before.get("retired", {})
    if before.get("secret", secret) != secret:
        retired = retired | {before["secret"]: now}
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
        "secret": secret,
        "secret_names": sorted(wish.secrets),
        "retired": retired,
        "enabled": wish.enabled,
        "source": wish.source.value,
        "file_hash": wish.file_hash,
        "generation": before.get("generation", 0) + 1,
    }


def _stored(item: Item) -> StoredWish:
    wish = Wish(
        address=address_of(item),
        scene_id=item["scene_id"],
        agent=item["agent"],
        mailbox=item["mailbox"],
        config=json.loads(item["config"]),
        secrets={},
        enabled=item["enabled"],
        source=Source(item["source"]),
        file_hash=item["file_hash"],
    )
    return StoredWish(
        wish=wish,
        generation=item["generation"],
        secret=item["secret"],
        secret_names=tuple(item["secret_names"]),
    )
