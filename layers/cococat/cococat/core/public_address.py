"""
Which addresses are on the public Internet: everything else may be a service of our own.

Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries (by `ipaddress`); RFC 4291,
2.5.5 (IPv4 in IPv6), RFC 6052 (NAT64), RFC 3056 (6to4), RFC 4380 (Teredo).
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_CARRIERS = (IPv6Network("::/96"), IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
"""IPv6 networks whose last 32 bits are an IPv4 address that somebody on the way may take out."""


def is_public(address: str) -> bool:
    """Tell whether *address*, IPv4 or IPv6, is one that anybody on the Internet may have."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return all(_is_public(each) for each in (found, *_inside(found)))


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    is_scoped = isinstance(address, IPv6Address) and (
        address.scope_id is not None or address.is_site_local
    )
    return address.is_global and not address.is_multicast and not is_scoped


def _inside(address: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """Return the IPv4 addresses that *address* carries."""
    if isinstance(address, IPv4Address):
        return []
    carried = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if any(address in network for network in _CARRIERS):
        carried.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [each for each in carried if each is not None]
