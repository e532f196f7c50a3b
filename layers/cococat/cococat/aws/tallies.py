"""Counts up to a limit, in the messages table; see `cococat.core.rate_limit.Tallies`."""

from typing import TYPE_CHECKING

from cococat.aws.attributes import marshal

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class TallyTable:
    """
    `cococat.core.rate_limit.Tallies` in DynamoDB: a count is one conditional write.

    Args:
        dynamodb: the client.
        table: name of the messages table.

    """

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def take(self, name: str, most: int, until: int) -> bool:
        """Count one more of *name*, unless there are *most* already; see `Tallies.take`."""
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=marshal({"pk": name, "sk": "tally"}),
                UpdateExpression="ADD #count :one SET expires_at = :until",
                ConditionExpression="attribute_not_exists(#count) OR #count < :most",
                ExpressionAttributeNames={"#count": "count"},
                ExpressionAttributeValues=marshal({":one": 1, ":most": most, ":until": until}),
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True
