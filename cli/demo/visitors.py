"""The demo's visitors: who comes, from where, with which browser, and what they ask for."""

import socket
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
# Some come back: fewer addresses than visits, and no more than can be drawn soon.
_ADDRESSES_PER_VISIT = 0.6
_MOST_ADDRESSES = 400


class Way(Enum):
    """How a visitor reaches the site: the address that is asked, and this machine's that it is asked from."""

    PROXY_V4 = ("127.0.0.1", None)
    PROXY_V6 = ("::1", None)
    ROUND = ("127.0.0.1", "127.0.0.2")  # past the proxies, from a peer that no policy should trust


class Visitor(NamedTuple):
    """One request. The address is what the proxy says; of one who comes round it, what is pretended."""

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

_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X)"
_ANDROID = "Mozilla/5.0 (Linux; Android 10; K)"
_BROWSERS = (
    f"{_WINDOWS} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36",
    f"{_WINDOWS} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36 Edg/148.0.0.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:151.0) Gecko/20100101 Firefox/151.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:151.0) Gecko/20100101 Firefox/151.0",
    f"{_MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
    f"{_IPHONE} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
    f"{_ANDROID} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Mobile Safari/537.36",
)
_CRAWLERS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "curl/8.16.0",
    "python-requests/2.32.5",
)
_REFERRERS = (
    "https://www.search.example/",
    "https://www.search.example/",
    "https://news.polar-light.example/2026/11/aurora",
    "https://forum.field-stations.example/t/4711?page=2",
    "https://www.aurora.example/products",
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
# What browsers say, and how often.
_SIGNALS: tuple[tuple[tuple[str, str], ...], ...] = (
    (),
    (("DNT", "1"),),
    (("Sec-GPC", "1"),),
    (("DNT", "0"),),
    (("DNT", "1"), ("Sec-GPC", "1")),
)
_SIGNAL_WEIGHTS = (82, 7, 6, 3, 2)
_STRANGE_HOST = "aurora-partner.example"
_FORGERIES = ("127.0.0.1", "10.0.0.1", "unknown", "<script>alert(1)</script>", "::1")
_FORGED_SHARE = 0.04
_ROUND_SHARE = 0.03
_LED_SHARE = 0.4  # of the browsers, by a link on another page
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
    crowd = _Crowd(random, _pool(Database(), random, visits), policy, ways)
    kinds = [share for share in _SHARES if crowd.pool[share.kind]]
    arriving = random.choices(kinds, [share.of_visits for share in kinds], k=visits)
    return [crowd.visitor(share.kind) for share in arriving]


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


class _Crowd:
    """Those who may come: out of it visitors are picked, each by one throw of the same dice."""

    def __init__(self, random: Random, pool: Pool, policy: Policy, ways: frozenset[Way]) -> None:
        self.pool = pool
        self._random = random
        self._links = Random(_SEED)  # noqa: S311 - dice of their own: who comes does not depend on where from
        self._proxies = policy.proxies
        self._ways = ways
        self._hosts = [*(host for entity in policy.entities for host in entity.hosts), _STRANGE_HOST]

    def visitor(self, kind: str) -> Visitor:
        """One visitor from a network of this type."""
        random = self._random
        crawls = kind == "hosting" and random.random() < _CRAWLER_SHARE
        headers = [
            ("Host", random.choice(self._hosts)),
            ("User-Agent", random.choice(_CRAWLERS if crawls else _BROWSERS)),
        ]
        if not crawls:
            headers += random.choices(_SIGNALS, _SIGNAL_WEIGHTS)[0]
            if self._links.random() < _LED_SHARE:
                headers.append(("Referer", self._links.choice(_REFERRERS)))
        address = random.choice(self.pool[kind])
        way, elements = self._approach(address)
        headers.append(forwarding(self._proxies, *elements))
        return Visitor(address, random.choice(_CRAWLED if crawls else _PATHS), tuple(headers), way)

    def _approach(self, address: str) -> tuple[Way, list[str]]:
        """The way in, and the forwarding header's elements: most honest, some forged in part or wholly."""
        chance = self._random.random()
        if chance < _ROUND_SHARE and Way.ROUND in self._ways:
            return Way.ROUND, [address]
        way = Way.PROXY_V6 if ":" in address and Way.PROXY_V6 in self._ways else Way.PROXY_V4
        if chance < _ROUND_SHARE + _FORGED_SHARE:
            return way, [self._random.choice([*_FORGERIES, *self.pool["education"][:5]]), address]
        return way, [address]


def _has(address: str) -> bool:
    """Whether this machine can speak from an address; not every system has more than one for loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True
