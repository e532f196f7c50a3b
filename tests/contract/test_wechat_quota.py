"""A WeChat account whose quota of the day is used up, by either cryptography, also on moto."""

import pytest

from cococat.core.channel_status import Status, relevant
from tests.contract.cases import ChannelCase
from tests.contract.stage import Stage
from tests.contract.wechat_case import WECHAT, WECHAT_BY_WECHATPY, WeChatUsers
from tests.support.handlers import says


@pytest.fixture(name="case", params=[WECHAT, WECHAT_BY_WECHATPY], ids=lambda case: case.title)
def _case(request: pytest.FixtureRequest) -> ChannelCase:
    case: ChannelCase = request.param
    return case


def test_its_answers_wait_for_their_users(stage: Stage) -> None:
    """Each next message fetches one, in order and once; the operator is told."""
    platform, agent = stage.connect(says("one"), says("two"))
    assert isinstance(platform, WeChatUsers)
    platform.server.a_day = 0
    heard = []
    for text in ("hello", "and now?", "继续", "1"):
        platform.deliver("ann", text)
        stage.world.clock.advance(20)
        stage.world.settle()
        heard.append(list(platform.heard("ann")))

    assert heard == [[], ["one"], ["one", "two"], ["one", "two"]]
    assert (agent.seen, stage.reasons()) == (["hello", "and now?", "1"], [])
    seen = relevant(stage.world.observations.read(stage.address("shop")), 1)
    assert seen is not None
    assert seen.last_error is not None
    assert (seen.status, seen.last_error.code) == (Status.ERROR, "daily_quota_used")
