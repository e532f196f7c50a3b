"""
Buttons of Discord's: people press them, and bots say that they have heard of it.

Source: Discord API documentation, "Receiving and Responding" (interaction object, interaction
callback type), "Message components", "JSON error codes".
"""

import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cococat.simulators.discord_sends import Refused, check

if TYPE_CHECKING:
    from cococat.simulators.discord import Place, SimulatedBot, SimulatedDiscord

PATIENCE = 3.0
"""Seconds in which a press has to be answered."""
MESSAGE, DEFERRED_UPDATE = 4, 6
"""Types of an answer that a press takes, as far as bots of ours give them."""

Json = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Interaction:
    """
    The press of a button.

    Attributes:
        id: its id.
        token: with which it is answered.
        at: when the button was pressed.
        event: what the gateway tells of it.
        answer: what the bot has said to it; None where that came too late, or has not come yet.

    """

    id: str
    token: str = field(default_factory=lambda: secrets.token_urlsafe(120))
    at: float
    event: Json = field(default_factory=dict, repr=False)
    answer: Json | None = None


def press(
    discord: "SimulatedDiscord",
    bot: "SimulatedBot",
    place: "Place",
    author: Json,
    label: str,
) -> Interaction:
    """Let *author* press the newest button in *place* that is labelled *label*."""
    with discord.lock:
        message, button = _find(place, label)
        made = Interaction(id=discord.new_id(), at=discord.now())
        made.event = _event(bot, place, author, made, message, button)
        bot.interactions[made.id] = made
        for session in bot.sessions.values():
            session.emit("INTERACTION_CREATE", made.event)
        return made


def answer(discord: "SimulatedDiscord", identity: str, token: str, body: bytes) -> None:
    """Take a bot's answer to a press; who has the token needs no other right."""
    known = [bot.interactions.get(identity) for bot in discord.bots.values()]
    made = next((each for each in known if each is not None and each.token == token), None)
    if made is None or discord.now() - made.at > PATIENCE:
        raise Refused(404, 10062, "Unknown interaction")
    if made.answer is not None:
        raise Refused(400, 40060, "Interaction has already been acknowledged.")
    said = json.loads(body)
    if said.get("type") not in (MESSAGE, DEFERRED_UPDATE):
        raise Refused(400, 50035, "Invalid Form Body")
    if said["type"] == MESSAGE:
        check(said["data"])
    made.answer = said


def _find(place: "Place", label: str) -> tuple[Json, Json]:
    for message in reversed(place.messages):
        for row in message["components"]:
            for button in row["components"]:
                if button["label"] == label and "custom_id" in button:
                    return message, button
    raise LookupError(label)


def _event(
    bot: "SimulatedBot",
    place: "Place",
    author: Json,
    made: Interaction,
    message: Json,
    button: Json,
) -> Json:
    who: Json = {"user": author}
    if place.guild_id:
        member: Json = {"user": author, "roles": [], "joined_at": "2026-01-01T00:00:00+00:00"}
        member |= {"deaf": False, "mute": False, "flags": 0, "permissions": "0"}
        who = {"member": member, "guild_id": place.guild_id, "guild": {"id": place.guild_id}}
    return who | {
        "id": made.id,
        "application_id": bot.id,
        "type": 3,
        "data": {"id": 2, "component_type": 2, "custom_id": button["custom_id"]},
        "channel": {"id": place.id, "type": place.kind},
        "channel_id": place.id,
        "token": made.token,
        "version": 1,
        "message": message,
        "app_permissions": "0",
        "locale": "en-US",
        "entitlements": [],
        "authorizing_integration_owners": {},
        "context": 0 if place.guild_id else 1,
        "attachment_size_limit": 10 * 1024 * 1024,
    }
