"""feishu for the contract tests: as our simulator says, and as lark-oapi says too."""

import hashlib
from dataclasses import replace
from typing import Any

from cococat.bootstrap.doors import address_in
from cococat.core.directory import ChannelBinding, ChannelDirectory
from cococat.core.http import Request
from cococat.simulators.feishu import App, FeishuPlatform, direct_chat
from cococat.simulators.feishu_api import FeishuServer
from cococat.simulators.transport import Transport
from tests.support.clock import FakeClock
from tests.support.feishu import SEALED, settings
from tests.support.feishu_attacks import a_platform, delivery, sealed_attacks
from tests.support.lark_platform import LarkPlatform
from tests.support.network import Network

KINDS = {"post": "markdown", "interactive": "card"}
"""Kinds of messages by the platform's own words -> ours, where they differ."""
SOME = (
    "no signature",
    "a wrong signature",
    "a stale signature",
    "another key",
    "a letter that was changed",
    "an envelope without its last block",
    "signed, but plain",
    "plain",
    "an unsigned event that says it is a handshake",
    "a digit moved into the nonce",
    "full-width digits",
    "a wrong token",
    "a token that is no ASCII",
    "another app",
    "inner text that is no JSON",
)


class FeishuUsers:
    """The users of one app, in direct chats with its bot."""

    def __init__(self, platform: FeishuPlatform, server: FeishuServer) -> None:
        self._platform = platform
        self._server = server
        self._acknowledged: list[bool] = []
        server.chats.placed = platform.placed

    def deliver(self, user: str, text: str) -> None:
        """Bring *text* of *user* to us, under an id of its own."""
        name = f"om_{hashlib.sha256(f'{user}/{text}'.encode()).hexdigest()[:32]}"
        event = self._platform.message(_open_id(user), {"text": text}, message_id=name)
        self._acknowledged.append(self._platform.try_once(event))

    def deliver_image(self, user: str, content: bytes) -> None:
        """Bring a picture of *user* to us."""
        event = self._platform.message(_open_id(user), {"image_key": "img_1"}, kind="image")
        name = event["event"]["message"]["message_id"]
        self._server.resources[name, "img_1"] = ("image/png", content)
        self._acknowledged.append(self._platform.try_once(event))

    def drafts(self, user: str) -> list[str]:
        """Return what growing cards said before they were whole."""
        return [text for card in self._server.chats.kit.cards.values() for text in card.grown]

    def acknowledged(self) -> list[bool]:
        """Tell of each delivery whether it was answered well."""
        return self._acknowledged

    def heard(self, user: str) -> list[str]:
        """Return what *user* reads in the direct chat."""
        return self._server.chats.said(direct_chat(_open_id(user)))

    def kinds(self, user: str) -> list[str]:
        """Return what each of the app's messages in the direct chat is."""
        chat = direct_chat(_open_id(user))
        return [
            KINDS.get(each.kind, each.kind) for each in self._server.chats.sent if each.to == chat
        ]


class FeishuCase:
    """
    The feishu channel; see `cases.ChannelCase`.

    Args:
        title: what the tests call it.
        kind: the platform.
        refused: names of what its door has to refuse.

    """

    channel_type = "feishu"
    resend_safe = True
    in_place = False
    tries = 1

    def __init__(self, title: str, kind: type[FeishuPlatform], refused: tuple[str, ...]) -> None:
        self.title = title
        self._kind = kind
        self._refused = refused

    def config(self, scene: str) -> dict[str, Any]:
        """Return the app's id, and where its API is."""
        return {"app_id": self._app(scene).app_id, "api_base": f"https://{scene}.feishu.test"}

    def secrets(self, scene: str) -> dict[str, Any]:
        """Return its secret, its key and its token."""
        every = settings(self._app(scene))
        return {name: value for name, value in every.items() if name != "app_id"}

    def find(self, directory: ChannelDirectory, request: Request) -> ChannelBinding | None:
        """Return the channel that *request* is for."""
        address = address_in("feishu", request.path)
        return None if address is None else directory.by_address(address)

    def platform(
        self, scene: str, transport: Transport, clock: FakeClock, network: Network
    ) -> FeishuUsers:
        """Return the users of *scene*'s app."""
        server = FeishuServer(app=self._app(scene), now=clock.now)
        network.hosts[f"{scene}.feishu.test"] = server
        platform = self._kind(
            app=server.app,
            transport=transport,
            path=f"/api/channel/feishu/{scene}",
            now=clock.now,
            pause=clock.advance,
        )
        return FeishuUsers(platform, server)

    def bad_requests(self, scene: str) -> dict[str, tuple[Request, int]]:
        """Return one request for each kind of refusal."""
        assert scene == "shop"
        attacks = {name: request for name, (request, _) in sealed_attacks().items()}
        theirs = replace(a_platform(self._app("other")).request({}), path=delivery().path)
        return {
            **{name: (attacks[name], 403) for name in self._refused},
            "another scene's secrets": (theirs, 403),
            "an unknown scene": (replace(delivery(), path="/api/channel/feishu/nowhere"), 404),
            "another method": (replace(delivery(), method="GET"), 405),
        }

    def _app(self, scene: str) -> App:
        if scene == "shop":
            return SEALED
        letters = hashlib.sha256(scene.encode()).hexdigest()
        return App(
            app_id=f"cli_{letters[:16]}",
            app_secret=letters[:32],
            encrypt_key=letters[32:],
            verification_token=letters[:24],
        )


FEISHU = FeishuCase("feishu", FeishuPlatform, SOME)
FEISHU_BY_LARK = FeishuCase("feishu by lark-oapi", LarkPlatform, SOME[:2])


def _open_id(user: str) -> str:
    """Return *user* as the platform would call them."""
    return f"ou_{user if user.isascii() else user.encode().hex()}"
