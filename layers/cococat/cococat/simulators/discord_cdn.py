"""
Files at Discord's: people send them, and their addresses are good for a day.

Source: Discord API documentation, "Attachment object", "Signed attachment CDN URLs" (ex, is, hm).
"""

import hashlib
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote

from cococat.core.http_client import HttpAnswer

if TYPE_CHECKING:
    from cococat.simulators.discord import SimulatedDiscord

HOST = "https://cdn.discordapp.com"
PATH = "/attachments/"
GOOD_FOR = 24 * 3600
"""Seconds for which an address is good."""
SECRET = "of the simulator's"  # noqa: S105 - nobody's

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """
    A file.

    Attributes:
        id: its id.
        name: its name.
        content_type: what its sender's client says that it is.
        content: its bytes.

    """

    id: str
    name: str
    content_type: str
    content: bytes = field(repr=False)


def upload(discord: "SimulatedDiscord", name: str, content: bytes, content_type: str) -> Json:
    """Keep a file, and return it as a message has it."""
    with discord.lock:
        file = File(id=discord.new_id(), name=name, content_type=content_type, content=content)
        discord.files[file.id] = file
        return _attachment(discord, file)


def signed_anew(discord: "SimulatedDiscord", message: Json) -> Json:
    """Return *message* with addresses that are good from now on."""
    files = discord.files
    anew = [
        each | _attachment(discord, files[each["id"]]) if each["id"] in files else each
        for each in message["attachments"]
    ]
    return message | {"attachments": anew}


def answer(discord: "SimulatedDiscord", path: str, query: str) -> HttpAnswer:
    """Give out a file, to whoever has an address that is still good."""
    asked = parse_qs(query)
    file = discord.files.get(path.removeprefix(PATH).partition("/")[0])
    ends = asked.get("ex", ["0"])[0]
    is_good = file is not None and asked.get("hm") == [_sign(file.id, ends)]
    if file is None or not is_good or int(ends, 16) < discord.now():
        body = b"This content is no longer available."
        return HttpAnswer(status=HTTPStatus.NOT_FOUND, body=body)
    headers = {"content-type": file.content_type}
    return HttpAnswer(status=HTTPStatus.OK, headers=headers, body=file.content)


def _attachment(discord: "SimulatedDiscord", file: File) -> Json:
    now = int(discord.now())
    ends = f"{now + GOOD_FOR:x}"
    base = HOST if discord.base.startswith("https://") else discord.base
    where = f"{base}{PATH}{file.id}/{quote(file.name)}"
    return {
        "id": file.id,
        "filename": file.name,
        "size": len(file.content),
        "content_type": file.content_type,
        "url": f"{where}?ex={ends}&is={now:x}&hm={_sign(file.id, ends)}",
    }


def _sign(identity: str, ends: str) -> str:
    return hashlib.sha256(f"{SECRET} {identity} {ends}".encode()).hexdigest()
