"""
WeChat Official Account events: which of them are a turn of somebody's, and what they say.

An event is a turn where a person did something that the account may answer. The rest (where
somebody is, which page they opened, how a template message went) is acknowledged and counted.
Source: WeChat developer documentation, "Receiving event pushes", "Custom menu event pushes".
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cococat.core.degrees import DEGREES
from cococat.core.errors import MalformedMessage
from cococat.core.text import clean

Values = Mapping[str, str]
"""A message's elements: path -> text."""
Extra = dict[str, str | bool]

_TURNS = frozenset(
    {"subscribe", "scan", "click", "scancode_push", "scancode_waitmsg", "location_select"}
)
_LONGEST = 256
"""Characters of a key or a label that are taken."""
_LONGEST_CODE = 4296
"""The same of a scanned code: no QR code holds more (ISO/IEC 18004, table 7)."""


@dataclass(frozen=True, slots=True)
class Event:
    """
    An event that is a turn.

    Attributes:
        name: the platform's, in small letters: it writes some names in capitals.
        content: the name, and what belongs to it.
        extra: the same in parts.
        identity: what parts it from others of the same second.

    """

    name: str
    content: str
    extra: Extra
    identity: str

    def key(self, user: str, created: str) -> str:
        """Return what stands for the id that events do not have, of *user* at *created*."""
        return f"{user}:{created}:{self.name}:{self.identity}"


def turn(values: Values) -> Event | None:
    """
    Return the event that *values* hold where it is a turn, or None.

    Raises:
        MalformedMessage: a place in it is none.

    """
    name = values.get("Event", "").lower()
    if name not in _TURNS:
        return None
    key = clean(values.get("EventKey", ""))[:_LONGEST]
    scanned = clean(values.get("ScanCodeInfo/ScanResult", ""))[:_LONGEST_CODE]
    extra: Extra = {"event": name, "key": key}
    said = key
    if scanned:
        said, extra = scanned, extra | {"scan_result": scanned}
    found = place(values, "SendLocationInfo/") if name == "location_select" else None
    if found is not None:
        said, extra = found.content, extra | found.extra
    identity = f"{key}:{scanned}" if scanned else key
    return Event(name, f"{name} {said}".strip(), extra, identity)


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is: in words with latitude and longitude, and in parts."""

    content: str
    extra: Extra


def place(values: Values, prefix: str) -> Place | None:
    """
    Return the place in the elements whose paths begin with *prefix*, or None for no place.

    Raises:
        MalformedMessage: latitude or longitude is no number.

    """
    # In the platform's words X is the latitude.
    latitude, longitude = (values.get(f"{prefix}Location_{axis}", "") for axis in "XY")
    if not (latitude or longitude):
        return None
    if not (DEGREES.fullmatch(latitude) and DEGREES.fullmatch(longitude)):
        raise MalformedMessage("a place that is none")
    label = clean(values.get(f"{prefix}Label", ""))[:_LONGEST]
    extra: Extra = {"latitude": latitude, "longitude": longitude, "label": label}
    return Place(f"{label} ({latitude},{longitude})".strip(), extra)
