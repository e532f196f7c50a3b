import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.core.public_address import is_public

OUR_OWN = [
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",  # noqa: S104 - an address to refuse
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "52.94.0.1", "172.15.0.1", "172.32.0.1", "2606:4700::1111"]
CARRIERS = [
    "::ffff:{}",
    "::{}",
    "64:ff9b::{}",
    "64:ff9b:1::{}",
]


@pytest.mark.parametrize("address", OUR_OWN)
def test_what_may_be_our_own_is_not_public(address: str) -> None:
    """This machine, private networks, the metadata service, multicast and reserved ranges."""
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_the_internet_is_public(address: str) -> None:
    """Whoever has such an address is no service of ours."""
    assert is_public(address)


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254"])
def test_an_address_inside_another_counts(carrier: str, address: str) -> None:
    """Somebody on the way would take it out and go there."""
    assert not is_public(carrier.format(address))


def test_tunnels_count_too() -> None:
    """6to4 and Teredo carry an IPv4 address in the middle."""
    assert not is_public("2002:7f00:1::1")
    assert not is_public("2001:0:a9fe:a9fe::1")


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "0x7f.1", "2130706433", "1.1.1.1/8"])
def test_what_is_no_address_is_not_public(text: str) -> None:
    """Short and numeric forms are for the resolver, which makes addresses of them."""
    assert not is_public(text)


@given(st.ip_addresses(v=4))
def test_a_mapped_address_is_as_public_as_itself(address: ipaddress.IPv4Address) -> None:
    """IPv6 is no way around."""
    if not is_public(str(address)):
        assert not is_public(f"::ffff:{address}")
