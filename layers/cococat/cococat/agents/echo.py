"""echo: says what it is told, to see the whole way work."""

from cococat.core.mailbox import MailboxMessage
from cococat.core.messages import UNREADABLE

_KINDS = {"image": "图片", "voice": "语音", "video": "视频"}


def answer(message: MailboxMessage) -> str:
    """Return the message's own text, or what came in place of one."""
    if message.content.strip():
        return message.content
    files = [f"[{_KINDS.get(each.kind, '文件')}] {each.name}" for each in message.attachments]
    return "\n".join(each.strip() for each in files) or UNREADABLE
