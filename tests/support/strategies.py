"""Made-up values of every kind."""

from hypothesis import strategies as st

from cococat.core import text
from cococat.core.ids import ChannelAddress
from cococat.core.mailbox import MailboxMessage
from cococat.core.messages import (
    Attachment,
    Button,
    Card,
    CardField,
    Format,
    Reply,
    ReplyFile,
)
from cococat.core.outbox_message import OutboxMessage
from cococat.core.reply_address import ReplyAddress

anything = st.text(st.characters(exclude_categories=[]), max_size=30)
"""Any text at all, lone surrogates and NUL too."""

sendable = st.text(st.characters(exclude_categories=["Cs"]).filter(text.is_sendable), max_size=30)
sealed = st.from_regex(r"[A-Za-z0-9_.-]{0,40}", fullmatch=True)
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
    reply=sealed,
)

visible = sendable.map(lambda said: f"{said}x")
"""A text that says something."""

addresses_of_pages = st.from_regex(r"https://[a-z0-9/.?=&-]{1,40}", fullmatch=True)

buttons = st.builds(Button, text=sendable, value=visible) | st.builds(
    Button, text=sendable, url=addresses_of_pages
)

cards = st.builds(
    Card,
    title=sendable,
    text=sendable,
    fields=st.lists(st.builds(CardField, name=sendable, value=sendable), max_size=3).map(tuple),
    buttons=st.lists(buttons, max_size=3).map(tuple),
)

files = st.builds(
    ReplyFile,
    kind=st.sampled_from(["image", "file"]),
    name=visible,
    source=addresses_of_pages | st.just("data:image/png;base64,iVBORw0KGgo="),
)

answers = st.builds(
    Reply,
    text=visible,
    format=st.sampled_from(Format),
    card=st.none() | cards,
    files=st.lists(files, max_size=2).map(tuple),
    fallback=st.booleans(),
)
"""An answer that every queue and table takes as it is."""

outbox_messages = st.builds(
    OutboxMessage,
    reply=sendable,
    answer=st.none() | answers,
    none=st.booleans(),
    failure=st.none() | st.from_regex(r"[a-z][a-z0-9_]{0,63}", fullmatch=True),
    detail=sendable.map(lambda text: text[:50]),
    message=st.none() | st.dictionaries(sendable, json_values, max_size=3),
)
