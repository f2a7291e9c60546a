"""Weeks that are over: visits of a lively past, written into a book by the recorder that writes every visit's record.

The universities and authorities are drawn from the embedded database; the companies are fictional, for that database
knows hardly any, and come from networks that are reserved for documentation.
"""

import math
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from frontdesk.cli.demo.addresses import draw
from frontdesk.cli.demo.site import PRODUCTS
from frontdesk.enrich import Enricher, Entities, Finding
from frontdesk.enrich.name import name_of
from frontdesk.enrich.organisation import Evidence, Organisation
from frontdesk.geodb import Database, NetworkRecord
from frontdesk.policy import Entity, Policy, Treatment
from frontdesk.systemdata import Exchange, Recorder, Writer
from frontdesk.systemdata.counts import Counts, tally_of
from frontdesk.systemdata.entry import elsewhere, enter
from frontdesk.systemdata.gap import Gap
from frontdesk.systemdata.record import Arrived, Suggested

DAYS = 75
"""How far the past reaches: two periods of 30 days, and some more."""

TAG = "0f1c710a"
"""What all ids of the past begin with: they are of one key, which never was."""

_SEED = 20261101
_VISITORS_A_DAY = 420
_DAY = 86_400
_WEEKEND = 0.35  # of a weekday's visitors
_REST = 0.05  # seconds
_WAITING = 1 << 20  # bytes that wait for the disk, before more are written


class _Company(NamedTuple):
    """A fictional company."""

    name: str
    country: str
    account: str | None = None


_COMPANIES = (
    _Company("Halden Optics AS", "NO", "A-1004"),
    _Company("Kestrel Rail Systems Ltd", "GB", "A-1011"),
    _Company("Bergmann Feinmechanik GmbH & Co. KG", "DE", "A-1002"),
    _Company("Tidewater Grid Company", "US", "A-1027"),
    _Company("Ostrava Turbine a.s.", "CZ"),
    _Company("Umi Semiconductor K.K.", "JP", "A-1019"),
    _Company("Lindqvist & Dahl Shipping AB", "SE"),
    _Company("Cascade Avionics, Inc.", "US", "A-1033"),
    _Company("Verrerie du Jura SA", "FR"),
    _Company("Maple Ridge Observatory Services Inc.", "CA"),
    _Company("Polaris Cold Chain B.V.", "NL"),
    _Company("Southern Cross Minerals Pty Ltd", "AU"),
)
_PATHS = ("/", "/products", *("/products/{product}" for _ in PRODUCTS), "/contact", "/stream")
_REFERRERS = (
    b"https://duckduckgo.com/",
    b"https://www.google.com/",
    b"https://www.bing.com/",
    b"https://en.wikipedia.org/wiki/Aurora",
    b"https://spaceweather.example/links",
    b"https://polarnews.example/autumn",
)
_BROWSERS = (
    b"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36",
    b"Mozilla/5.0 (X11; Linux x86_64; rv:151.0) Gecko/20100101 Firefox/151.0",
    b"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",  # noqa: E501
)
_CRAWLER = b"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
# When people are at work, by hour of UTC, of a group whose sites stand on three continents.
_HOURS = (3, 3, 2, 2, 2, 3, 5, 8, 11, 13, 13, 12, 11, 13, 14, 14, 13, 11, 9, 8, 7, 6, 5, 4)
_OUTCOMES = (("shown", 60), ("taken", 28), ("declined", 12))


class _Source(NamedTuple):
    """Where visitors come from: who that is, how many of them there are, and how that changes."""

    finding: Finding
    weight: float
    trend: float  # how much larger it is at the end than at the beginning
    begins: float  # how far into the past it first came, as a part of it


