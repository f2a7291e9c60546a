"""Address space that belongs to nobody's network: IANA's special-purpose registries (RFC 6890 and its updates)."""

from ipaddress import ip_network

from frontdesk.geodb.ranges import V4_END, Range

_NETWORKS = """
0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
::/8 64:ff9b:1::/48 100::/64 2001:2::/48 2001:10::/28 2001:20::/28 2001:db8::/32 3fff::/20 5f00::/16 fc00::/7
fe80::/10 fec0::/10 ff00::/8
"""


def reserved() -> list[Range]:
    """Reserved space as ranges, in order. They stand before every source: no vendor gives it a country."""
    ranges = []
    for text in _NETWORKS.split():
        network = ip_network(text)
        first, last = int(network.network_address), int(network.broadcast_address)
        # The first 2**32 of the common line are IPv4's.
        ranges.append(Range(max(first, V4_END) if network.version != 4 else first, last, "reserved"))  # noqa: PLR2004
    return sorted(ranges)
