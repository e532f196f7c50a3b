"""The messages table: its items, and the index of its dead letters."""

from cococat.aws.attributes import marshal, unmarshal
from cococat.aws.items_table import ItemsTable
from cococat.core.dead_letters import OPEN, DeadLetter

DEAD_LETTERS_INDEX = "dead-letters"


class MessagesTable(ItemsTable):
    """`cococat.core.items.Items` with the open dead letters."""

    def open_letters(self, limit: int) -> list[DeadLetter]:
        """Return at most *limit* open dead letters, the newest first."""
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=DEAD_LETTERS_INDEX,
            KeyConditionExpression="dead_state = :open",
            ExpressionAttributeValues=marshal({":open": OPEN}),
            ScanIndexForward=False,
            PaginationConfig={"MaxItems": limit},
        )
        return [DeadLetter.from_item(unmarshal(item)) for page in pages for item in page["Items"]]

    def count_open(self) -> int:
        """
        Count the open dead letters, as far as one page of the index goes.

        A page is 1 MB at most, so that a crowd of them costs no more: some are told from none.
        """
        answer = self._dynamodb.query(
            TableName=self._table,
            IndexName=DEAD_LETTERS_INDEX,
            KeyConditionExpression="dead_state = :open",
            ExpressionAttributeValues=marshal({":open": OPEN}),
            Select="COUNT",
        )
        return answer["Count"]
