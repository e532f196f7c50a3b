"""The doors, wired. Nothing here may reach an agent: a door never calls one."""

import re
from functools import cache, lru_cache, partial

from cococat.bootstrap.common import channels, directory, libraries
from cococat.core.channels import channel_class
from cococat.core.directory import ChannelBinding
from cococat.core.door import Door
from cococat.core.http import Request
from cococat.core.ids import ChannelAddress

_PLATFORM = re.compile(r"/api/channel/[a-z]+/(agents/)?([^/]+)(?:/([^/]+))?")
_MESSAGE = re.compile(r"/messages/[^/]*$")


@cache
def web_api() -> Door:
    """Return the door of the Web API, with its clients made and its code imported."""
    directory()
    channel_class("web_api")  # imported while Lambda still gives its full processor
    return Door(_by_endpoint, channels())


@cache
def wechat() -> Door:
    """Return the door of WeChat Official Accounts, with its clients made and its code imported."""
    directory()
    channel_class("wechat")  # imported while Lambda still gives its full processor
    libraries().cipher  # noqa: B018
    libraries().xml  # noqa: B018
    return Door(partial(_by_address, "wechat"), channels())


@cache
def weixin() -> Door:
    """Return the door of WeCom apps and bots, with its clients made and its code imported."""
    from cococat.core import weixin_app, weixin_bot  # noqa: F401 - the code of both kinds

    directory()
    channel_class("weixin")  # imported while Lambda still gives its full processor
    libraries().cipher  # noqa: B018
    libraries().xml  # noqa: B018
    return Door(partial(_by_address, "weixin"), channels())


@cache
def feishu() -> Door:
    """Return the door of Feishu apps, with its clients made and its code imported."""
    directory()
    channel_class("feishu")  # imported while Lambda still gives its full processor
    libraries().cipher  # noqa: B018
    return Door(partial(_by_address, "feishu"), channels())


@lru_cache(maxsize=256)
def address_in(channel_type: str, path: str) -> ChannelAddress | None:
    """Return the channel that `/api/channel/{type}/[agents/]{target}[/{name}]` means."""
    match = _PLATFORM.fullmatch(path)
    if match is None:
        return None
    agents, target, name = match.groups()
    return ChannelAddress(
        target_type="agent" if agents else "scene",
        target_id=target,
        channel=channel_type,
        name=name or channel_type,
    )


def _by_address(channel_type: str, request: Request) -> ChannelBinding | None:
    address = address_in(channel_type, request.path)
    return None if address is None else directory().by_address(address)


def _by_endpoint(request: Request) -> ChannelBinding | None:
    return directory().by_endpoint(_MESSAGE.sub("", request.path))