class Past:
    """Weeks of visits, the same ones each time but for the day they end on."""

    def __init__(self, policy: Policy, *, days: int = DAYS, visitors: int = _VISITORS_A_DAY) -> None:
        """Take a policy, how many days it was, and how many visitors came on a working day."""
        self._policy = policy
        self._days = days
        self._visitors = visitors
        self._random = Random(_SEED)  # noqa: S311 - a repeatable crowd, no secret
        database = Database()
        enricher = Enricher(database)
        self._recorder = Recorder(policy, enricher.version)
        self._entities = Entities(policy)
        self._sources = [*_organisations(enricher, database, self._random), *_companies()]
        self._others = _others(enricher, database, self._random)
        self._counts = Counts()

    def write(self, now: datetime) -> int:
        """Write every visit up to a moment into the policy's books; gives how many there were."""
        book = Writer(self._policy.log.directory, elsewhere=elsewhere(self._policy), sync_interval=None)
        visits = 0
        last = now.replace(hour=0, minute=0, second=0, microsecond=0)
        for number in range(self._days):
            day = last - timedelta(days=self._days - 1 - number)
            for at in self._visits(day, number / max(1, self._days - 1), min(now, day + timedelta(days=1)), book):
                visits += at
            for record in self._counts.take(min(now, day + timedelta(days=1)).timestamp() + 3600):
                enter(record, book)
        self._tell_of_a_gap(last, book)
        book.close(30)
        return visits

    def _visits(self, day: datetime, part: float, end: datetime, book: Writer) -> Iterator[int]:
        """The visitors of a day, each with the pages that it opened."""
        busy = self._visitors * (_WEEKEND if day.weekday() > 4 else 1) * self._random.uniform(0.9, 1.1)  # noqa: PLR2004
        weights = [
            source.weight * (1 + (source.trend - 1) * part) * (part >= source.begins) for source in self._sources
        ]
        for _ in range(round(busy * (0.85 + 0.3 * part))):
            at = day.timestamp() + self._random.choices(range(24), _HOURS)[0] * 3600 + self._random.random() * 3600
            organised = self._random.random() < 0.58  # noqa: PLR2004
            finding = (
                self._random.choices(self._sources, weights)[0].finding
                if organised
                else self._random.choice(self._others)
            )
            if at < end.timestamp():
                yield self._visitor(at, end.timestamp(), finding, book)

    def _visitor(self, at: float, end: float, finding: Finding, book: Writer) -> int:
        random = self._random
        bot = finding.reason == "hosting" or random.random() < 0.02  # noqa: PLR2004
        signals = (
            ("-", False)
            if bot
            else random.choices([("-", False), ("1", False), ("-", True), ("1", True)], [86, 6, 6, 2])[0]
        )
        treatment = Treatment.ANONYMOUS if signals[0] == "1" or signals[1] else Treatment.FULL
        entity = random.choice(self._policy.entities)
        if (place := self._entities.serving(finding.record)) and random.random() < 0.7:  # noqa: PLR2004
            entity = place
        daily_id = TAG + random.randbytes(16).hex()[len(TAG) :]
        agent = _CRAWLER if bot else random.choice(_BROWSERS)
        referrer = random.choice(_REFERRERS) if random.random() < 0.5 else None  # noqa: PLR2004
        visits = 0
        for _ in range(1 + min(7, int(random.expovariate(0.8)))):
            exchange = Exchange("GET", "https", entity.hosts[0] if entity.hosts else None, random.choice(_PATHS), 200)
            suggested = self._suggested(entity, place) if not visits else None
            self._write(at, finding, treatment, signals, agent, exchange, daily_id, referrer, suggested, book)
            self._counts.add(at, tally_of(self._recorder.tags, entity.id, treatment, signals, agent))
            visits += 1
            referrer = None
            at += random.uniform(5, 200)
            if at >= end:
                break
        return visits

    def _write(
        self,
        at: float,
        finding: Finding,
        treatment: Treatment,
        signals: tuple[str, bool],
        agent: bytes,
        exchange: Exchange,
        daily_id: str,
        referrer: bytes | None,
        suggested: Suggested | None,
        book: Writer,
    ) -> None:
        """One visit, as the middleware records it."""
        network = f"{self._random.choice(('203.0.113', '198.51.100', '192.0.2'))}.0/24"
        arrived = Arrived("header", network, finding)
        answer = self._entities.of(exchange.host, finding.record.country)
        standing = self._recorder.standing(arrived, answer, treatment, signals, agent)
        if standing is not None:
            line = self._recorder.visit(at, standing, exchange, daily_id, referrer, suggested)
            book.take(line.text, line.place)
        while book.statistics().buffered_bytes > _WAITING:
            time.sleep(_REST)

    def _suggested(self, entity: Entity, place: Entity | None) -> Suggested | None:
        if place is None or place == entity:
            return None
        outcomes = [name for name, _ in _OUTCOMES]
        return Suggested(place.id, self._random.choices(outcomes, [weight for _, weight in _OUTCOMES])[0])

    def _tell_of_a_gap(self, last: datetime, book: Writer) -> None:
        """A disk was full for a minute, eleven days ago, and the book says so."""
        at = (last - timedelta(days=min(11, self._days - 1))).timestamp() + 14 * 3600
        gap = Gap("visit", self._policy.default_entity, at, at + 60, {"disk_full": 37, "queue_full": 5})
        enter(self._recorder.gap(gap), book)


def _organisations(enricher: Enricher, database: Database, random: Random) -> Iterator[_Source]:
    """Universities and authorities, a few large ones and many small ones."""
    pool = draw(database, random, {"education": 34, "government": 20}, {})
    found: dict[str, Finding] = {}
    for address in [*pool["education"], *pool["government"]]:
        finding = enricher.find(address)
        if finding.organisation is not None:
            found.setdefault(finding.organisation.key, finding)
    order = list(found.values())
    random.shuffle(order)
    for rank, finding in enumerate(order, start=1):
        trend = random.choice((0.3, 0.7, 1, 1, 1, 1.4, 3))
        yield _Source(finding, 5 / rank**0.8, trend, random.choice((0, 0, 0, 0, 0, 0.75)))


def _companies() -> Iterator[_Source]:
    for rank, company in enumerate(_COMPANIES, start=1):
        evidence = Evidence("our-customers.csv", None, 24, "own_list", "own list", company.name)
        name = name_of(company.name)
        organisation = Organisation(name.display, "business", "high", evidence, name.key, None, company.account)
        record = NetworkRecord(
            country=company.country, as_name=company.name, type="business", type_reason="own list", prefix_length=24
        )
        yield _Source(Finding(record, organisation, None), 2.5 / rank**0.6, 1 + 2 * math.sin(rank) ** 2, 0)


def _others(enricher: Enricher, database: Database, random: Random) -> Sequence[Finding]:
    """Access networks, hosting and networks of which no rule tells what they are: nobody is named."""
    pool = draw(database, random, {"isp": 260, "mobile": 60, "hosting": 70, "unknown": 90}, {})
    return [enricher.find(address) for addresses in pool.values() for address in addresses]
