"""Addresses by their place on the common line."""

from ipaddress import IPv4Address, IPv6Address

from frontdesk.geodb.ranges import V4_END


def address_at(place: int) -> str:
    """The text of the address at a place, where IPv4 comes first."""
    return str(IPv4Address(place) if place < V4_END else IPv6Address(place))
