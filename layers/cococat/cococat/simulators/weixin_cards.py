"""
Template cards of WeCom (企业微信): those that were sent, and what became of them.

Source: WeCom developer documentation, "Update template cards" (94888): the code of a card is
good once, and for 72 hours.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from cococat.simulators.weixin import App
from cococat.simulators.weixin_answer import Json, ok, problem
from cococat.simulators.weixin_message import (
    BAD_JSON,
    BAD_PARAMETER,
    MessageRefused,
    check_card,
)

CODE_LIFE = 72 * 3600
INTERACTIVE = ("button_interaction", "vote_interaction", "multiple_interaction")


@dataclass(slots=True)
class Cards:
    """
    The cards of all applications.

    Attributes:
        now: the time, seconds since 1970.
        updates: what cards were changed into, in order.

    """

    now: Callable[[], float]
    updates: list[Json] = field(default_factory=list)
    _codes: dict[str, float] = field(default_factory=dict)

    def sent(self, app: App, message: Json) -> Json:  # noqa: ARG002 - a company's codes are unique
        """Return what the answer to the sent *message* has besides."""
        card = message.get("template_card")
        if card is None or card["card_type"] not in INTERACTIVE:
            return {}
        return {"response_code": self.code()}

    def code(self) -> str:
        """Return a new code, as it comes with a tap or with a sent card."""
        code = secrets.token_urlsafe(32)
        self._codes[code] = self.now() + CODE_LIFE
        return code

    def update(self, app: App, raw: bytes) -> Json:
        """Change a card."""
        try:
            asked: Json = json.loads(raw)
            card = check_card(asked["template_card"], lambda _media: False)
        except MessageRefused as refused:
            return problem(refused.code)
        except (ValueError, KeyError):
            return problem(BAD_JSON)
        until = self._codes.pop(str(asked.get("response_code", "")), 0.0)
        if self.now() >= until or asked.get("agentid") != int(app.agent_id):
            return problem(BAD_PARAMETER)
        self.updates.append(card)
        return ok(invaliduser="")
