"""Wishes of a wechat channel, and what AWS has of them."""

from dataclasses import replace
from typing import Any

from cococat.aws.wishes import WishTable
from cococat.core.directory import ChannelBinding
from cococat.core.ids import ChannelAddress
from cococat.core.wishes import StoredWish, Wish
from tests.support import samples
from tests.support.cloud import Cloud

WECHAT = ChannelAddress(target_type="scene", target_id="shop", channel="wechat", name="wechat")


def wechat(token: str = "tokenA", **changes: Any) -> Wish:  # noqa: ANN401 - members of a wish
    """Return a wechat channel with *token*."""
    secrets = {"token": token} | changes.pop("secrets", {})
    wish = samples.wish(WECHAT, config={"app_id": "wx0123456789abcdef"}, secrets=secrets)
    return replace(wish, **changes)


def put(wishes: WishTable, wish: Wish) -> StoredWish:
    """Write *wish* over whatever is there."""
    return wishes.write(wish, replacing=wishes.read(wish.address))


def binding(cloud: Cloud, address: ChannelAddress = WECHAT) -> ChannelBinding:
    """Return the channel at *address* as a cold door finds it."""
    found = cloud.channels().by_address(address)
    assert found is not None
    return found
