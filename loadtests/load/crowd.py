"""The crowd: who visits, from where, with which browser and signals, and through which pages they go."""

from collections import Counter
from collections.abc import Sequence
from itertools import count
from random import Random
from typing import NamedTuple

from frontdesk.cli.demo.visitors import Visitor, Way, population, ways_open
from frontdesk.policy import Policy

SIZE = 3000
"""Visitors that are drawn; when all have come they come again."""

PAGES = ("/", "/products", "/products/boreal", "/products/corona", "/products/arc", "/contact", "/stream")
"""What there is to see."""

_CRAWLED = (*PAGES, "/robots.txt", "/wp-login.php", "/products/none-such")
_MISSING = frozenset(_CRAWLED) - frozenset(PAGES)
_CRAWLERS = ("bot", "curl/", "python-requests/")
_MOST_PAGES = 5


class Call(NamedTuple):
    """One visitor's stay: the first page is theirs, the others follow from it."""

    visitor: Visitor
    pages: tuple[str, ...]
    crawls: bool


def assemble(policy: Policy, *, size: int = SIZE) -> list[Visitor]:
    """The visitors of the demo, in such a number; the same each time. IPv6 visitors come by the proxy's IPv4 too."""
    return population(size, policy, ways_open(policy.proxies, ipv6=False))


class Crowd:
    """Visitors who come one after the other."""

    def __init__(self, visitors: Sequence[Visitor], seed: int) -> None:
        """Another seed begins elsewhere, so that several generators do not send the same visitor at once."""
        self._visitors = visitors
        self._random = Random(seed)
        self._turns = count(self._random.randrange(len(visitors)))

    def call(self) -> Call:
        """The next one who comes."""
        visitor = self._visitors[next(self._turns) % len(self._visitors)]
        crawls = is_crawler(visitor)
        further = self._random.choices(_CRAWLED if crawls else PAGES, k=self._random.randrange(_MOST_PAGES))
        return Call(visitor, (visitor.path, *further), crawls)


def is_crawler(visitor: Visitor) -> bool:
    """Whether a machine visits, by what it says of itself."""
    agent = dict(visitor.headers)["User-Agent"].lower()
    return any(word in agent for word in _CRAWLERS)


def expected_status(path: str) -> int:
    """What a page is answered with."""
    return 404 if path in _MISSING else 200


def shares(visitors: Sequence[Visitor]) -> dict[str, float]:
    """What part of the visitors is of each kind that matters here."""
    found: Counter[str] = Counter()
    for visitor in visitors:
        headers = dict(visitor.headers)
        # By what a proxy says; more than one entry, or none where no proxy is, is made up.
        forwarded = visitor.headers[-1][1]
        found["DNT"] += headers.get("DNT") == "1"
        found["GPC"] += "Sec-GPC" in headers
        found["crawlers"] += is_crawler(visitor)
        found["IPv6"] += ":" in visitor.address
        found["forged forwarding"] += "," in forwarded or visitor.way is Way.ROUND
    return {name: number / len(visitors) for name, number in found.items()}
