"""
The secrets of the wishes: one for each that has any, under a name of its own.

Its name is noted in the channels table before it is made, and the write that names it in the
channel's item removes the note. So a note that stays says that nobody uses the secret, whether
a process died in between or nobody knows what became of its write.
"""

import secrets as randomness
from typing import TYPE_CHECKING, Any

from cococat.aws.attributes import marshal
from cococat.aws.channels_table import Item
from cococat.aws.secrets import Secrets, prefix
from cococat.core.clock import Clock
from cococat.core.errors import Conflict
from cococat.core.ids import ChannelAddress
from cococat.core.wishes import Wish

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

ROTATION = 900
"""Seconds for which a replaced token or key is still good: consoles take minutes to change."""
ROTATED = ("token", "encoding_aes_key", "encrypt_key", "verification_token")
NOTE = "unused-secret"
"""Key of the notes; a note's second key is the secret's name."""


class WishSecrets:
    """
    Makes and removes the secrets of the wishes.

    Args:
        dynamodb: the client.
        table: name of the channels table.
        secrets: all secrets of the stack.
        stack: the stack's name.
        clock: the time.

    """

    def __init__(
        self, dynamodb: "DynamoDBClient", table: str, *, secrets: Secrets, stack: str, clock: Clock
    ) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._secrets = secrets
        self._stack = stack
        self._clock = clock

    def of(self, name: str) -> dict[str, Any]:
        """
        Return what secret *name* holds of a wish.

        Raises:
            Conflict: it is gone.

        """
        held = self._secrets.held(name)
        if held is None:
            raise Conflict({})
        found: dict[str, Any] = held["config"]
        return found

    def store(self, wish: Wish, before: Item) -> str:
        """Return the name of the secret that holds those of *wish*: that of *before*, or a new."""
        earlier = (self._secrets.held(before["secret"]) if "secret" in before else None) or {}
        if earlier.get("config") == wish.secrets:
            return str(before["secret"])
        name = _secret_name(self._stack, wish.address)
        value = {
            "config": wish.secrets,
            "reply_key": earlier.get("reply_key") or randomness.token_urlsafe(32),
        }
        note = {"pk": NOTE, "sk": name, "since": int(self._clock.now())}
        self._dynamodb.put_item(TableName=self._table, Item=marshal(note))
        self._secrets.write(name, value | self._rotation(earlier, wish))
        return name

    def taken(self, name: str) -> "TransactWriteItemTypeDef":
        """Return the write that goes with the one that makes secret *name* a channel's."""
        return {"Delete": {"TableName": self._table, "Key": _note(name)}}

    def discard(self, name: str) -> None:
        """Delete secret *name*, which is no channel's."""
        self._secrets.delete(name)
        self._dynamodb.delete_item(TableName=self._table, Key=_note(name))

    def delete(self, name: str) -> None:
        """Delete secret *name*, which a channel's item still names."""
        self._secrets.delete(name)

    def sweep(self, items: list[Item], latest: float) -> int:
        """Discard what *items* note as unused since before *latest*; return how many that was."""
        due = [item["sk"] for item in items if item["pk"] == NOTE and item["since"] < latest]
        for name in due:
            self.discard(name)
        return len(due)

    def _rotation(self, earlier: dict[str, Any], wish: Wish) -> dict[str, Any]:
        """Return the tokens and keys that *wish* replaces, and until when they are good."""
        now = int(self._clock.now())
        rotated = _rotated(earlier.get("config", {}), wish.secrets)
        until = now + ROTATION if rotated else earlier.get("previous_until", now)
        still = earlier.get("previous", {}) if earlier.get("previous_until", 0) > now else {}
        return {"previous": still | rotated if wish.enabled else {}, "previous_until": until}


def _note(name: str) -> dict[str, Any]:
    return marshal({"pk": NOTE, "sk": name})


def _rotated(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return the tokens and keys that *after* replaces."""
    return {
        name: before[name] for name in ROTATED if name in before and before[name] != after.get(name)
    }


def _secret_name(stack: str, address: ChannelAddress) -> str:
    parts = (address.target_type, address.target_id, address.channel, address.name)
    return f"{prefix(stack)}channels/{'/'.join(parts)}/{randomness.token_hex(8)}"
