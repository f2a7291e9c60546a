"""The site that led here: a plain host of others, and never an address, a path or a query."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.policy import EXAMPLE, load
from frontdesk.systemdata.referrer import Referrers

REFERRERS = Referrers(load(EXAMPLE))


@pytest.mark.parametrize(
    ("header", "site"),
    [
        (b"https://search.example/?q=hush", "search.example"),
        (b"https://search.example", "search.example"),
        (b"HTTP://WWW.Search.Example/path?query#fragment", "search.example"),
        (b"https://www.search.example?q=hush", "search.example"),
        (b"https://www.example/", None),
        (b"https://news.site-1.co.uk/2026/11/23", "news.site-1.co.uk"),
        (b"https://xn--mnchen-3ya.example/", "xn--mnchen-3ya.example"),
        (b"https://site.xn--p1ai/", "site.xn--p1ai"),
        (b"https://go4it.365days.example/", "go4it.365days.example"),
        (b"https://a.b.c.de/", "a.b.c.de"),
        # The group's own.
        (b"https://www.aurora.example/products", None),
        (b"https://AURORA.example/", None),
        (b"https://de.aurora.example/", None),
        # Addresses, in every spelling that a browser or a resolver would take.
        (b"https://203.0.113.7/", None),
        (b"https://203.0.113.7./", None),
        (b"https://3405803783/", None),
        (b"https://0xcb007107/", None),
        (b"https://0313.0.0161.07/", None),
        (b"https://203.0.28935/", None),
        (b"https://203.0.0x71.0x7/", None),
        (b"https://[2001:db8::7]/", None),
        (b"https://[::ffff:203.0.113.7]:8080/", None),
        (b"https://203-0-113-7.dyn.example/", None),
        (b"https://203.0.113.7.nip.example/", None),
        (b"https://node203-0-113-7.isp.net/", None),
        (b"https://cable203.0.113.7abcdef.isp.net/", None),
        (b"https://node203-000-113-007.isp.net/", None),
        (b"https://node2001--7.isp.net/", None),
        (b"https://node2001-db8--7.isp.net/", None),
        (b"https://host203.0.113.7.example/", None),
        (b"https://pcb007107.dip0.example/", None),
        (b"https://3405803783.example/", None),
        (b"https://2001-db8--7-0-1.v6.example/", None),
        (b"https://2001-db8--7.example/", None),
        (b"https://branch--shop.pages.example/", "branch--shop.pages.example"),
        (b"https://cafe24--shop.pages.example/", "cafe24--shop.pages.example"),
        (b"https://cafe-1-2.node3-4.example/", "cafe-1-2.node3-4.example"),
        (b"https://made2026-11-23.news.example/", "made2026-11-23.news.example"),
        (b"https://7.113.0.203.in-addr.arpa/", None),
        # No name that others know.
        (b"http://localhost/", None),
        (b"http://intranet/", None),
        (b"http://printer.local/", None),
        (b"https://search.example:8443/", None),
        (b"https://search.example:/", None),
        (b"https://anna@search.example/", None),
        (b"https://anna:secret@search.example/", None),
        # No plain host, or no address of the web.
        (b"https://m\xc3\xbcnchen.example/", None),
        (b"https://search.example\\@other.example/", None),
        (b"https://search_engine.example/", None),
        (b"https://-search.example/", None),
        (b"https://search-.example/", None),
        (b"https://search..example/", None),
        (b"https://search.example./", None),
        (b"https://.search.example/", None),
        (b"https://%61nna.example/", None),
        (b"https://" + b"a" * 64 + b".example/", None),
        (b"https://" + b"a." * 124 + b"site/", "a." * 124 + "site"),
        (b"https://" + b"a." * 125 + b"site/", None),
        (b"https:///search.example/", None),
        (b"//search.example/", None),
        (b" https://search.example/", None),
        (b"https://search.example/\n", "search.example"),
        (b"https://search.example\n", None),
        (b"android-app://com.example.mail/", None),
        (b"about:blank", None),
        (b"", None),
        (None, None),
    ],
)
def test_of_a_referrer_only_the_site_is_kept(header: bytes | None, site: str | None) -> None:
    assert REFERRERS.site(header) == site


@given(st.binary(max_size=600) | st.binary(max_size=300).map(lambda rest: b"https://" + rest))
def test_any_bytes_give_a_plain_host_or_nothing(header: bytes) -> None:
    site = REFERRERS.site(header)
    assert site is None or (site.isascii() and 4 <= len(site) <= 253 and site == site.lower() and "." in site)


SPELLINGS = [
    str,
    lambda address: address.exploded.replace(":", "-"),
    lambda address: str(address).replace(".", "-").replace(":", "-"),
    lambda address: address.reverse_pointer,
    lambda address: str(int(address)),
    lambda address: f"{int(address):x}".zfill(8),
    lambda address: f"p{int(address):08X}",
]


@given(
    st.ip_addresses(v=4).filter(lambda each: each.is_global) | st.ip_addresses(v=6, network="2000::/8"),
    st.sampled_from(SPELLINGS),
    st.sampled_from(["", ".dyn.example", ".dip0.home-lines.example"]),
    st.sampled_from(["", "www.", "host-", "c.", "node", "cable", "a"]),
)
def test_a_name_that_spells_an_address_is_not_kept(
    address: IPv4Address | IPv6Address, spell: object, after: str, before: str
) -> None:
    assert callable(spell)
    assert REFERRERS.site(f"https://{before}{spell(ip_address(str(address)))}{after}/".encode()) is None
