"""
Messages that somebody has forwarded together (`merge_forward`), as one text.

The event says no more than that; what they are is fetched when the attachment is opened, in one
request.

    [2027-01-15T08:00:00.000+00:00] Ann
    > first line
    > second line

Only what somebody wrote begins with `>`, so none of it passes for a message of its own.

Source: Feishu Open Platform, "Get the content of a message": `items` has the message itself and
those in it, each with `upper_message_id`; a file of theirs can't be fetched ("Get resource files
of a message", 234043). Not documented: that what is inside of a forwarded forward comes in the
same answer (other programs rely on it; where it does not, `[合并转发]` stands there), and the
query `with_sender_name` with `sender_name` (in the official SDK, lark-oapi 1.7.5; without it the
senders' ids stand there).
"""

from collections.abc import Iterator
from itertools import islice

from cococat.core import feishu_content, feishu_mentions, fields
from cococat.core.channels import Fetched
from cococat.core.clock import iso
from cococat.core.errors import AttachmentRefused, MalformedMessage, PlatformUnreachable
from cococat.core.feishu_api import Call, FeishuApi
from cococat.core.feishu_event import Json, seconds
from cococat.core.feishu_mentions import Mentions
from cococat.core.feishu_post import said
from cococat.core.text import clean, cut

HEAD = "[合并转发]"
REST = "[其余未显示]"
RECALLED = "[已撤回]"
MOST = 200
"""Messages that are shown; Feishu's own clients forward a hundred at once."""
DEEPEST = 5
"""Forwards inside of each other that are shown."""
MAX_TEXT = 256 * 1024
MAX_ANSWER = 4 * 1024 * 1024
"""Bytes of Feishu's answer."""
MAX_NAME = 255


def fetch(api: FeishuApi, message: str) -> Fetched:
    """
    Return what was forwarded in *message* (a segment of a path) as text/plain in UTF-8.

    Raises:
        AttachmentRefused: there is nothing in it.
        AnswerTooLong: it is more than we read.
        DeliveryError: Feishu does not give it, now or ever.
        PlatformUnreachable: Feishu could not be asked, or its answer can't be read.

    """
    query = (("with_sender_name", "true"),)
    call = Call(method="GET", path=f"/im/v1/messages/{message}", query=query)
    try:
        source = api.call(call, MAX_ANSWER)
        items = fields.objects(fields.mapping(source, "data"), "items")
    except MalformedMessage as error:
        raise PlatformUnreachable("Feishu's answer can't be read") from error
    content = to_text(items, message)
    if content == HEAD:
        raise AttachmentRefused("gone")
    return Fetched(content_type="text/plain; charset=utf-8", pieces=(content.encode("utf-8"),))


def to_text(items: list[Json], message: str) -> str:
    """Return those of *items* that were forwarded in *message*, the oldest first."""
    inside: dict[str, list[Json]] = {}
    for each in sorted(items, key=_time):
        inside.setdefault(said(each, "upper_message_id"), []).append(each)
    found = list(islice(_blocks(inside, message, 0), MOST + 1))
    whole = clean("\n".join([HEAD, *found[:MOST]]))
    content = cut(whole, MAX_TEXT)
    is_all = content == whole and len(found) <= MOST
    return content if is_all else f"{content}\n{REST}"


def _blocks(inside: dict[str, list[Json]], message: str, depth: int) -> Iterator[str]:
    """Yield the lines of each message in *message*, and after it of those that are in it."""
    margin = "  " * depth
    for each in inside.get(message, []):
        head = f"[{iso(_time(each))}] {_sender(each)}"
        lines = [head, *(f"> {line}" for line in _text(each).splitlines())]
        yield "\n".join(f"{margin}{line}" for line in lines)
        if depth < DEEPEST:
            yield from _blocks(inside, said(each, "message_id"), depth + 1)


def _time(item: Json) -> float:
    return seconds(item.get("create_time"))


def _sender(item: Json) -> str:
    sender = item.get("sender")
    known = sender if isinstance(sender, dict) else {}
    name = said(known, "sender_name") or said(known, "id")
    return cut(clean(" ".join(name.split())), MAX_NAME)


def _text(item: Json) -> str:
    if item.get("deleted") is True:
        return RECALLED
    body = item.get("body")
    # That of a forward inside of this one is a sentence, and so is read as nothing.
    content = feishu_content.parse(body.get("content") if isinstance(body, dict) else None)
    kind = said(item, "msg_type")
    return feishu_content.read(kind, content, "", _mentions(item)).text


def _mentions(item: Json) -> Mentions:
    """Return who is mentioned; here, unlike in events, an `id` is a text."""
    known = feishu_mentions.entries(item)
    names = {said(each, "key"): f"@{said(each, 'name')}" for each in known}
    return Mentions(names=names, addressed=False)
