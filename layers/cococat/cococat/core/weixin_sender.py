"""
Sending the parts of an answer to a member of a WeCom (企业微信) application.

A part whose first try may have arrived is sent with the platform's own check for repeats, which
compares whole messages: so the same try of the same part always makes the same message.
Source: WeCom developer documentation, "Send application messages" (90236), "Update template
cards" (94888).
"""

from dataclasses import dataclass

from cococat.core import weixin_body
from cococat.core.errors import (
    AnswerLost,
    DeliveryDelayed,
    DeliveryFailed,
    DeliveryUnknown,
    OperatorNeeded,
)
from cococat.core.http_client import HttpClient
from cococat.core.limits import LIMITS, MB
from cococat.core.messages import ReplyFile
from cococat.core.rendering import Kind, Part
from cococat.core.reply_files import TOO_LARGE, content_of
from cococat.core.weixin_api import WeComApi
from cococat.core.weixin_body import Json, Message
from cococat.core.weixin_errors import MEDIA, MEDIA_EXPIRED, OUT_OF_RANGE
from cococat.core.weixin_media import MediaIds, Uploaded

IMAGES = ("image/jpeg", "image/png")
VOICE, VIDEO = 2 * MB, 10 * MB
"""Bytes of what is heard or seen in the chat itself."""
AMR = b"#!AMR\n"
REPEAT_SECONDS = 600
"""Seconds for which a repeated message is not shown again."""
_LOST = {
    "invaliduser": ("weixin_invaliduser", OUT_OF_RANGE),
    "unlicenseduser": (
        "weixin_unlicenseduser",
        "a member has no licence for the application; give them one in the console",
    ),
}
"""Where an answer names members that got nothing -> reason and advice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """
    One part on its way to one member.

    Attributes:
        user_id: the member.
        part: what to send.
        key: the same for every try of it; empty for one that is not tried again.
        again: whether an earlier try may have arrived.
        response_code: what the card that was tapped can be changed with; empty for none.

    """

    user_id: str
    part: Part
    key: str = ""
    again: bool = False
    response_code: str = ""


class AppSender:
    """
    Sends what one application says.

    Args:
        api: WeCom's API.
        agent_id: the application's number.
        media: the files that were uploaded.
        public_http: calls hosts that agents name.

    """

    def __init__(
        self, api: WeComApi, agent_id: str, media: MediaIds, public_http: HttpClient
    ) -> None:
        self._api = api
        self._agent_id = int(agent_id)
        self._media = media
        self._public_http = public_http

    def send(self, outgoing: Outgoing) -> None:
        """
        Send one part.

        Raises:
            DeliveryError: it did not arrive, or may not have.
            PlatformUnreachable: WeCom could not be asked, or its answer got lost.

        """
        if outgoing.part.kind is Kind.FILE and outgoing.part.file is not None:
            return self._send_file(outgoing, outgoing.part.file)
        message = _written(outgoing)
        if message[0] == "template_card" and outgoing.response_code:
            return self._change_card(outgoing, message)
        return self._post(outgoing, message)

    def _post(self, outgoing: Outgoing, message: Message) -> None:
        kind, body = message
        asked: Json = {
            "touser": outgoing.user_id,
            "msgtype": kind,
            "agentid": self._agent_id,
            kind: body,
        }
        if outgoing.again:
            asked |= {"enable_duplicate_check": 1, "duplicate_check_interval": REPEAT_SECONDS}
        _check_reached(self._api.post("message/send", asked), outgoing.user_id)

    def _change_card(self, outgoing: Outgoing, message: Message) -> None:
        """Let the card that was tapped become another one; its code is good once."""
        if outgoing.again:
            raise DeliveryFailed("unknown")
        asked: Json = {
            "userids": [outgoing.user_id],
            "agentid": self._agent_id,
            "response_code": outgoing.response_code,
            "template_card": message[1],
        }
        _check_reached(self._api.post("message/update_template_card", asked), outgoing.user_id)

    def _send_file(self, outgoing: Outgoing, file: ReplyFile) -> None:
        try:
            uploaded = self._media.get(outgoing.key, lambda: self._upload(file))
        except DeliveryFailed as error:
            if error.code not in (TOO_LARGE, *MEDIA) or not file.source.startswith("https://"):
                raise
            line = weixin_body.text(f"{file.name} {file.source}")
            return self._post(outgoing, line)
        try:
            self._post(outgoing, weixin_body.file(uploaded))
        except DeliveryDelayed as error:
            if error.code != MEDIA_EXPIRED:
                raise
            uploaded = self._media.renew(outgoing.key, lambda: self._upload(file))
            self._post_renewed(outgoing, weixin_body.file(uploaded))

    def _post_renewed(self, outgoing: Outgoing, message: Message) -> None:
        """Send a file that was uploaded again; that helps at once, or never."""
        try:
            self._post(outgoing, message)
        except DeliveryDelayed as error:
            if error.code == MEDIA_EXPIRED:
                raise DeliveryFailed(MEDIA_EXPIRED) from error
            raise

    def _upload(self, file: ReplyFile) -> Uploaded:
        """Upload *file*; what WeCom does not show as what it is is a file."""
        limits = LIMITS["weixin"]
        limit = limits.image if file.kind == "image" else limits.file
        content, content_type = content_of(file, self._public_http, limit)
        kind = _kind(file, content, content_type)
        try:
            return self._upload_as(kind, file.name, content, content_type)
        except DeliveryFailed as error:
            if kind == "file" or error.code not in MEDIA:  # too long, another codec …
                raise
            return self._upload_as("file", file.name, content, content_type)

    def _upload_as(self, kind: str, name: str, content: bytes, content_type: str) -> Uploaded:
        try:
            media_id = self._api.upload(kind, name, content, content_type)
        except (DeliveryUnknown, AnswerLost) as error:
            # Nobody sees a file that is uploaded twice.
            raise DeliveryDelayed("not_uploaded") from error
        return Uploaded(kind=kind, media_id=media_id)


def _kind(file: ReplyFile, content: bytes, content_type: str) -> str:
    """Return as what WeCom shows *file*: image, voice, video or file."""
    if file.kind == "image":
        return "image" if content_type in IMAGES else "file"
    if content.startswith(AMR) and len(content) <= VOICE:
        return "voice"
    return "video" if content_type == "video/mp4" and len(content) <= VIDEO else "file"


def _written(outgoing: Outgoing) -> Message:
    part = outgoing.part
    if part.kind is Kind.CARD and part.card is not None:
        return weixin_body.card(part.card, outgoing.key)
    if part.kind is Kind.MARKDOWN:
        return weixin_body.markdown(part.text)
    return weixin_body.text(part.text)


def _check_reached(answer: Json, user_id: str) -> None:
    """Raise OperatorNeeded where a good answer says that the member got nothing."""
    for name, (code, advice) in _LOST.items():
        lost = answer.get(name)
        if isinstance(lost, str) and user_id.casefold() in lost.casefold().split("|"):
            raise OperatorNeeded(code, advice)
