"""
Mentions in Feishu messages: the text holds placeholders, a list beside it says who they are.

Source: Feishu Open Platform, "Receive message v2.0" (im.message.receive_v1), member `mentions`.
"""

import re
from dataclasses import dataclass
from typing import Any

EVERYBODY = "@所有人"

# One pass over the whole text: a name may look like a placeholder, and @_user_1 begins @_user_12.
_PLACEHOLDER = re.compile(r"(@_user_[0-9]+|@_all)(?![A-Za-z0-9_])( ?)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """
    Who is mentioned in one message.

    Attributes:
        names: placeholder -> how to show it; our own is shown as nothing.
        addressed: whether the app's bot is among them.

    """

    names: dict[str, str]
    addressed: bool

    def resolve(self, text: str) -> str:
        """Return *text* with names in place of placeholders, and without the bot's own."""
        return _PLACEHOLDER.sub(self._shown, text).strip() if "@_" in text else text

    def name(self, placeholder: str, otherwise: str) -> str:
        """Return how to show one placeholder; *otherwise* is a name for one that is unknown."""
        if placeholder in ("@_all", "all"):
            return EVERYBODY
        return self.names.get(placeholder, f"@{otherwise}" if otherwise else "")

    def _shown(self, match: re.Match[str]) -> str:
        placeholder, space = match.groups()
        shown = self.name(placeholder, "")
        if placeholder in self.names and not shown:
            return ""
        return (shown or placeholder) + space


def entries(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Return `mentions` of *message*: where nobody is mentioned, it is null, empty or missing."""
    listed = message.get("mentions")
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def read(entries: list[dict[str, Any]], own: str) -> Mentions:
    """
    Return the mentions that *entries* tell of.

    Args:
        entries: `mentions` of the message.
        own: the bot's open_id; empty where it is not known. Any bot then counts as ours, and
            where the platform does not say who is one, anybody does: without the right to read
            all messages of a group, the platform sends us only those that mention us.

    What can't be read of an entry is passed over: its placeholder stays in the text.

    """
    names: dict[str, str] = {}
    addressed = False
    for each in entries:
        key, name, kind = each.get("key"), each.get("name"), each.get("mentioned_type")
        identity = each["id"] if isinstance(each.get("id"), dict) else {}
        is_everybody = key == "@_all" or identity.get("user_id") == "all"
        if is_everybody or not isinstance(key, str):
            continue
        is_own = identity.get("open_id") == own if own else kind == "bot"
        addressed = addressed or is_own or not (own or kind)
        if is_own or isinstance(name, str):
            names[key] = "" if is_own else f"@{name}"
    return Mentions(names=names, addressed=addressed)


NOBODY = Mentions(names={}, addressed=False)
"""The mentions of what mentions nobody."""
