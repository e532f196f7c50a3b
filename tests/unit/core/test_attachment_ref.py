import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace

import pytest
from hypothesis import given

from cococat.core import reply_address, seal
from cococat.core.attachment_ref import PURPOSE, AttachmentRef, peek, seal_ref, unseal
from cococat.core.errors import AttachmentRefused, ReplyRefused
from cococat.core.messages import Attachment
from cococat.core.reply_address import LIFETIME
from tests.support import samples
from tests.support.clock import START
from tests.support.strategies import anything, json_values

FILE = Attachment(kind="image", name="猫.png", size=3, ref="media-1")
REF = AttachmentRef(
    address=samples.ADDRESS,
    kind="image",
    name="猫.png",
    ref="media-1",
    expires_at=int(START) + LIFETIME,
)


def sealed(key: str = samples.REPLY_KEY) -> str:
    """Return the sealed ref of the file."""
    return seal_ref(FILE, samples.ADDRESS, key, START)


def test_it_opens_with_the_channels_key() -> None:
    """All that is needed to find the file again is in it."""
    assert peek(sealed()) == unseal(sealed(), samples.REPLY_KEY, START) == REF


def test_it_may_stand_in_an_address() -> None:
    """Letters, digits, minus and underscore."""
    assert sealed().replace("-", "").replace("_", "").isalnum()


def test_another_channels_key_does_not_open_it() -> None:
    """Nobody fetches through a channel of others."""
    with pytest.raises(AttachmentRefused, match="ref_refused"):
        unseal(sealed("another-key"), samples.REPLY_KEY, START)


def test_it_expires() -> None:
    """After the time that a queue can keep a message."""
    with pytest.raises(AttachmentRefused, match="gone"):
        unseal(sealed(), samples.REPLY_KEY, START + LIFETIME)


def test_a_changed_ref_does_not_open() -> None:
    """Whoever writes another file's name into it has to make the seal too."""
    payload = json.loads(json.dumps(seal.peek(sealed())))
    forged = seal.seal(payload | {"ref": "media-2"}, "guessed", PURPOSE)
    macs = [urlsafe_b64decode(token) for token in (forged, sealed())]
    mixed = urlsafe_b64encode(macs[0][: -seal.MAC] + macs[1][-seal.MAC :]).decode()

    for token in (forged, mixed):
        with pytest.raises(AttachmentRefused, match="ref_refused"):
            unseal(token, samples.REPLY_KEY, START)


@pytest.mark.parametrize("purpose", ["", "another:"])
def test_what_was_sealed_for_another_purpose_does_not_open(purpose: str) -> None:
    """Though it is sealed with the same key, and says all that a ref does."""
    token = seal.seal(seal.peek(sealed()), samples.REPLY_KEY, purpose)

    with pytest.raises(AttachmentRefused, match="ref_refused"):
        unseal(token, samples.REPLY_KEY, START)


def test_a_reply_address_is_no_ref_and_a_ref_is_no_reply_address() -> None:
    """The same key seals both, each for its own purpose."""
    reply = reply_address.seal(samples.reply_address(), samples.REPLY_KEY)

    with pytest.raises(AttachmentRefused):
        unseal(reply, samples.REPLY_KEY, START)
    with pytest.raises(ReplyRefused):
        reply_address.unseal(sealed(), samples.REPLY_KEY, START)


@given(anything)
def test_any_other_text_is_refused(text: str) -> None:
    """Whatever it is, the error is the same."""
    for read in (peek, lambda token: unseal(token, samples.REPLY_KEY, START)):
        with pytest.raises(AttachmentRefused, match="ref_refused"):
            read(text)


@given(json_values)
def test_any_other_json_is_refused(value: object) -> None:
    """Even if it is sealed with the right key."""
    token = seal.seal({"address": value, "kind": value}, samples.REPLY_KEY, PURPOSE)

    with pytest.raises(AttachmentRefused, match="ref_refused"):
        unseal(token, samples.REPLY_KEY, START)


def test_a_file_of_another_channel_is_another_ref() -> None:
    """The channel is sealed with it."""
    other = replace(samples.ADDRESS, target_id="bank")

    assert peek(seal_ref(FILE, other, samples.REPLY_KEY, START)).address == other
