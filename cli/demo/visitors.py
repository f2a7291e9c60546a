"""The demo's visitors: who comes, from where, with which browser, and what they ask for."""

import socket
from collections.abc import Sequence
from enum import Enum
from math import ceil
from random import Random
from typing import NamedTuple

from frontdesk.cli.demo.addresses import Pool, draw
from frontdesk.cli.demo.site import PRODUCTS
from frontdesk.geodb import Database
from frontdesk.middleware.address import is_believed
from frontdesk.policy import Policy, Proxies
from frontdesk.policy.model import LIST_HEADERS

_SEED = 20261101
# Some come back: fewer addresses than visits. No more than these, so that the draw ends soon for any number of visits.
_ADDRESSES_PER_VISIT = 0.6
_MOST_ADDRESSES = 400


class Way(Enum):
    """How a visitor reaches the site: the address asked, and the address of this machine that it is asked from."""

    PROXY_V4 = ("127.0.0.1", None)
    PROXY_V6 = ("::1", None)
    ROUND = ("127.0.0.1", "127.0.0.2")  # past the proxies, from a peer that no policy should trust


class Visitor(NamedTuple):
    """One request. The address is what the proxy says; of a visitor who comes round it, what the visitor pretends."""

    address: str
    path: str
    headers: tuple[tuple[str, str], ...]
    way: Way


class _Share(NamedTuple):
    """How much of the visits comes from a kind of network, and how much of that by IPv6."""

    kind: str
    of_visits: float
    of_them_v6: float


_SHARES = (
    _Share("isp", 0.34, 0.35),
    _Share("mobile", 0.08, 0.0),
    _Share("education", 0.20, 0.25),
    _Share("government", 0.11, 0.2),
    _Share("hosting", 0.13, 0.3),
    _Share("unknown", 0.14, 0.3),
)

_BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:151.0) Gecko/20100101 Firefox/151.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:151.0) Gecko/20100101 Firefox/151.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0"
    " Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0"
    " Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Mobile"
    " Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0"
    " Safari/537.36 Edg/148.0.0.0",
)
_CRAWLERS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "curl/8.16.0",
    "python-requests/2.32.5",
)
_PATHS = (
    "/",
    "/",
    "/?utm_source=newsletter&utm_campaign=autumn",
    "/products",
    *(f"/products/{product}" for product in PRODUCTS),
    "/contact",
    "/stream",
)
_CRAWLED = (*_PATHS, "/robots.txt", "/wp-login.php", "/products/none-such")
# What browsers say: how often, and which header lines.
_SIGNALS: tuple[tuple[float, tuple[tuple[str, str], ...]], ...] = (
    (0.82, ()),
    (0.07, (("DNT", "1"),)),
    (0.06, (("Sec-GPC", "1"),)),
    (0.03, (("DNT", "0"),)),
    (0.02, (("DNT", "1"), ("Sec-GPC", "1"))),
)
_STRANGE_HOST = "aurora-partner.example"
_FORGERIES = ("127.0.0.1", "10.0.0.1", "unknown", "<script>alert(1)</script>", "::1")
_FORGED_SHARE = 0.04
_ROUND_SHARE = 0.03
_CRAWLER_SHARE = 0.8  # of what comes from hosting networks


def ways_open(proxies: Proxies, *, ipv6: bool) -> frozenset[Way]:
    """The ways that can be gone on this machine under this policy."""
    ways = {Way.PROXY_V4, Way.PROXY_V6} if ipv6 else {Way.PROXY_V4}
    source = Way.ROUND.value[1]
    if source and not is_believed(proxies, source) and _has(source):
        ways.add(Way.ROUND)
    return frozenset(ways)


def population(visits: int, policy: Policy, ways: frozenset[Way]) -> list[Visitor]:
    """So many visitors, the same ones each time."""
    random = Random(_SEED)  # noqa: S311 - a repeatable crowd, no secret
    pool = _pool(Database(), random, visits)
    kinds = [share for share in _SHARES if pool[share.kind]]
    crowd = random.choices(kinds, [share.of_visits for share in kinds], k=visits)
    hosts = [host for entity in policy.entities for host in entity.hosts] + [_STRANGE_HOST]
    return [_visitor(random, pool, share.kind, hosts, policy.proxies, ways) for share in crowd]


def forwarding(proxies: Proxies, *elements: str) -> tuple[str, str]:
    """The header line by which a proxy names a client, in the one header that the policy reads."""
    name = proxies.header
    if name == "forwarded":
        return name, ", ".join(f'for="[{node}]"' if ":" in node else f'for="{node}"' for node in elements)
    return name, ", ".join(elements) if name in LIST_HEADERS else elements[-1]


def _pool(database: Database, random: Random, visits: int) -> Pool:
    sizes = {
        share.kind: min(ceil(visits * share.of_visits * _ADDRESSES_PER_VISIT), _MOST_ADDRESSES) for share in _SHARES
    }
    v6 = {share.kind: round(sizes[share.kind] * share.of_them_v6) for share in _SHARES}
    return draw(database, random, {kind: sizes[kind] - v6[kind] for kind in sizes}, v6)


def _visitor(
    random: Random, pool: Pool, kind: str, hosts: Sequence[str], proxies: Proxies, ways: frozenset[Way]
) -> Visitor:
    address = random.choice(pool[kind])
    crawls = kind == "hosting" and random.random() < _CRAWLER_SHARE
    headers = [("Host", random.choice(hosts)), ("User-Agent", random.choice(_CRAWLERS if crawls else _BROWSERS))]
    if not crawls:
        chances, signals = zip(*_SIGNALS, strict=True)
        headers += random.choices(signals, chances)[0]
    way, elements = _approach(random, address, pool, ways)
    headers.append(forwarding(proxies, *elements))
    return Visitor(address, random.choice(_CRAWLED if crawls else _PATHS), tuple(headers), way)


def _approach(random: Random, address: str, pool: Pool, ways: frozenset[Way]) -> tuple[Way, list[str]]:
    """The way in, and the elements of the forwarding header: most honest, some forged on the left or altogether."""
    chance = random.random()
    if chance < _ROUND_SHARE and Way.ROUND in ways:
        return Way.ROUND, [address]
    way = Way.PROXY_V6 if ":" in address and Way.PROXY_V6 in ways else Way.PROXY_V4
    if chance < _ROUND_SHARE + _FORGED_SHARE:
        return way, [random.choice([*_FORGERIES, *pool["education"][:5]]), address]
    return way, [address]


def _has(address: str) -> bool:
    """Whether this machine can speak from an address; not every system has more than one for loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True
