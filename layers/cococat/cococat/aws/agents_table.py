"""What is known of each agent: kind and options in the channels table, its secrets beside it."""

import json
from typing import TYPE_CHECKING, Any

from cococat.aws.attributes import marshal
from cococat.aws.channels_table import ChannelsTable, Item, agent_key
from cococat.aws.secrets import Secrets, prefix
from cococat.core.agent_spec import AgentSpec

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class AgentsTable:
    """
    Writes what `ChannelsTable.agent` reads.

    Args:
        dynamodb: the client.
        table: name of the channels table.
        channels: its read side.
        secrets: where the agents' secrets are.
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

    def names(self) -> list[str]:
        """Return the name of every agent that is kept."""
        return [item["agent"] for item in self._channels.agents()]

    def keep(self, agent: AgentSpec) -> None:
        """Keep *agent* with its secrets, in place of what was known of it."""
        before = self._channels.read(*agent_key(agent.name)) or {}
        item = self._item(agent)
        if agent.secrets:
            self._store(item["secrets_in"], agent.secrets)
        if item != before:
            self._dynamodb.put_item(TableName=self._table, Item=marshal(item))
        if "secrets_in" in before and not agent.secrets:
            self._secrets.delete(before["secrets_in"])

    def forget(self, name: str) -> None:
        """Remove the agent called *name* with its secrets."""
        before = self._channels.read(*agent_key(name)) or {}
        if "secrets_in" in before:
            self._secrets.delete(before["secrets_in"])
        pk, sk = agent_key(name)
        self._dynamodb.delete_item(TableName=self._table, Key=marshal({"pk": pk, "sk": sk}))

    def _store(self, secret: str, values: dict[str, Any]) -> None:
        if self._secrets.json(secret) != values:
            self._secrets.write(secret, values)

    def _item(self, agent: AgentSpec) -> Item:
        pk, sk = agent_key(agent.name)
        item = {
            "pk": pk,
            "sk": sk,
            "agent": agent.name,
            "kind": agent.kind,
            "options": json.dumps(agent.options, ensure_ascii=False, sort_keys=True),
        }
        secret = f"{prefix(self._stack)}agents/{agent.name}"
        return item | ({"secrets_in": secret} if agent.secrets else {})
