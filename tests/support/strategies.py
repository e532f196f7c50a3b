"""Made-up values of every kind."""

from hypothesis import strategies as st

from cococat.core import text
from cococat.core.ids import ChannelAddress
from cococat.core.mailbox import MailboxMessage
from cococat.core.messages import Attachment
from cococat.core.outbox_message import OutboxMessage
from cococat.core.reply_address import ReplyAddress

anything = st.text(st.characters(exclude_categories=[]), max_size=30)
"""Any text at all, lone surrogates and NUL too."""

sendable = st.text(st.characters(exclude_categories=["Cs"]).filter(text.is_sendable), max_size=30)
"""A text that may travel through a queue."""

identities = st.text("0123456789abcdef", min_size=64, max_size=64)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | anything,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(anything, inner, max_size=3),
    max_leaves=6,
)
"""Any JSON value."""

addresses = st.builds(
    ChannelAddress, target_type=anything, target_id=anything, channel=anything, name=anything
)

reply_addresses = st.builds(
    ReplyAddress,
    address=addresses,
    message_id=identities,
    user_id=anything,
    conversation_id=anything,
    expires_at=st.integers(0, 2**40),
    in_place=st.dictionaries(anything, anything, max_size=3),
)

attachments = st.builds(
    Attachment, kind=sendable, name=sendable, size=st.none() | st.integers(0), ref=sendable
)

mailbox_messages = st.builds(
    MailboxMessage,
    id=identities,
    sender=sendable,
    content=sendable,
    timestamp=sendable,
    target_type=sendable,
    target_id=sendable,
    scene_id=sendable,
    channel=sendable,
    external_user=sendable,
    msg_type=sendable,
    msg_id=sendable,
    conversation_id=sendable,
    attachments=st.lists(attachments, max_size=3).map(tuple),
    reply=sendable,
)

outbox_messages = st.integers(1, 9999).flatmap(
    lambda parts: st.builds(
        OutboxMessage,
        reply=sendable,
        part=st.integers(1, parts),
        parts=st.just(parts),
        content=st.none() | sendable,
        none=st.booleans(),
        failure=st.none() | st.from_regex(r"[a-z][a-z0-9_]{0,63}", fullmatch=True),
        message=st.none() | st.dictionaries(sendable, json_values, max_size=3),
    )
)
