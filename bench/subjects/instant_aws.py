"""An AWS inside the process, whose clients answer at once."""

import json
from collections.abc import Callable
from typing import Any

from cococat.aws import clients

Json = dict[str, Any]


class InstantAws:
    """
    A session, and every client of it, with the calls that a door makes.

    Args:
        key: of the channel's item.
        item: the channel's item.
        secret: the text of the channel's secret.

    """

    exceptions = None  # none is raised

    def __init__(self, key: Json, item: Callable[[], Json], secret: Callable[[], str]) -> None:
        self.bodies: list[str] = []
        self._key = key
        self._item = {"Item": item()}
        self._secret = {"SecretString": secret()}

    def take_over(self) -> None:
        """Be the AWS of this process; before a door makes its clients."""
        vars(clients)["session"] = lambda _region: self

    def taken(self) -> list[str]:
        """Return the ids of the messages that were sent since the last call."""
        bodies, self.bodies = self.bodies, []
        return [json.loads(body)["msg_id"] for body in bodies]

    def client(self, _service: str, **_options: object) -> "InstantAws":
        """Return the client of any service."""
        return self

    def get_item(self, **call: Any) -> Json:  # noqa: ANN401 - as boto3
        """Return the channel, and nothing else."""
        return self._item if call["Key"] == self._key else {}

    def put_item(self, **_call: Any) -> Json:  # noqa: ANN401 - as boto3
        """Take an item."""
        return {}

    def get_secret_value(self, **_call: Any) -> Json:  # noqa: ANN401 - as boto3
        """Return the channel's secret."""
        return self._secret

    def send_message(self, **call: Any) -> Json:  # noqa: ANN401 - as boto3
        """Take a message."""
        self.bodies.append(call["MessageBody"])
        return {}
