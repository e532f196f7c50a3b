"""Whoever uses a stack whose channels come and go by API, and what they say."""

from pathlib import Path
from typing import Any

from cococat.simulators.web_api import WebApiCaller
from cococat.simulators.wechat import OutOfOrder, WeChatPlatform
from tests.support.api import error, value
from tests.support.deployed import ACCOUNT, Deployed
from tests.support.files import folder

ENDPOINT, KEY = "/api/channel/shop/ask", "key-of-the-operator-0123"
WEB = {"endpoint": ENDPOINT, "api_key": KEY}
WECHAT = {"app_id": ACCOUNT.app_id, "token": ACCOUNT.token}
CACHED = 10
USER = "oUser-of-the_account-0123456"


def caller(stack: Deployed, key: str = KEY, endpoint: str = ENDPOINT) -> WebApiCaller:
    """Return somebody who asks at *endpoint*."""
    return WebApiCaller(transport=stack.door, endpoint=endpoint, api_key=key)


def ask(stack: Deployed, text: str = "hello") -> str | None:
    """Ask at the endpoint and return the reply, or None where nobody takes it."""
    answer = caller(stack).ask("ann", text, wait=5)
    if answer.status == 404:
        assert error(answer) == "not_found"
        return None
    assert answer.status == 200, answer.body
    reply: str = value(answer)["reply"]
    return reply


def write(
    stack: Deployed, text: str = "hello", platform: WeChatPlatform | None = None
) -> str | None:
    """Let a follower write, and return what they read, or None where the account is dead."""
    try:
        return (platform or stack.account()).write(USER, text)
    except OutOfOrder:
        return None


def scenes(tmp_path: Path, agents: dict[str, Any], **entries: Any) -> Path:  # noqa: ANN401 - JSON
    """Return a scenes folder on disk."""
    for name, text in folder(agents, **entries).items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return tmp_path
