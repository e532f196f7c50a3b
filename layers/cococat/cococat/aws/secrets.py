"""Secrets of the stack, in Secrets Manager under `cococat/<stack>/`."""

import json
from typing import TYPE_CHECKING, Any

from cococat.aws.cache import AgingCache
from cococat.core.clock import Clock
from cococat.core.ids import ChannelAddress

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

CACHE_SECONDS = 300


def prefix(stack: str) -> str:
    """Return what the name of every secret of *stack* begins with."""
    return f"cococat/{stack}/"


def channel_secret(stack: str, address: ChannelAddress) -> str:
    """Return the name of the secret that holds all secrets of the channel at *address*."""
    parts = (address.target_type, address.target_id, address.channel, address.name)
    return f"{prefix(stack)}channels/{'/'.join(parts)}"


class Secrets:
    """
    Reads and writes secrets that are JSON objects or text.

    Args:
        secretsmanager: the client.
        clock: the time, for the cache of `read`.

    """

    def __init__(self, secretsmanager: "SecretsManagerClient", clock: Clock) -> None:
        self._client = secretsmanager
        self._cache = AgingCache(seconds=CACHE_SECONDS, size=256, clock=clock)

    def read(self, name: str, version: str) -> dict[str, Any]:
        """Return the object that version *version* of secret *name* holds; cached 5 minutes."""

        def load() -> dict[str, Any]:
            answer = self._client.get_secret_value(SecretId=name, VersionId=version)
            found: dict[str, Any] = json.loads(answer["SecretString"])
            return found

        return self._cache.get((name, version), load)

    def text(self, name: str) -> str | None:
        """Return what secret *name* holds now, or None where there is none."""
        try:
            return self._client.get_secret_value(SecretId=name)["SecretString"]
        except self._client.exceptions.ResourceNotFoundException:
            return None

    def write(self, name: str, value: dict[str, Any]) -> str:
        """Keep *value* as the newest version of secret *name*; return the version's id."""
        return self.write_text(name, json.dumps(value, ensure_ascii=False))

    def write_text(self, name: str, text: str) -> str:
        """Keep *text* as the newest version of secret *name*; return the version's id."""
        try:
            return self._client.create_secret(Name=name, SecretString=text)["VersionId"]
        except self._client.exceptions.ResourceExistsException:
            return self._client.put_secret_value(SecretId=name, SecretString=text)["VersionId"]

    def delete(self, name: str) -> None:
        """Delete secret *name* at once; one that is not there is no error."""
        try:
            self._client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
        except self._client.exceptions.ResourceNotFoundException:
            return
