"""Items in DynamoDB that change only from a known version."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cococat.aws.attributes import marshal, unmarshal
from cococat.core.clock import Clock
from cococat.core.errors import Conflict
from cococat.core.items import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class ItemsTable:
    """
    `cococat.core.items.Items` in a table whose key is `pk` and `sk`.

    Args:
        dynamodb: the client.
        table: the table's name.
        clock: the time; an item past its `expires_at` counts as absent.

    """

    def __init__(self, dynamodb: "DynamoDBClient", table: str, clock: Clock) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._clock = clock

    def get(self, pk: str, sk: str) -> Item | None:
        """Return the item as the last write left it, or None."""
        answer = self._dynamodb.get_item(
            TableName=self._table, Key=marshal({"pk": pk, "sk": sk}), ConsistentRead=True
        )
        item = unmarshal(answer["Item"]) if "Item" in answer else None
        return item if item and item["expires_at"] > self._clock.now() else None

    def put(self, item: Item, *, replacing: int | None) -> None:
        """Write *item* over the one with version *replacing*; see `Items.put`."""
        known = replacing is not None
        condition = (
            "version = :known" if known else "attribute_not_exists(pk) OR expires_at <= :now"
        )
        try:
            self._dynamodb.put_item(
                TableName=self._table,
                Item=marshal(item),
                ConditionExpression=condition,
                ExpressionAttributeValues=marshal(
                    {":known": replacing} if known else {":now": int(self._clock.now())}
                ),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException as failed:
            raise self._conflict(item, failed) from None

    def _conflict(self, item: Item, failed: ClientError) -> Conflict:
        returned: Any = failed.response.get("Item")
        current = unmarshal(returned) if returned else self.get(item["pk"], item["sk"])
        return Conflict(current or {})
