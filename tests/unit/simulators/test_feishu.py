import json
from typing import Any

import pytest

from cococat.core.http import Request, Response
from cococat.simulators.feishu import AGAIN_AFTER, FeishuPlatform, NotTaken, mention
from cococat.simulators.transport import Cut
from tests.support.clock import START, FakeClock
from tests.support.feishu import APPS, GROUP, PATH, SEALED, USER
from tests.support.feishu_attacks import a_platform, sealed_attacks
from tests.support.lark_platform import judge

BLIND = {
    "a digit moved into the nonce",
    "a stale signature",
    "a signature of tomorrow",
    "signed, but plain",
    "a plain handshake",
    "a handshake that can't be said again",
    "no token",
    "a token that is null",
    "another app",
    "no app",
    "an app that is no text",
    "no id",
    "an empty id",
    "an unknown schema",
}
"""What lark-oapi does not see, and we do."""


class TestAgainstLarkOapi:
    """What the simulator sends is what Feishu's own SDK takes for Feishu's."""

    @pytest.mark.parametrize("app", ["sealed", "plain"])
    def test_each_event_is_read_as_it_was_made(self, app: str) -> None:
        """Of both schemas, sealed and plain."""
        platform = a_platform(APPS[app])
        events = [
            platform.message(
                USER, {"text": "你好"}, chat=GROUP, mentions=(mention(1, "a", "ou_a"),)
            ),
            platform.event("im.chat.member.bot.added_v1", {"chat_id": GROUP}),
            platform.press(USER, {"says": "yes"}),
            platform.old_event("message", {"open_id": USER}),
        ]
        for event in events:
            judged = judge(platform.app, platform.request(event))
            assert judged.status == 200
            assert holds(event, judged.read[0])

    @pytest.mark.parametrize("app", ["sealed", "plain"])
    def test_a_handshake_is_answered(self, app: str) -> None:
        """Unsigned, as the platform sends it."""
        platform = a_platform(APPS[app])
        request = platform.request(platform.handshake("challenge"), signed=False)

        assert json.loads(judge(platform.app, request).content) == {"challenge": "challenge"}

    @pytest.mark.parametrize("name", [name for name in sealed_attacks() if name not in BLIND])
    def test_what_it_refuses_we_refuse(self, name: str) -> None:
        """Our door refuses all of this too, and more."""
        request, _ = sealed_attacks()[name]

        assert judge(SEALED, request).status == 500

    @pytest.mark.parametrize("name", sorted(BLIND))
    def test_it_is_blind_for_some(self, name: str) -> None:
        """Were that to change, its checks would be worth a look."""
        request, _ = sealed_attacks()[name]

        assert judge(SEALED, request).status == 200


def holds(made: Any, read: Any) -> bool:  # noqa: ANN401 - JSON
    """Tell whether what was *read* of an event is what was *made*, as far as it was read."""
    if isinstance(read, dict) and isinstance(made, dict):
        return all(holds(made.get(key), value) for key, value in read.items())
    if isinstance(read, list) and isinstance(made, list):
        return len(read) == len(made) and all(map(holds, made, read))
    return bool(made == read)


class TestDeliveries:
    """How an event is delivered, and how often."""

    def platform(self, clock: FakeClock, *answers: Response | None) -> FeishuPlatform:
        """Return a platform whose door gives *answers*; None for one that does not answer."""
        left = list(answers)

        def door(_request: Request) -> Response:
            answer = left.pop(0)
            if answer is None:
                clock.advance(3)
                raise Cut
            return answer

        return FeishuPlatform(
            app=SEALED, transport=door, path=PATH, now=clock.now, pause=clock.advance
        )

    def test_it_comes_again_after_its_times(self) -> None:
        """15 seconds, 5 minutes, an hour, six hours."""
        clock = FakeClock()
        good, bad = answer(200), answer(503)

        assert self.platform(clock, bad, None, bad, bad, good).write(USER, "hi") == 5
        assert clock.now() - START == sum(AGAIN_AFTER) + 3

    def test_it_is_given_up(self) -> None:
        """After the fifth."""
        with pytest.raises(NotTaken):
            self.platform(FakeClock(), *[answer(500)] * 5).write(USER, "hi")

    @pytest.mark.parametrize(
        ("said", "code"),
        [(None, "200341"), (500, "200671"), (200, "200672")],
    )
    def test_a_click_shows_an_error(self, said: int | None, code: str) -> None:
        """It is not told again."""
        platform = self.platform(FakeClock(), None if said is None else answer(said, "<"))
        with pytest.raises(NotTaken, match=code):
            platform.click(platform.press(USER, "yes"))

    @pytest.mark.parametrize("body", ["", "{}", '{"challenge": "x"}', "challenge"])
    def test_a_wrong_challenge_is_wrong(self, body: str) -> None:
        """The console says so."""
        assert not self.platform(FakeClock(), answer(200, body)).check_url()


def answer(status: int, body: str = "{}") -> Response:
    """Return an answer of a door."""
    return Response(status=status, body=body, headers={})
