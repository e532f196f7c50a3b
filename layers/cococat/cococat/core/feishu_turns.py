"""
Which Feishu events are the agent's turn, and which are only counted.

Source: Feishu Open Platform, "Event list", sections on messages, chats and cards.
"""

from collections.abc import Callable
from dataclasses import dataclass

from cococat.core import feishu_card_action, feishu_message, feishu_turn, fields
from cococat.core.feishu_content import Content
from cococat.core.feishu_event import Event
from cococat.core.feishu_turn import Place, Turn, named


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """
    Who listens.

    Attributes:
        scene_id: the scene.
        everything: whether every message of a group is for us.
        own: returns the bot's open_id; empty where it is not known.

    """

    scene_id: str
    everything: bool
    own: Callable[[], str]


def read(event: Event, listener: Listener) -> Turn | None:
    """
    Return the turn that *event* is, or None for one that is only counted.

    Raises:
        MalformedMessage: it is not of its form.

    """
    match event.kind:
        case "im.message.receive_v1":
            return feishu_message.read(
                event, listener.scene_id, own=listener.own, everything=listener.everything
            )
        case "message":
            return feishu_message.read_first_schema(
                event, listener.scene_id, everything=listener.everything
            )
        case feishu_card_action.KIND:
            return feishu_card_action.read(event, listener.scene_id)
        case "im.chat.member.bot.added_v1":
            return _added(event, listener)
        case _:
            return None


def _added(event: Event, listener: Listener) -> Turn:
    """Return the turn that the bot's coming into a group is, so that the agent may greet it."""
    return feishu_turn.make(
        event,
        Place(chat=named(event.body, "chat_id")),
        scene_id=listener.scene_id,
        user=named(fields.mapping(event.body, "operator_id"), "open_id"),
        said=Content(kind="event", text="bot_added"),
        extra={"event": "bot_added"},
    )
