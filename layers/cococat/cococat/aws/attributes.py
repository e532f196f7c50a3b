"""Plain values to DynamoDB attribute values and back."""

from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


def marshal(item: dict[str, Any]) -> dict[str, Any]:
    """Return *item* in DynamoDB's form; None stands for an attribute that is not there."""
    return {
        name: _serialize(_to_decimal(value)) for name, value in item.items() if value is not None
    }


def unmarshal(attributes: dict[str, Any]) -> dict[str, Any]:
    """Return the item that DynamoDB's *attributes* hold."""
    return {name: _from_decimal(_deserialize(value)) for name, value in attributes.items()}


def _to_decimal(value: Any) -> Any:  # noqa: ANN401 - any plain value
    match value:
        case float():
            return Decimal(repr(value))
        case dict():
            return {key: _to_decimal(each) for key, each in value.items()}
        case list():
            return [_to_decimal(each) for each in value]
        case _:
            return value


def _from_decimal(value: Any) -> Any:  # noqa: ANN401 - any plain value
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case dict():
            return {key: _from_decimal(each) for key, each in value.items()}
        case list():
            return [_from_decimal(each) for each in value]
        case _:
            return value
