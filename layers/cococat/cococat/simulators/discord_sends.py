"""
What bots send to Discord, and what it refuses.

Source: Discord API documentation, "Create Message", "Embed limits", "Component reference",
"Rate Limits", "JSON error codes".
"""

import json
from collections.abc import Sequence
from email import message_from_bytes
from email.message import Message
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cococat.simulators.discord import Place, SimulatedBot, SimulatedDiscord

TEXT, NONCE, FILE = 2000, 25, 10 * 1024 * 1024
EMBEDS, EMBED, TITLE, DESCRIPTION, FIELDS, VALUE = 10, 6000, 256, 4096, 25, 1024
BUTTON, OPENS = 2, 5
"""Type of a button, and the style of one that opens a page."""
IN_A_ROW, ROWS, LABEL, ADDRESS, CUSTOM_ID = 5, 5, 80, 512, 100
NONCE_IS_KNOWN = 180.0
"""Seconds for which a nonce is remembered; the documentation says a few minutes."""
SENDS, WITHIN = 5, 5.0
"""The rate limit of one channel."""

Json = dict[str, Any]


class Refused(Exception):
    """Raised when a request is refused; carries the answer."""

    def __init__(self, status: int, code: int, message: str, **more: Any) -> None:  # noqa: ANN401 - JSON
        super().__init__(message)
        self.status = status
        self.body: Json = {"code": code, "message": message} | more
        self.headers: dict[str, str] = {}


def book(place: "Place", now: float) -> dict[str, str]:
    """Return the headers of the rate limit for one more send, or refuse it."""
    place.sends = [each for each in place.sends if each > now - WITHIN]
    reset = max(0.0, place.sends[0] + WITHIN - now) if place.sends else WITHIN
    if len(place.sends) >= SENDS:
        refused = Refused(429, 0, "You are being rate limited.", retry_after=reset)
        refused.body["global"] = False
        refused.headers = {"retry-after": str(int(reset) + 1), "x-ratelimit-scope": "user"}
        raise refused
    place.sends.append(now)
    return {
        "x-ratelimit-limit": str(SENDS),
        "x-ratelimit-remaining": str(SENDS - len(place.sends)),
        "x-ratelimit-reset-after": f"{reset:.3f}",
        "x-ratelimit-bucket": "simulated",
    }


def create(
    discord: "SimulatedDiscord",
    bot: "SimulatedBot",
    place: "Place",
    body: bytes,
    headers: dict[str, str],
) -> Json:
    """Create a message, or return the one that was created with the same nonce."""
    if place.locked:
        raise Refused(403, 160005, "Thread is locked")
    asked, files = _read(body, headers.get("content-type", ""))
    check(asked, files)
    reference = _reference(asked, place)
    nonce = asked.get("nonce")
    if nonce and asked.get("enforce_nonce"):
        earliest = discord.now() - NONCE_IS_KNOWN
        known = [
            each
            for each in place.messages
            if each.get("nonce") == nonce and each["author"]["id"] == bot.id
            if each["sent_at"] > earliest
        ]
        if known:
            return known[0]
    message = discord.message(place, bot.user, asked.get("content", "")) | {
        name: asked[name] for name in ("nonce", "embeds", "components") if name in asked
    }
    message["sent_at"] = discord.now()
    message["attachments"] = [
        {"id": str(number), "filename": name, "size": len(content)}
        for number, (name, content) in enumerate(files)
    ]
    message |= reference
    message["pings"] = asked.get("allowed_mentions") != {"parse": []}
    place.archived = False
    place.messages.append(message)
    discord.tell(bot, "MESSAGE_CREATE", message)
    return message


def _read(body: bytes, content_type: str) -> tuple[Json, list[tuple[str, bytes]]]:
    if content_type == "application/json":
        return json.loads(body), []
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    form = message_from_bytes(head + body)
    if not form.is_multipart():
        raise Refused(400, 50035, "Invalid Form Body")
    asked: Json = {}
    files = []
    for part in form.walk():
        name = part.get_param("name", header="content-disposition")
        if name == "payload_json":
            asked = json.loads(_bytes(part))
        elif name and str(name).startswith("files["):
            files.append((part.get_filename() or "", _bytes(part)))
    return asked, files


def _bytes(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def check(asked: Json, files: Sequence[tuple[str, bytes]] = ()) -> None:
    """Refuse a message that nobody may send."""
    content = asked.get("content") or ""
    if len(content.encode("utf-16-le")) // 2 > TEXT:
        raise _invalid("content", "BASE_TYPE_MAX_LENGTH")
    if len(str(asked.get("nonce", ""))) > NONCE:
        raise _invalid("nonce", "BASE_TYPE_MAX_LENGTH")
    if not (content.strip() or asked.get("embeds") or asked.get("components") or files):
        raise Refused(400, 50006, "Cannot send an empty message")
    if any(len(file) > FILE for _, file in files):
        raise Refused(413, 40005, "Request entity too large")
    _check_embeds(asked.get("embeds", []))
    _check_components(asked.get("components", []))


def _check_components(rows: list[Json]) -> None:
    buttons = [button for row in rows for button in row["components"]]
    is_good = len(rows) <= ROWS and all(1 <= len(row["components"]) <= IN_A_ROW for row in rows)
    if not is_good or not all(_is_button(each) for each in buttons):
        raise _invalid("components", "BASE_TYPE_BAD_LENGTH")
    carried = [each["custom_id"] for each in buttons if "custom_id" in each]
    if len(set(carried)) < len(carried):
        raise _invalid("components", "COMPONENT_CUSTOM_ID_DUPLICATED")


def _is_button(button: Json) -> bool:
    """Tell whether a component is a button that opens a page, or one that can be pressed."""
    opens, carries = len(button.get("url", "")), len(button.get("custom_id", ""))
    is_one = carries == 0 if button["style"] == OPENS else opens == 0
    is_whole = 1 <= (opens or carries) <= (ADDRESS if opens else CUSTOM_ID)
    return button["type"] == BUTTON and is_one and is_whole and 1 <= len(button["label"]) <= LABEL


def _check_embeds(embeds: list[Json]) -> None:
    whole = 0
    for embed in embeds:
        pairs = [(each["name"], each["value"]) for each in embed.get("fields", [])]
        texts = [(embed.get("title", ""), TITLE), (embed.get("description", ""), DESCRIPTION)]
        texts += [(name, TITLE) for name, _ in pairs] + [(value, VALUE) for _, value in pairs]
        whole += sum(len(text) for text, _ in texts)
        is_good = all(name and value for name, value in pairs) and len(pairs) <= FIELDS
        if not is_good or any(len(text) > most for text, most in texts):
            raise _invalid("embeds", "BASE_TYPE_BAD_LENGTH")
    if len(embeds) > EMBEDS or whole > EMBED:
        raise _invalid("embeds", "MAX_EMBED_SIZE_EXCEEDED")


def _reference(asked: Json, place: "Place") -> Json:
    """Return what makes a message a reply; nothing for one to what is gone, if that may be."""
    reference = asked.get("message_reference")
    if reference is None:
        return {}
    if reference["message_id"] in [each["id"] for each in place.messages]:
        where = {"type": 0, "channel_id": place.id, "message_id": reference["message_id"]}
        return {"type": 19, "message_reference": where}
    if reference.get("fail_if_not_exists", True):
        raise _invalid("message_reference", "REPLIES_UNKNOWN_MESSAGE")
    return {}


def _invalid(field: str, code: str) -> Refused:
    errors = {field: {"_errors": [{"code": code, "message": ""}]}}
    return Refused(400, 50035, "Invalid Form Body", errors=errors)
