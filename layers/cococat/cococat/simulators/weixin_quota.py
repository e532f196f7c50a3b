"""
What WeCom (企业微信) lets an application send to one member, and what it drops without a word.

Source: WeCom developer documentation, "Send application messages" (90236): 30 a minute and 1,000
an hour to each member; surplus is dropped, and the answer still says ok.
"""

PER_MINUTE = 30
PER_HOUR = 1000
MINUTE, HOUR = 60, 3600


class Quota:
    """The messages that one application has sent to each member."""

    def __init__(self) -> None:
        self._sent: dict[str, list[float]] = {}

    def take(self, user: str, now: float) -> bool:
        """Count one message to *user* and return whether it is shown to them."""
        recent = [moment for moment in self._sent.get(user, []) if now - moment < HOUR]
        last_minute = sum(now - moment < MINUTE for moment in recent)
        is_shown = last_minute < PER_MINUTE and len(recent) < PER_HOUR
        self._sent[user] = [*recent, now] if is_shown else recent
        return is_shown
