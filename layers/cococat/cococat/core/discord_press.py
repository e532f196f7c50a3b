"""
The press of a button of ours: what comes of it, and what the platform is told.

A button carries its value within its `custom_id`, behind its number, because no two buttons of a
message may have the same one. What comes back is what the platform keeps of our message, and is
taken for something that the user says, and for no more. Source: Discord API documentation,
"Receiving and Responding" (interaction object, interaction callback type), "Button" (custom_id).
"""

import re
from dataclasses import dataclass, field

from cococat.core import discord_answer, fields, splitting
from cococat.core.clock import iso
from cococat.core.discord_api import DiscordApi
from cococat.core.discord_content import Json, snowflake
from cococat.core.discord_message import Turn, sent_at
from cococat.core.errors import MalformedMessage
from cococat.core.limits import Unit
from cococat.core.messages import ChatMessage
from cococat.core.text import MAX_CONTENT, clean, cut

SECONDS = 2.0
"""For which a mailbox is waited for: the platform wants its answer within 3."""
MOST = 100
"""Units of a `custom_id`."""
COMPONENT, BUTTON = 3, 2
"""Types: of an interaction with a component, and of a button among the components."""
SAY, TAKEN = 4, 6
"""Types of an answer: a message, and nothing that is to be seen."""
FOR_ONE = 1 << 6
"""Flag of a message that is shown to whoever pressed the button, and to nobody else."""

_OURS = re.compile(r"[0-9]{1,2}:(.*)", re.ASCII | re.DOTALL)
_TOKEN = re.compile(r"[A-Za-z0-9._~=-]{1,1024}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """
    A press of a button.

    Attributes:
        turn: the message to the agent that it is.
        token: with which it is answered.

    """

    turn: Turn
    token: str = field(repr=False)

    def answer(self, api: DiscordApi, said: str = "") -> None:
        """
        Tell the platform that the press is taken, or show *said* to whoever pressed.

        Raises:
            DeliveryError: the platform does not take the answer.
            PlatformUnreachable: it could not be asked, or its answer got lost.

        """
        told: Json = {"type": TAKEN}
        if said:
            told = {"type": SAY, "data": {"content": said, "flags": FOR_ONE}}
        path = f"/interactions/{self.turn.message.msg_id}/{self.token}/callback"
        discord_answer.judge(api.call("POST", path, told))


def custom_id(number: int, value: str) -> str:
    """Return what the button with *number* carries of its *value*; empty where it can't whole."""
    if not value or not value.isprintable() or value != value.strip():
        return ""
    made = f"{number}:{value}"
    return made if splitting.measure(made, Unit.UTF16) <= MOST else ""


def read(source: Json, scene_id: str) -> Press | None:
    """
    Return the press that the interaction *source* is, or None for another kind of interaction.

    Raises:
        MalformedMessage: it is not of its form.

    """
    data = fields.mapping(source, "data")
    kinds = fields.integer(source, "type"), data.get("component_type")
    if kinds != (COMPONENT, BUTTON):
        return None
    token = fields.text(source, "token")
    if not _TOKEN.fullmatch(token):
        raise MalformedMessage("'token' must be a token")
    message = _message(source, fields.text(data, "custom_id"), scene_id)
    pressed = snowflake(fields.mapping(source, "message"), "id")
    turn = Turn(
        message=message,
        key=f"press:{message.msg_id}",
        in_place={"message_id": pressed} if source.get("guild_id") else {},
    )
    return Press(turn=turn, token=token)


def _message(source: Json, carried: str, scene_id: str) -> ChatMessage:
    ours = _OURS.fullmatch(carried)
    identity = snowflake(source, "id")
    member = fields.optional_mapping(source, "member") or source
    return ChatMessage(
        channel_type="discord",
        scene_id=scene_id,
        user_id=snowflake(fields.mapping(member, "user"), "id"),
        content=cut(clean(ours[1] if ours else carried), MAX_CONTENT),
        msg_type="event",
        msg_id=identity,
        timestamp=iso(sent_at(identity)),
        conversation_id=snowflake(source, "channel_id"),
        extra={"event": "button"},
    )
