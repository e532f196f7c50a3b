"""Which listener and which check each channel type has; a type's code is imported when needed."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from cococat.core.directory import ChannelBinding
from cococat.core.listener import Listener

LISTENERS = {
    "discord": "sidecar.discord_bot:listener",
    "telegram": "sidecar.telegram:listener",
}
"""Channel type -> what makes its listener; see `cococat.core.listener.MakeListener`."""
CHECKS = {
    "discord": "sidecar.discord_bot:check_token",
    "telegram": "sidecar.telegram:check_token",
}
"""Channel type -> what checks its token; see `cococat.core.listener.ValidatesToken`."""


def make_listener(binding: ChannelBinding) -> Listener:
    """Return the listener of *binding*."""
    made: Listener = _find(LISTENERS[binding.address.channel])(binding)
    return made


def check_token(binding: ChannelBinding) -> tuple[str, ...]:
    """Return what an operator should know of *binding*; see `ValidatesToken`."""
    warnings: tuple[str, ...] = _find(CHECKS[binding.address.channel])(binding)
    return warnings


def _find(name: str) -> Callable[[ChannelBinding], Any]:
    module, _, function = name.partition(":")
    found: Callable[[ChannelBinding], Any] = getattr(import_module(module), function)
    return found
