"""What the tests of WeChat's passive window look at."""

from cococat.core import message_record
from cococat.core.http import Response
from cococat.core.message_record import MessageRecord
from tests.support.clock import START, Task
from tests.support.wechat import USER, OfficialAccount
from tests.support.wechat_forge import MESSAGE

SEND = "/cgi-bin/message/custom/send"


def record(account: OfficialAccount, msg_id: str = MESSAGE["MsgId"]) -> MessageRecord:
    """Return what is known of a message."""
    found = message_record.load(account.backend.items, account.identity(msg_id))
    assert found is not None
    return found


def now(account: OfficialAccount) -> float:
    """Return the seconds since the beginning."""
    return round(account.clock.now() - START, 3)


def texts(account: OfficialAccount, *connections: Task[Response]) -> list[str | None]:
    """Return what the platform reads in the answer of each of *connections*."""
    return [account.platform.read(each.result(), MESSAGE) for each in connections]


def late(account: OfficialAccount) -> list[str]:
    """Return the answers that came as messages of their own."""
    return account.seen[len(account.seen) - account.api.calls.count(SEND) :]


def ask(account: OfficialAccount, text: str = "hello") -> str | None:
    """Let the user write, and the agent answer late; return what the response says."""
    said = account.platform.write(USER, text)
    account.clock.advance(10)
    account.world.settle()
    return said
