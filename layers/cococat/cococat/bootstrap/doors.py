"""The doors, wired. Nothing here may reach an agent: a door never calls one."""

import re
from functools import cache

from cococat.bootstrap.common import channels, directory
from cococat.core.directory import ChannelBinding
from cococat.core.door import Door
from cococat.core.http import Request

_MESSAGE = re.compile(r"/messages/[^/]*$")


@cache
def web_api() -> Door:
    """Return the door of the Web API, with its clients made."""
    directory()
    return Door(_by_endpoint, channels())


def _by_endpoint(request: Request) -> ChannelBinding | None:
    return directory().by_endpoint(_MESSAGE.sub("", request.path))
