"""An answer that is far too long for one message, on every channel that may send on."""

import re

import pytest

from cococat.core.mailbox import MailboxMessage
from cococat.core.messages import Format, Reply
from tests.contract.cases import CASES, ChannelCase
from tests.contract.stage import Stage
from tests.support.backends import MemoryBackend
from tests.support.world import World

SECTION = """## 第 {number} 节 🐈

A paragraph about cats, 也有中文，还有 👩‍👩‍👧 and 🇨🇳.

| name | age |
|---|---|
| 咪咪 | {number} |

```python
for cat in cats({number}):
    print(cat)
```

"""
LONG = "".join(SECTION.format(number=number) for number in range(400))[:40_000]
IN_ONE_REQUEST = ("wechat", "bot")
"""Words of the titles of channels whose answer has its place in the platform's own requests."""


def cases() -> list[ChannelCase]:
    """Return the channels that may send as often as they like, in time."""
    own = [case for case in CASES if not {"by", "in"} & set(case.title.split())]
    return [case for case in own if not set(case.title.split()) & set(IN_ONE_REQUEST)]


def visible(text: str) -> str:
    """Return *text* without white space, and without the ends of its blocks of code."""
    return re.sub(r"\s|```(?:python)?", "", text)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.title)
@pytest.mark.parametrize("form", Format)
def test_it_arrives_whole_and_in_order(case: ChannelCase, form: Format) -> None:
    """In legal parts and at the legal rate: the platforms drop what comes too fast."""
    stage = Stage(World(MemoryBackend()), case)

    def answer(_message: MailboxMessage) -> Reply:
        return Reply(text=LONG, format=form)

    platform, agent = stage.connect(answer)
    platform.deliver("ann", "hello")
    stage.world.settle()

    heard = "".join(platform.heard("ann"))
    if form is Format.TEXT:
        assert visible(heard) == visible(LONG)
    else:
        numbers = [f"cats({number}):" for number in range(400) if f"cats({number}):" in LONG]
        assert re.findall(r"cats\(\d+\):", heard) == numbers
        assert re.findall("咪咪", heard) == re.findall("咪咪", LONG)
    assert len(agent.seen) == 1
    assert stage.reasons() == []
