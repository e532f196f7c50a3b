"""
Parts of an answer on their way to Feishu: what each becomes, and where it goes.

Source: Feishu Open Platform, "Send message", "Reply to message", "Update a sent card", "Content
of sent messages", "Upload image", "Upload file".
"""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from cococat.core import feishu_cards
from cococat.core.card_lines import card_lines
from cococat.core.channels import Delivery
from cococat.core.errors import DeliveryFailed, DeliveryUnknown, MalformedMessage, OperatorNeeded
from cococat.core.feishu_api import Call, FeishuApi, segment
from cococat.core.feishu_cards import unmentioned
from cococat.core.feishu_errors import CARD_REFUSED, GONE
from cococat.core.fields import mapping, text
from cococat.core.http_client import HttpClient
from cococat.core.limits import Limits
from cococat.core.messages import ReplyFile
from cococat.core.multipart import FormFile, form
from cococat.core.rendering import Kind
from cococat.core.reply_files import content_of

KEY_LENGTH = 50
"""Characters of an idempotency key; for an hour the same key sends nothing twice."""

_DOCUMENTS = {
    ".pdf": "pdf",
    ".doc": "doc",
    ".docx": "doc",
    ".xls": "xls",
    ".xlsx": "xls",
    ".ppt": "ppt",
    ".pptx": "ppt",
}
"""Ending -> type of an upload; a video or a sound of such a type could not be sent as a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """
    One message in the platform's form.

    Attributes:
        kind: its `msg_type`.
        content: its content, which travels as JSON in a string.

    """

    kind: str
    content: dict[str, Any]

    def to_body(self) -> dict[str, Any]:
        """Return what every way to send it has in common."""
        return {"msg_type": self.kind, "content": feishu_cards.written(self.content)}


class FeishuSender:
    """
    Sends through one app.

    Args:
        api: the app's API.
        files: fetches the files that an agent names.
        limits: what the platform takes.

    """

    def __init__(self, api: FeishuApi, files: HttpClient, limits: Limits) -> None:
        self._api = api
        self._files = files
        self._limits = limits

    def deliver(self, delivery: Delivery) -> str:
        """
        Send one part where it was asked, and return the platform's id of the message.

        A card that answers a click takes the place of the card that was clicked; one that the
        platform refuses for what is on it, as too many tables, is said in words.

        Raises:
            DeliveryError: it did not arrive, or may not have.
            PlatformUnreachable: the platform could not be asked, or its answer got lost.

        """
        place, said = delivery.to.in_place, self._said(delivery)
        clicked = place.get("card", "")
        try:
            if clicked and said.kind == "interactive" and self._replaced(clicked, said):
                return clicked
            return self.put(place, said, delivery.key[:KEY_LENGTH])
        except DeliveryFailed as failed:
            if failed.code != CARD_REFUSED or delivery.part.card is None:
                raise
            words = plain(card_lines(delivery.part.card))
            return self.put(place, words, f"t{delivery.key}"[:KEY_LENGTH])

    def put(self, place: dict[str, str], said: Said, key: str) -> str:
        """
        Send *said* to where the answer in *place* goes; see `deliver`.

        Args:
            place: the message that is answered, if there is one, and its chat and thread.
            said: the message.
            key: the same for each try.

        """
        if "message" in place:
            try:
                return self._reply(place["message"], said, key, in_thread="thread" in place)
            except DeliveryFailed as failed:
                if failed.code != GONE:
                    raise
        return self.send("chat_id", place["chat"], said, f"n{key}"[:KEY_LENGTH])

    def send(self, kind: str, to: str, said: Said, key: str) -> str:
        """
        Send a new message and return the platform's id of it; see `deliver`.

        Args:
            kind: what *to* is: chat_id, open_id …
            to: who gets it.
            said: the message.
            key: the same for each try.

        """
        body = said.to_body() | {"receive_id": to, "uuid": key}
        query = (("receive_id_type", kind),)
        return _message_id(
            self._api.call(Call(method="POST", path="/im/v1/messages", query=query, body=body))
        )

    def _reply(self, message: str, said: Said, key: str, *, in_thread: bool) -> str:
        body = said.to_body() | {"uuid": key} | ({"reply_in_thread": True} if in_thread else {})
        path = f"/im/v1/messages/{segment(message)}/reply"
        return _message_id(self._api.call(Call(method="POST", path=path, body=body)))

    def _replaced(self, message: str, said: Said) -> bool:
        """Put a card in the place of *message*, if that can still be replaced."""
        body = {"content": said.to_body()["content"]}
        try:
            self._api.call(
                Call(method="PATCH", path=f"/im/v1/messages/{segment(message)}", body=body)
            )
        except DeliveryFailed as failed:
            if isinstance(failed, OperatorNeeded) or failed.code == CARD_REFUSED:
                raise
            return False
        return True

    def _said(self, delivery: Delivery) -> Said:
        part = delivery.part
        if part.kind is Kind.MARKDOWN:
            return markdown(part.text)
        if part.kind is Kind.CARD and part.card is not None:
            thread = delivery.to.in_place.get("thread", "")
            card = feishu_cards.card_json(part.card, delivery.reply.format, thread)
            return Said(kind="interactive", content=card)
        if part.kind is Kind.FILE and part.file is not None:
            return self._file(part.file)
        return plain(part.text)

    def _file(self, file: ReplyFile) -> Said:
        content, media_type = content_of(file, self._files, self._limits.file)
        if media_type.startswith("image/") and len(content) <= self._limits.image:
            picture = FormFile(key="image", name=file.name, content=content)
            key = self._upload("images", "image_key", form({"image_type": "message"}, picture))
            return Said(kind="image", content={"image_key": key})
        about = {"file_type": _upload_type(file.name), "file_name": file.name}
        upload = form(about, FormFile(key="file", name=file.name, content=content))
        return Said(kind="file", content={"file_key": self._upload("files", "file_key", upload)})

    def _upload(self, kind: str, key: str, upload: tuple[bytes, str]) -> str:
        """Upload a file and return its key; one that was uploaded twice is only sent once."""
        answer = self._api.call(Call(method="POST", path=f"/im/v1/{kind}", raw=upload))
        return in_data(answer, key)


def plain(words: str) -> Said:
    """Return a text."""
    return Said(kind="text", content={"text": unmentioned(words)})


def markdown(words: str) -> Said:
    """Return a post that is all markdown."""
    paragraph = [{"tag": "md", "text": unmentioned(words)}]
    return Said(kind="post", content={"zh_cn": {"content": [paragraph]}})


def _upload_type(name: str) -> str:
    return _DOCUMENTS.get(PurePosixPath(name).suffix.lower(), "stream")


def _message_id(answer: dict[str, Any]) -> str:
    return in_data(answer, "message_id")


def in_data(answer: dict[str, Any], name: str) -> str:
    """
    Return the text called *name* in what Feishu answers.

    Raises:
        DeliveryUnknown: it is not there, so nobody can say what was done.

    """
    try:
        return text(mapping(answer, "data"), name)
    except MalformedMessage:
        raise DeliveryUnknown("answer_unreadable") from None
