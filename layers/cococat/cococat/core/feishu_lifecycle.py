"""
What Feishu tells of the app itself: in which chats its bot is, and whether it may be used.

Source: Feishu Open Platform, "Event list": "Bot added to group", "Bot removed from group",
"Group disbanded", and of schema 1.0 the same two of bots, "App enabled or disabled", "App
uninstalled".
"""

from cococat.core.channel_status import PlatformEvent
from cococat.core.feishu_event import Event
from cococat.core.feishu_turn import optional

_ADDED = ("bot_added", "The bot was added to a chat.")
_REMOVED = (
    "bot_removed",
    "The bot was removed from a chat, and hears and says nothing there any more.",
)
_DISBANDED = ("chat_disbanded", "A chat that the bot was in was disbanded.")
_IN_CHATS = {
    "im.chat.member.bot.added_v1": (*_ADDED, "chat_id"),
    "im.chat.member.bot.deleted_v1": (*_REMOVED, "chat_id"),
    "im.chat.disbanded_v1": (*_DISBANDED, "chat_id"),
    "add_bot": (*_ADDED, "open_chat_id"),
    "remove_bot": (*_REMOVED, "open_chat_id"),
}
"""Kind -> code, sentence, and the key of the chat's id."""

_STARTED = ("app_started", "An administrator has enabled the app.")
_STOPPED = ("app_stopped", "An administrator has disabled the app; one has to enable it again.")
_CUT_OFF = ("app_stopped", "Feishu has disabled the app; ask its support why.")
_UNINSTALLED = ("app_uninstalled", "The app was uninstalled; an administrator has to install it.")
_OF_APP = {
    ("app_open", ""): _STARTED,
    ("app_status_change", "start_by_tenant"): _STARTED,
    ("app_status_change", "stop_by_tenant"): _STOPPED,
    ("app_status_change", "stop_by_platform"): _CUT_OFF,
    ("app_uninstalled", ""): _UNINSTALLED,
}
"""Kind and status -> code and sentence."""


def read(event: Event, generation: int) -> PlatformEvent | None:
    """
    Return what *event* tells of the app, or None where it is of something else.

    Args:
        event: what came in.
        generation: of the channel's wish.

    Raises:
        MalformedMessage: it is not of its form.

    """
    if event.kind in _IN_CHATS:
        code, message, key = _IN_CHATS[event.kind]
        chat = optional(event.body, key)
        return PlatformEvent(
            code=code, message=message, chat=chat, at=event.created, generation=generation
        )
    status = event.body.get("status", "") if event.kind == "app_status_change" else ""
    told = _OF_APP.get((event.kind, status)) if isinstance(status, str) else None
    if told is None:
        return None
    code, message = told
    stops = told is not _STARTED
    return PlatformEvent(
        code=code, message=message, at=event.created, generation=generation, stops=stops
    )
