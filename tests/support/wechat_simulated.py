"""The simulator of WeChat with somebody, or nobody, behind it."""

from collections.abc import Callable
from urllib.parse import parse_qs

from cococat.core.http import Request, Response
from cococat.simulators.wechat import Account, WeChatPlatform
from tests.support.clock import FakeClock
from tests.support.wechat import PATH, SAFE


def nobody(request: Request) -> Response:
    """Be no door."""
    raise AssertionError(request.path)


def platform(
    transport: Callable[[Request], Response] = nobody,
    *,
    account: Account = SAFE,
    kind: type[WeChatPlatform] = WeChatPlatform,
    clock: FakeClock | None = None,
) -> WeChatPlatform:
    """Return the platform's side of *account*."""
    time = clock or FakeClock()
    return kind(account=account, transport=transport, path=PATH, now=time.now, pause=time.advance)


def query_of(request: Request) -> dict[str, str]:
    """Return the values of a request's query."""
    return {name: values[0] for name, values in parse_qs(request.query).items()}
