"""
Discord's REST API, as far as bots of ours call it.

Source: Discord API documentation, "API Reference", "Rate Limits", "Create Message", "Get Channel
Messages", "Create DM", "Get Gateway Bot", "Get Current Application", "JSON error codes".
"""

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.simulators import discord_cdn, discord_presses, discord_sends
from cococat.simulators.discord_sends import Refused

if TYPE_CHECKING:
    from cococat.simulators.discord import Place, SimulatedBot, SimulatedDiscord

PREFIX = "/api/v10"
MAY_READ = 1 << 19
UNAUTHORIZED = Refused(401, 0, "401: Unauthorized")

Json = dict[str, Any]

_CALLBACK = re.compile(r"/interactions/([0-9]+)/([A-Za-z0-9_-]+)/callback")
_GUILD = re.compile(r"/guilds/([0-9]+)/roles")
_ROUTE = re.compile(r"/channels/(?P<place>[0-9]+)/(?P<what>messages|typing)(/(?P<one>[0-9]+))?")


def answer(discord: "SimulatedDiscord", request: HttpRequest) -> HttpAnswer:
    """Answer *request* as the API does."""
    url = urlsplit(request.url)
    headers = {name.lower(): value for name, value in request.headers.items()}
    if url.path.startswith(discord_cdn.PATH):
        return discord_cdn.answer(discord, url.path, url.query)
    if not headers.get("user-agent", "").startswith("DiscordBot ("):
        return HttpAnswer(status=403, body=b"error code: 1010")
    try:
        return _answer(discord, request, headers)
    except Refused as refused:
        return said(refused.status, refused.body, refused.headers)


def _answer(
    discord: "SimulatedDiscord", request: HttpRequest, headers: dict[str, str]
) -> HttpAnswer:
    url = urlsplit(request.url)
    path = url.path.removeprefix(PREFIX)
    pressed = _CALLBACK.fullmatch(path)
    if pressed is not None:
        discord_presses.answer(discord, pressed[1], pressed[2], request.body)
        return HttpAnswer(status=204)
    bot = _bot(discord, headers)
    if request.method == "PATCH":
        return said(200, _patch(discord, bot, path, request.body))
    if request.method == "POST":
        return _post(discord, bot, path, request, headers)
    return said(200, _get(discord, bot, path, parse_qs(url.query)))


def said(status: int, value: Any, headers: dict[str, str] | None = None) -> HttpAnswer:  # noqa: ANN401 - JSON
    """Return an answer with JSON, as the API gives it."""
    common = {"content-type": "application/json", "via": "1.1 google"}
    body = json.dumps(value, ensure_ascii=False).encode("utf-8")
    return HttpAnswer(status=status, headers=common | (headers or {}), body=body)


def _bot(discord: "SimulatedDiscord", headers: dict[str, str]) -> "SimulatedBot":
    word, _, token = headers.get("authorization", "").partition(" ")
    bot = discord.find(token) if word == "Bot" else None
    if bot is None:
        raise UNAUTHORIZED
    return bot


def _get(
    discord: "SimulatedDiscord", bot: "SimulatedBot", path: str, query: dict[str, list[str]]
) -> Any:  # noqa: ANN401 - JSON
    match path:
        case "/users/@me":
            return bot.user
        case "/applications/@me" | "/oauth2/applications/@me":
            return _application(bot)
        case "/gateway" | "/gateway/bot":
            limit = {"total": 1000, "remaining": bot.remaining, "reset_after": 60_000}
            shards = {"shards": bot.shards, "session_start_limit": limit | {"max_concurrency": 1}}
            return {"url": discord.gateway} | shards
    guild = _GUILD.fullmatch(path)
    if guild is not None:
        return roles(guild[1], bot)
    match = _ROUTE.fullmatch(path)
    if match is None or match["what"] == "typing":
        raise Refused(404, 0, "404: Not Found")
    place = _place(bot, match["place"])
    found = [_find(place, match["one"])] if match["one"] else _listed(place, query)
    shown = [_without_guild(discord_cdn.signed_anew(discord, each)) for each in found]
    return shown[0] if match["one"] else shown


def _post(
    discord: "SimulatedDiscord",
    bot: "SimulatedBot",
    path: str,
    request: HttpRequest,
    headers: dict[str, str],
) -> HttpAnswer:
    match = _ROUTE.fullmatch(path)
    if match is not None and match["what"] == "typing":
        bot.typed.append(_place(bot, match["place"]).id)
        return HttpAnswer(status=204)
    if match is not None and not match["one"]:
        if bot.failing:
            return bot.failing.pop(0)
        place = _place(bot, match["place"])
        limits = discord_sends.book(place, discord.now())
        sent = discord_sends.create(discord, bot, place, request.body, headers)
        return said(200, sent, limits)
    if path == "/users/@me/channels":
        asked = json.loads(request.body)
        place = discord.conversation(bot, str(asked["recipient_id"]))
        return said(200, {"id": place.id, "type": 1})
    raise Refused(404, 0, "404: Not Found")


def _patch(discord: "SimulatedDiscord", bot: "SimulatedBot", path: str, body: bytes) -> Json:
    """Change a message; what it said before is kept in `earlier`."""
    match = _ROUTE.fullmatch(path)
    if match is None or not match["one"]:
        raise Refused(404, 0, "404: Not Found")
    place = _place(bot, match["place"])
    if place.archived:
        raise Refused(400, 50083, "Thread is archived")
    message = _find(place, match["one"])
    if message["author"]["id"] != bot.id:
        raise Refused(403, 50005, "Cannot edit a message authored by another user")
    asked = json.loads(body)
    discord_sends.check(asked)
    message.setdefault("earlier", []).append(message["content"])
    return discord.edit(bot, message, asked["content"])


def roles(guild: str, bot: "SimulatedBot") -> list[Json]:
    """Return the roles of a guild that *bot* is in, its own among them."""
    if guild not in [place.guild_id for place in bot.places.values()]:
        raise Refused(404, 10004, "Unknown Guild")
    common: Json = {
        "permissions": "0",
        "position": 0,
        "color": 0,
        "colors": {"primary_color": 0},
        "hoist": False,
        "mentionable": True,
    }
    own = {"name": "cococat", "tags": {"bot_id": bot.id}, "managed": True}
    return [common | {"id": guild, "name": "@everyone"}, common | {"id": bot.role_id} | own]


def _application(bot: "SimulatedBot") -> Json:
    return {
        "id": bot.id,
        "name": "cococat",
        "icon": None,
        "description": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "00",
        "owner": bot.user,
        "flags": MAY_READ if bot.may_read else 0,
        "approximate_guild_count": 1,
    }


def _place(bot: "SimulatedBot", identity: str) -> "Place":
    if identity not in bot.places:
        raise Refused(404, 10003, "Unknown Channel")
    return bot.places[identity]


def _find(place: "Place", identity: str) -> Json:
    found = [each for each in place.messages if each["id"] == identity]
    if not found:
        raise Refused(404, 10008, "Unknown Message")
    return found[0]


def _listed(place: "Place", query: dict[str, list[str]]) -> list[Json]:
    """Return a list as the API does: those next to the anchor, the newest first."""
    after, most = int(query.get("after", ["0"])[0]), int(query.get("limit", ["50"])[0])
    found = [each for each in place.messages if int(each["id"]) > after]
    chosen = found[:most] if "after" in query else found[-most:]
    return list(reversed(chosen))


def _without_guild(message: Json) -> Json:
    """Return *message* as it is outside of the gateway."""
    return {name: value for name, value in message.items() if name not in ("guild_id", "member")}
