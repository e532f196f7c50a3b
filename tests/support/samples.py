"""One example of everything, to be varied by a test."""

from cococat.core.directory import ChannelBinding
from cococat.core.ids import ChannelAddress, message_id
from cococat.core.mailbox import MailboxMessage
from cococat.core.messages import ChatMessage
from cococat.core.reply_address import LIFETIME, ReplyAddress, seal
from cococat.core.wishes import Wish
from tests.support.clock import START

ADDRESS = ChannelAddress(target_type="scene", target_id="shop", channel="web_api", name="web_api")
ENDPOINT = "/api/channel/web"
API_KEY = "sk-0123456789abcdef"
REPLY_KEY = "reply-key-of-the-channel"
MAILBOX = "queue://mailbox"
OUTBOX = "queue://outbox"


def binding(
    address: ChannelAddress = ADDRESS,
    *,
    config: dict[str, object] | None = None,
    reply_key: str = REPLY_KEY,
    mailbox: str = MAILBOX,
) -> ChannelBinding:
    """Return a channel that is to run."""
    return ChannelBinding(
        address=address,
        scene_id=address.target_id,
        config={"endpoint": ENDPOINT, "api_key": API_KEY} if config is None else config,
        agent="support",
        mailbox=mailbox,
        reply_key=reply_key,
        generation=1,
    )


def identity(key: str = "one", address: ChannelAddress = ADDRESS) -> str:
    """Return the id of the message that its sender calls *key*."""
    return message_id(address, None, key)


def reply_address(
    key: str = "one", *, address: ChannelAddress = ADDRESS, user: str = "ann"
) -> ReplyAddress:
    """Return where the answer to the message called *key* goes."""
    return ReplyAddress(
        address=address,
        message_id=identity(key, address),
        user_id=user,
        conversation_id=user,
        expires_at=int(START) + LIFETIME,
        generation=1,
    )


def chat_message(content: str = "hello", *, user: str = "ann") -> ChatMessage:
    """Return a message as a channel parses it."""
    return ChatMessage(
        channel_type="web_api",
        scene_id="shop",
        user_id=user,
        content=content,
        msg_id="platform-1",
        timestamp="2027-01-15T08:00:00.000+00:00",
        conversation_id=user,
    )


def mailbox_message(
    content: str = "hello", key: str = "one", *, address: ChannelAddress = ADDRESS
) -> MailboxMessage:
    """Return a message as an agent's mailbox holds it."""
    return MailboxMessage(
        id=identity(key, address),
        sender="scene:shop:web_api:ann",
        content=content,
        timestamp="2027-01-15T08:00:00.000+00:00",
        target_type=address.target_type,
        target_id=address.target_id,
        scene_id="shop",
        channel=address.channel,
        external_user="ann",
        msg_type="text",
        msg_id="platform-1",
        conversation_id="ann",
        reply=seal(reply_address(key, address=address), REPLY_KEY),
    )


def wish(
    address: ChannelAddress = ADDRESS,
    *,
    config: dict[str, object] | None = None,
    secrets: dict[str, object] | None = None,
    mailbox: str = MAILBOX,
    agent: str = "support",
    enabled: bool = True,
) -> Wish:
    """Return a channel as it is wanted."""
    return Wish(
        address=address,
        scene_id=address.target_id,
        agent=agent,
        mailbox=mailbox,
        config={"endpoint": ENDPOINT} if config is None else config,
        secrets={"api_key": API_KEY} if secrets is None else secrets,
        enabled=enabled,
    )
