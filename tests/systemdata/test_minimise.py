"""Keeping less: the vectors of standards.md 4.3, and what is left of a browser and a method."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.policy.networks import pack
from frontdesk.systemdata.minimise import agent_family, known_method, network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:85a3:8d3:1319:8a2e:370:7348", "2001:db8:85a3::/48"),
        ("2001:db8:0:8d3:0:8a2e:70:7344", "2001:db8::/48"),
        ("2002:cb00:714d::1", "2002:cb00:7100::/40"),  # 6to4: the first 48 bits are 203.0.113.77
        ("64:ff9b::203.0.113.77", "64:ff9b::/48"),  # NAT64: the address is at the other end
        ("0.0.0.1", "0.0.0.0/24"),
        ("255.255.255.255", "255.255.255.0/24"),
        ("::1", "::/48"),
    ],
)
def test_a_network_stands_for_an_address(address: str, network: str) -> None:
    packed = pack(address)
    assert packed is not None
    assert network_of(packed) == network


@given(st.ip_addresses())
def test_a_network_holds_its_address_and_many_others(address: object) -> None:
    packed = pack(str(address))
    assert packed is not None
    network = ip_network(network_of(packed))
    assert ip_address(packed) in network
    assert network.num_addresses >= 256


@pytest.mark.parametrize(
    ("user_agent", "family"),
    [
        (None, "none"),
        (b"", "none"),
        (b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox"),
        (b"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome"),
        (b"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge"),
        (b"Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15", "Safari"),
        (b"Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 CriOS/140.0 Mobile Safari/604.1", "Chrome"),
        (b"Mozilla/5.0 AppleWebKit/537.36 Chrome/140.0 Safari/537.36 OPR/120.0", "Opera"),
        (b"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "bot"),
        (b"curl/8.9.1", "script"),
        (b"python-requests/2.32", "script"),
        (b"something from 203.0.113.77 \xff\n", "other"),
        (b"x" * 100_000 + b"Firefox", "other"),
    ],
)
def test_of_a_browser_only_its_family_is_kept(user_agent: bytes | None, family: str) -> None:
    assert agent_family(user_agent) == family


@pytest.mark.parametrize(
    ("method", "kept"), [("GET", "GET"), ("QUERY", "QUERY"), ("get", "_OTHER"), ("X-1.2.3.4", "_OTHER")]
)
def test_a_method_that_http_does_not_define_is_not_kept(method: str, kept: str) -> None:
    assert known_method(method) == kept
