"""Pictures that somebody sends as one come one after the other."""

from typing import Any

import pytest

from tests.support.telegram import Stage


@pytest.fixture(name="stage")
def _stage() -> Stage:
    return Stage()


def show(stage: Stage, bot: str, chat: int, **more: Any) -> None:  # noqa: ANN401 - JSON
    """Let a person send the next picture of an album."""
    simulated = stage.telegram.bots[bot]
    said = stage.telegram.message(simulated, chat) | {"media_group_id": "a"} | more
    said |= {"photo": [{"file_id": f"file-{said['message_id']}", "width": 9, "height": 9}]}
    simulated.deliver({"message": said}, stage.clock.now())


def test_an_album_that_comes_bit_by_bit_is_one_message(stage: Stage) -> None:
    """The first batch has the caption, which is for us; the others say nothing."""
    bot = stage.want()
    stage.replica()
    stage.clock.advance(2)
    name = f"@{stage.telegram.bots[bot].username}"
    mention = {"type": "mention", "offset": 0, "length": len(name)}
    show(stage, bot, -1000, caption=f"{name} see", caption_entities=[mention])
    stage.clock.advance(0.3)
    show(stage, bot, -1000)
    show(stage, bot, -1000)
    stage.clock.advance(4)
    (got,) = stage.inbox.got

    assert (got.content, len(got.attachments)) == ("see", 3)
    assert stage.telegram.bots[bot].confirmed == 3


def test_a_replica_that_dies_while_an_album_grows_leaves_it_whole(stage: Stage) -> None:
    """Nothing of it was confirmed, so the next one sees all of it."""
    bot = stage.want()
    first = stage.replica("a")
    stage.clock.advance(2)
    show(stage, bot, 7, caption="see")
    stage.clock.advance(0.2)
    first.stop()
    show(stage, bot, 7)
    stage.clock.advance(1)
    stage.replica("b")
    stage.clock.advance(4)

    assert [len(each.attachments) for each in stage.inbox.got] == [2]
