"""Checking a wish that comes by API: every fault at once, and nothing that could lead elsewhere."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cococat.core import config_check
from cococat.core.channels.catalogue import CATALOGUE, available_types
from cococat.core.errors import ConfigError
from cococat.core.ids import ChannelAddress
from cococat.core.scenes import Fault, is_name, is_scene
from cococat.core.wishes import Source, Wish

TARGETS = ("scene", "agent")
URLS = ("api_base", "callback_url")
"""Keys whose values are hosts that credentials or messages would be sent to."""

_KEY = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_PLAIN_URL = re.compile(
    r"(?=.{1,2048}\Z)https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~%/-]*)?(\?[\w.~%&=/-]*)?",
    re.ASCII,
)
"""URLs that every library reads alike: without user, backslash or fragment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A config that came by API, as `config_check` wants it."""

    channel_type: str
    config: dict[str, Any] = field(repr=False)

    def fault(self, expected: str, key: str = "") -> Fault:
        """Return a fault of it; a key that no config has is named only where it is harmless."""
        is_shown = all(_KEY.fullmatch(part) for part in key.split("."))
        return Fault("request", "$.config" + (f".{key}" if is_shown else ""), expected)


def check(
    address: ChannelAddress, config: Mapping[str, Any], is_allowed_host: Callable[[str], bool]
) -> None:
    """
    Check a wish that comes by API.

    Raises:
        ConfigError: it is not valid; every fault is named.

    """
    faults = _address_faults(address)
    if not faults:
        asked = _Asked(channel_type=address.channel, config=dict(config))
        faults = config_check.check(asked) + _check_values(asked, is_allowed_host)
    if faults:
        raise ConfigError(*(str(fault) for fault in faults))


def check_address(address: ChannelAddress) -> None:
    """
    Check that there may be a channel at *address*.

    Raises:
        ConfigError: there can be none; every fault is named.

    """
    faults = _address_faults(address)
    if faults:
        raise ConfigError(*(str(fault) for fault in faults))


def to_wish(
    address: ChannelAddress, config: Mapping[str, Any], *, agent: str, mailbox: str
) -> Wish:
    """Return what is wanted, its secrets apart."""
    secret = config_check.secret_keys(address.channel)
    return Wish(
        address=address,
        scene_id=address.target_id if address.target_type == "scene" else "",
        agent=agent,
        mailbox=mailbox,
        config={key: value for key, value in config.items() if key not in secret},
        secrets={key: value for key, value in config.items() if key in secret},
        source=Source.API,
    )


def _address_faults(address: ChannelAddress) -> list[Fault]:
    known = CATALOGUE.get(address.channel)
    checks = {
        "target_type": (address.target_type in TARGETS, f"one of: {', '.join(TARGETS)}"),
        "target_id": (is_scene(address.target_id), "1 to 64 letters, digits, - and _"),
        "name": (is_name(address.name), "a name of 1 to 32 letters, digits, - and _"),
        "channel_type": (
            known is not None and bool(known.implementation),
            f"one of: {', '.join(available_types())}",
        ),
    }
    return [
        Fault("request", f"$.{key}", expected)
        for key, (holds, expected) in checks.items()
        if not holds
    ]


def _check_values(asked: _Asked, is_allowed_host: Callable[[str], bool]) -> list[Fault]:
    faults = [
        asked.fault("a value without ${: references stand in files only", key)
        for key, value in asked.config.items()
        if "${" in str(value)
    ]
    faults += [
        asked.fault(f"a URL whose host is on this deployment's list (AllowedHosts); {wrong}", key)
        for key in URLS
        if key in asked.config and (wrong := _wrong_url(asked.config[key], is_allowed_host))
    ]
    if config_check.is_of_a_platform(asked.config.get("endpoint")):
        faults.append(asked.fault("a path that is not a platform's", "endpoint"))
    return faults


def _wrong_url(url: Any, is_allowed_host: Callable[[str], bool]) -> str:  # noqa: ANN401 - JSON
    """Return what is wrong with *url*; empty for nothing."""
    if not isinstance(url, str) or not _PLAIN_URL.fullmatch(url):
        return "it is no plain URL"
    return "" if is_allowed_host(url) else "its host is not"
