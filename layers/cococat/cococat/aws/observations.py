"""How the channels are, in the channels table, beside the wishes."""

from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cococat.aws.attributes import marshal, unmarshal
from cococat.core.channel_status import LastError, Observation, PlatformEvent, SendError, Status
from cococat.core.ids import ChannelAddress

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class ObservationTable:
    """
    `cococat.core.channel_status.Observations` in DynamoDB.

    Args:
        dynamodb: the client.
        table: name of the channels table.

    """

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def read(self, address: ChannelAddress) -> Observation | None:
        """Return what was last seen of the channel at *address*."""
        answer = self._dynamodb.get_item(
            TableName=self._table, Key=_key(address), ConsistentRead=True
        )
        return _observation(unmarshal(answer["Item"])) if "Item" in answer else None

    def note(self, address: ChannelAddress, observation: Observation) -> bool:
        """Keep the state of *observation*; see `Observations.note`."""
        error = observation.last_error
        values: dict[str, Any] = {
            ":status": observation.status.value,
            ":generation": observation.generation,
            ":owner": observation.owner,
        }
        optional = {
            "connected_since": observation.connected_since,
            "alive_at": observation.alive_at,
            "heard_at": observation.heard_at,
            "last_error": error and {"code": error.code, "message": error.message, "at": error.at},
        }
        sets = ["#status = :status", "generation = :generation", "#owner = :owner"]
        sets += [f"{name} = :{name}" for name, value in optional.items() if value is not None]
        gone = [name for name, value in optional.items() if value is None]
        values |= {f":{name}": value for name, value in optional.items() if value is not None}
        same = "generation = :generation"
        if observation.status is Status.CONNECTING:
            same += " AND #status <> :connected"
            values[":connected"] = Status.CONNECTED.value
        return self._update(
            address,
            f"SET {', '.join(sets)}" + (f" REMOVE {', '.join(gone)}" if gone else ""),
            f"attribute_not_exists(generation) OR generation < :generation OR ({same})",
            values,
            {"#status": "status", "#owner": "owner"},
        )

    def count_message(self, address: ChannelAddress, generation: int, now: float) -> bool:
        """Count one message; see `Observations.count_message`."""
        answer = self._dynamodb.update_item(
            TableName=self._table,
            Key=_key(address),
            UpdateExpression="SET last_message_at = :now ADD message_count :one",
            ExpressionAttributeValues=marshal({":now": now, ":one": 1}),
            ReturnValues="ALL_NEW",
        )
        self._update(
            address,
            "SET #status = :connected, generation = :generation, connected_since = :now "
            "REMOVE last_error",
            "(attribute_not_exists(#owner) OR #owner = :nobody) AND "
            "(attribute_not_exists(generation) OR generation < :generation"
            " OR (generation = :generation AND #status <> :connected))",
            {
                ":connected": Status.CONNECTED.value,
                ":generation": generation,
                ":now": now,
                ":nobody": "",
            },
            {"#status": "status", "#owner": "owner"},
        )
        return "send_error" in answer["Attributes"]

    def note_send_error(self, address: ChannelAddress, error: SendError) -> None:
        """Keep *error*; see `NotesSending.note_send_error`."""
        self._update(
            address,
            "SET send_error = :error",
            "attribute_not_exists(send_error) OR send_error.generation <= :generation",
            {":error": asdict(error), ":generation": error.generation},
            {},
        )

    def clear_send_error(self, address: ChannelAddress) -> None:
        """Remove the send error; see `NotesSending.clear_send_error`."""
        with suppress(self._dynamodb.exceptions.ConditionalCheckFailedException):
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(address),
                UpdateExpression="REMOVE send_error",
                ConditionExpression="attribute_exists(send_error)",
            )

    def note_event(self, address: ChannelAddress, event: PlatformEvent) -> None:
        """Keep *event*; see `NotesEvents.note_event`."""
        is_news = "last_event.#at < :at" + (" AND last_event.stops = :no" if event.chat else "")
        values: dict[str, Any] = {":event": asdict(event), ":at": event.at}
        self._update(
            address,
            "SET last_event = :event",
            f"attribute_not_exists(last_event) OR ({is_news})",
            values | ({":no": False} if event.chat else {}),
            {"#at": "at"},
        )

    def forget(self, address: ChannelAddress, generation: int) -> None:
        """Remove what is known of the channel at *address*; see `Observations.forget`."""
        with suppress(self._dynamodb.exceptions.ConditionalCheckFailedException):
            self._dynamodb.delete_item(
                TableName=self._table,
                Key=_key(address),
                ConditionExpression="attribute_not_exists(generation) OR generation <= :known",
                ExpressionAttributeValues=marshal({":known": generation}),
            )

    def _update(
        self,
        address: ChannelAddress,
        expression: str,
        condition: str,
        values: dict[str, Any],
        names: dict[str, str],
    ) -> bool:
        named: dict[str, Any] = {"ExpressionAttributeNames": names} if names else {}
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(address),
                UpdateExpression=expression,
                ConditionExpression=condition,
                ExpressionAttributeValues=marshal(values),
                **named,
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _key(address: ChannelAddress) -> dict[str, Any]:
    pk = f"{address.target_type}#{address.target_id}"
    return marshal({"pk": pk, "sk": f"status#{address.channel}#{address.name}"})


def _observation(item: dict[str, Any]) -> Observation:
    error, event, unsent = (item.get(each) for each in ("last_error", "last_event", "send_error"))
    return Observation(
        status=Status(item.get("status", Status.CONNECTING)),
        generation=item.get("generation", 0),
        last_error=LastError(**error) if error else None,
        connected_since=item.get("connected_since"),
        message_count=item.get("message_count", 0),
        last_message_at=item.get("last_message_at"),
        owner=item.get("owner", ""),
        alive_at=item.get("alive_at"),
        heard_at=item.get("heard_at"),
        last_event=PlatformEvent(**event) if event else None,
        send_error=SendError(**unsent) if unsent else None,
    )
