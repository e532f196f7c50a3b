"""web_api for the contract tests."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from cococat.core.directory import ChannelBinding, ChannelDirectory
from cococat.core.http import Request, Response
from cococat.simulators.transport import Transport
from cococat.simulators.web_api import WebApiCaller
from tests.support.api import by_endpoint
from tests.support.clock import FakeClock
from tests.support.network import FileHost, Network

FILES = "files.example"


@dataclass
class WebApiPlatform:
    """Callers with one key."""

    caller: WebApiCaller
    files: FileHost
    _messages: dict[tuple[str, str], str] = field(default_factory=dict)
    _acknowledged: list[bool] = field(default_factory=list)

    def deliver(self, user: str, text: str) -> None:
        """Bring *text* of *user* to us, under a key of its own."""
        key = hashlib.sha256(f"{user}/{text}".encode()).hexdigest()
        self._keep(user, text, self.caller.ask(user, text, idempotency_key=key))

    def deliver_image(self, user: str, content: bytes) -> None:
        """Bring a picture of *user* to us, by its URL."""
        path = f"/{len(self.files.files)}.png"
        self.files.files[path] = content
        file = {"kind": "image", "name": "cat.png", "url": f"https://{FILES}{path}"}
        question = {"user_id": user, "content": "", "attachments": [file]}
        self._keep(user, path, self.caller.post(json.dumps(question).encode()))

    def _keep(self, user: str, text: str, response: Response) -> None:
        self._acknowledged.append(response.status in (200, 202))
        if self._acknowledged[-1]:
            self._messages[user, text] = json.loads(response.body)["id"]

    def acknowledged(self) -> list[bool]:
        """Tell of each question whether it was taken."""
        return self._acknowledged

    def heard(self, user: str) -> list[str]:
        """Fetch every answer that is there."""
        replies = [answer["reply"] for answer in self._answers(user)]
        return [reply for reply in replies if reply is not None]

    def kinds(self, user: str) -> list[str]:
        """Return what the answers have, one after the other."""
        return [kind for answer in self._answers(user) for kind in _kinds(answer)]

    def drafts(self, user: str) -> list[str]:
        """Return nothing: an answer is fetched when it is whole."""
        return []

    def _answers(self, user: str) -> list[dict[str, Any]]:
        fetched = [
            self.caller.fetch(identity)
            for (asker, _), identity in self._messages.items()
            if asker == user
        ]
        return [json.loads(response.body) for response in fetched]


def _kinds(answer: dict[str, Any]) -> list[str]:
    """Return what one answer has."""
    found = [answer["format"]] if answer.get("reply") else []
    found += ["card"] if answer.get("card") else []
    return found + [file["kind"] for file in answer.get("files", [])]


class WebApiCase:
    """The web_api channel; see `cases.ChannelCase`."""

    channel_type = title = "web_api"
    resend_safe = True
    in_place = False
    tries = 1

    def config(self, scene: str) -> dict[str, Any]:
        """Return the entry's endpoint."""
        return {"endpoint": f"/api/channel/{scene}"}

    def secrets(self, scene: str) -> dict[str, Any]:
        """Return the entry's key."""
        return {"api_key": f"key-of-the-scene-{scene}"}

    def find(self, directory: ChannelDirectory, request: Request) -> ChannelBinding | None:
        """Return the channel that *request* is for."""
        return by_endpoint(directory, request)

    def platform(
        self, scene: str, transport: Transport, clock: FakeClock, network: Network
    ) -> WebApiPlatform:
        """Return callers of *scene*'s entry."""
        caller = WebApiCaller(
            transport=transport,
            endpoint=self.config(scene)["endpoint"],
            api_key=self.secrets(scene)["api_key"],
        )
        files = FileHost()
        network.hosts[FILES] = files
        return WebApiPlatform(caller, files)

    def bad_requests(self, scene: str) -> dict[str, tuple[Request, int]]:
        """Return one request for each kind of refusal."""
        good = {"user_id": "ann", "content": "hello"}
        return {
            "no key": (self._post(scene, good, {}), 401),
            "a wrong key": (self._post(scene, good, {"x-api-key": "wrong"}), 401),
            "another scene's key": (self._post(scene, good, self._key("other")), 401),
            "nobody's address": (self._post("nowhere", good), 404),
            "not JSON": (self._post(scene, b"{"), 400),
            "not UTF-8": (self._post(scene, b'{"user_id": "a", "content": "\xff"}'), 400),
            "wrong types": (self._post(scene, good | {"user_id": True}), 400),
            "NUL": (self._post(scene, good | {"content": "a\x00b"}), 400),
            "a lone surrogate": (self._post(scene, good | {"content": "a\ud800b"}), 400),
            "oversize": (self._post(scene, good | {"content": "a" * 131_073}), 413),
            "oversize as JSON": (self._post(scene, good | {"content": '"' * 131_072}), 413),
        }

    def _post(
        self, scene: str, body: dict[str, Any] | bytes, headers: dict[str, str] | None = None
    ) -> Request:
        return Request(
            method="POST",
            path=self.config(scene)["endpoint"],
            headers=self._key(scene) if headers is None else headers,
            body=body if isinstance(body, bytes) else json.dumps(body).encode(),
        )

    def _key(self, scene: str) -> dict[str, str]:
        return {"x-api-key": self.secrets(scene)["api_key"]}
