"""Secrets of the stack, in Secrets Manager under `cococat/<stack>/`."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from cococat.aws.cache import AgingCache
from cococat.core.clock import Clock

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

CACHE_SECONDS = 300
CACHE_SIZE = 2048
"""More than a sidecar has bots; of 500, a smaller one would read each over and over."""


def prefix(stack: str) -> str:
    """Return what the name of every secret of *stack* begins with."""
    return f"cococat/{stack}/"


class Secrets:
    """
    Reads and writes secrets that are JSON objects or text.

    Args:
        secretsmanager: the client.
        clock: the time, for the cache of `held`.

    """

    def __init__(self, secretsmanager: "SecretsManagerClient", clock: Clock) -> None:
        self._client = secretsmanager
        self._cache = AgingCache(seconds=CACHE_SECONDS, size=CACHE_SIZE, clock=clock)

    def held(self, name: str) -> Any:  # noqa: ANN401 - JSON
        """Return what secret *name* holds; cached 5 minutes, None where there is none."""
        return self.aging(name)[0]

    def aging(self, name: str) -> tuple[Any, float]:
        """Return what secret *name* holds, as `held`, and until when that is good."""
        found = self._cache.aging(name, lambda: self.json(name))
        if found[0] is None:  # it may be there in a moment, as after a change
            self._cache.forget(name)
        return found

    def json(self, name: str) -> dict[str, Any] | None:
        """Return the object that secret *name* holds now, or None where there is none."""
        found = self.text(name)
        if found is None:
            return None
        value: dict[str, Any] = json.loads(found)
        return value

    def text(self, name: str) -> str | None:
        """Return the text of secret *name* now, or None where there is none, or none any more."""
        errors = self._client.exceptions
        try:
            return self._client.get_secret_value(SecretId=name).get("SecretString")
        except (errors.ResourceNotFoundException, errors.InvalidRequestException):
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

    def change(self, name: str, alter: Callable[[Any], dict[str, Any]]) -> None:
        """
        Change what secret *name* holds, so that no change that is made meanwhile gets lost.

        Args:
            name: of the secret.
            alter: takes what it holds, None for nothing, and returns what it is to hold; it is
                called again where somebody else was quicker.

        """
        while True:
            version, text = self._current(name)
            altered = alter(None if text is None else json.loads(text))
            try:
                return self._replace(name, version, json.dumps(altered, ensure_ascii=False))
            except self._client.exceptions.ResourceExistsException:
                continue

    def _current(self, name: str) -> tuple[str | None, str | None]:
        """Return the id of the newest version and its text."""
        try:
            found = self._client.get_secret_value(SecretId=name)
        except self._client.exceptions.ResourceNotFoundException:
            return None, None
        return found["VersionId"], found.get("SecretString")

    def _replace(self, name: str, version: str | None, text: str) -> None:
        """
        Keep *text* as the version that follows *version*.

        A version's id is what the writer asks for, and no version can be written over: of two
        writers that ask for the same one, the later is refused.
        Source: AWS Secrets Manager API Reference, PutSecretValue, ClientRequestToken.
        """
        if version is None:
            self._client.create_secret(Name=name, SecretString=text)
            return
        following = sha256(version.encode("ascii")).hexdigest()
        self._client.put_secret_value(
            SecretId=name, SecretString=text, ClientRequestToken=following
        )

    def delete(self, name: str) -> None:
        """Delete secret *name* at once; one that is not there is no error."""
        try:
            self._client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
        except self._client.exceptions.ResourceNotFoundException:
            return
