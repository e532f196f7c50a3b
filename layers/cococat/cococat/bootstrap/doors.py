"""The doors, wired. Nothing here may reach an agent: a door never calls one."""

import re
from functools import cache

from cococat.bootstrap.common import channels, directory, libraries
from cococat.core.directory import ChannelBinding
from cococat.core.door import Door
from cococat.core.http import Request
from cococat.core.ids import ChannelAddress

_PLATFORM = re.compile(r"/api/channel/[a-z]+/(agents/)?([^/]+)(?:/([^/]+))?")
_MESSAGE = re.compile(r"/messages/[^/]*$")


@cache
def web_api() -> Door:
    """Return the door of the Web API, with its clients made."""
    directory()
    return Door(_by_endpoint, channels())


@cache
def wechat() -> Door:
    """Return the door of WeChat Official Accounts, with its clients made and its code imported."""
    directory()
    libraries().cipher  # noqa: B018 - imported while Lambda still gives its full processor
    libraries().xml  # noqa: B018
    return Door(lambda request: _by_address("wechat", request), channels())


def _by_address(channel_type: str, request: Request) -> ChannelBinding | None:
    """Return the channel of `/api/channel/{type}/[agents/]{target}[/{name}]`."""
    match = _PLATFORM.fullmatch(request.path)
    if match is None:
        return None
    agents, target, name = match.groups()
    address = ChannelAddress(
        target_type="agent" if agents else "scene",
        target_id=target,
        channel=channel_type,
        name=name or channel_type,
    )
    return directory().by_address(address)


def _by_endpoint(request: Request) -> ChannelBinding | None:
    return directory().by_endpoint(_MESSAGE.sub("", request.path))
