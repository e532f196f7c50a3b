"""What the references in a scene's files stand for, where the publisher runs in AWS."""

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cococat.aws.secrets import Secrets, prefix
from cococat.core.references import Reference

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

NOT_FOUND = ("ParameterNotFound", "ValidationException")
"""What AWS says of a parameter that is not there, and of a name that none can have."""


class StackReferences:
    """
    Looks references up under the stack's own prefixes, and nowhere else.

    `${NAME}` and `${secret:NAME}` are the secret `cococat/<stack>/NAME` (`make run` puts the
    values of the environment there), `${ssm:/path}` is the parameter `/cococat/<stack>/path`.
    A name may be written with its prefix or without.
    """

    def __init__(self, secrets: Secrets, ssm: "SSMClient", stack: str) -> None:
        self._secrets = secrets
        self._ssm = ssm
        self._prefix = prefix(stack)

    def resolve(self, reference: Reference) -> str | None:
        """Return the value, or None where there is none; see `references.Resolver`."""
        name = self._prefix + reference.name.removeprefix("/").removeprefix(self._prefix)
        found = (
            self._parameter(f"/{name}") if reference.source == "ssm" else self._secrets.text(name)
        )
        if found is None or not reference.key:
            return found
        return _member(found, reference.key)

    def _parameter(self, name: str) -> str | None:
        try:
            answer = self._ssm.get_parameter(Name=name, WithDecryption=True)
        except ClientError as error:
            if error.response["Error"]["Code"] in NOT_FOUND:
                return None
            raise
        return answer["Parameter"]["Value"]


def _member(text: str, key: str) -> str | None:
    try:
        value = json.loads(text)[key]
    except (ValueError, KeyError, TypeError):
        return None
    return value if isinstance(value, str) else None
