"""The desk: one visit from its headers to its record, without any server around it.

The ASGI middleware and `frontdesk explain` both ask it, so what is explained is what happens.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

from frontdesk.enrich import Enricher, Entities
from frontdesk.enrich.finding import NO_ADDRESS
from frontdesk.enrich.web_service import MISSES, WebService
from frontdesk.enrich.web_service.answer import laid_over
from frontdesk.middleware.address import ClientAddress, Step, find_client, is_believed
from frontdesk.middleware.routing import HEADERS, NOTHING_ASKED, Asked, Router
from frontdesk.middleware.signals import SILENT, read, treatment
from frontdesk.middleware.visit import Account, Visit
from frontdesk.policy import Policy, Proxies, Treatment
from frontdesk.systemdata import Exchange, Recorder
from frontdesk.systemdata.concealed import Concealed
from frontdesk.systemdata.contract import Contract
from frontdesk.systemdata.minimise import network_of
from frontdesk.systemdata.record import Arrived
from frontdesk.systemdata.tags import Record

Headers = Iterable[tuple[bytes, bytes]]
"""Header field lines as ASGI gives them: lower-case names, in order, repeats included."""

_CACHED_PEERS = 4096
_CACHED_ARRIVALS = 16_384
# Longer headers are walked each time, so that nobody can fill the cache's memory with them.
_LONGEST_CACHED = 256
_LINE_COST = 16


class Seen(NamedTuple):
    """The header fields that the desk reads, and none besides."""

    forwarding: tuple[bytes, ...]
    dnt: Sequence[bytes]
    gpc: Sequence[bytes]
    host: str | None
    user_agent: bytes | None
    referrer: bytes | None = None
    routed: Sequence[tuple[bytes, bytes]] = ()  # the fields that routing reads


NOTHING_SEEN = Seen((), (), (), None, None)
"""The header fields of a request that could not be read."""


class Greeting(NamedTuple):
    """A cached answer for one peer and its forwarding header: who arrived, and whether more was not believed.

    `missed` says whether the web service may be asked about the address.
    """

    arrived: Arrived
    ignored: bool
    address: Concealed
    missed: bool = False


class Lookups(NamedTuple):
    """How often the desk looked who arrives: by an answer that it remembered, or in the database."""

    cached: int
    made: int

    def and_(self, others: "Lookups") -> "Lookups":
        """The sum."""
        return Lookups(self.cached + others.cached, self.made + others.made)

    def less(self, others: "Lookups") -> "Lookups":
        """The difference."""
        return Lookups(self.cached - others.cached, self.made - others.made)


class Desk:
    """Receives visits under one policy, with one database, and with a web service where the policy has one."""

    def __init__(self, policy: Policy, enricher: Enricher, web_service: WebService | None = None) -> None:
        self.policy = policy
        self.entities = Entities(policy)
        self.recorder = Recorder(policy, enricher.version)
        self.router = Router(policy, self.entities)
        self._header = policy.proxies.header.encode()
        self._proxies = policy.proxies
        self._enricher = enricher
        self._web_service = web_service
        self._believes = lru_cache(_CACHED_PEERS)(partial(is_believed, policy.proxies))
        # Nothing that the cache holds refers back to the desk: a desk that is swapped out is freed at once.
        self._greet = partial(_greet, policy.proxies, enricher, MISSES if web_service else frozenset())
        self._cached = lru_cache(_CACHED_ARRIVALS)(self._greet)

    def look(self, headers: Headers) -> Seen:
        """Pick the fields that matter out of all field lines, in one pass."""
        forwarding: list[bytes] = []
        dnt: list[bytes] = []
        gpc: list[bytes] = []
        routed: list[tuple[bytes, bytes]] = []
        host = user_agent = referrer = None
        wanted = self._header
        for name, value in headers:
            if name == wanted:
                forwarding.append(value)
            elif name == b"host" and host is None:
                host = value
            elif name == b"user-agent":
                user_agent = value
            elif name == b"referer":
                referrer = value
            elif name == b"dnt":
                dnt.append(value)
            elif name == b"sec-gpc":
                gpc.append(value)
            elif name in HEADERS:
                routed.append((name, value))
        return Seen(tuple(forwarding), dnt, gpc, self._our_host(host), user_agent, referrer, routed)

    def lookups(self) -> Lookups:
        """How often it looked who arrives. Those behind very long headers, which are never remembered, do not count."""
        told = self._cached.cache_info()
        return Lookups(told.hits, told.misses)

    def greet(self, peer: str | None, forwarding: tuple[bytes, ...]) -> Greeting:
        """Who arrived, from the peer and every field line of the one forwarding header."""
        if forwarding and not self._believes(peer):
            # Nothing of an unbelieved header reaches the cache: a stranger must not be able to turn it over.
            return self._cached(peer, ())._replace(ignored=True)
        # An empty line costs memory too.
        if sum(map(len, forwarding)) + _LINE_COST * len(forwarding) > _LONGEST_CACHED:
            return self._greet(peer, forwarding)
        return self._cached(peer, forwarding)

    def welcome(
        self, peer: str | None, seen: Seen, asked: Asked = NOTHING_ASKED, account: Account | None = None
    ) -> tuple[Visit, Greeting]:
        """The visit that an app sees, before the app runs."""
        greeting = self.greet(peer, seen.forwarding)
        arrived = greeting.arrived
        # Of somebody whose browser says anything of privacy a third party is told nothing, whatever the policy says.
        if greeting.missed and not seen.dnt and not seen.gpc:
            arrived = self._answered(arrived, greeting.address)
        return self.visit(arrived, seen, asked, account), greeting

    def find(self, peer: str | None, forwarding: Iterable[bytes], steps: list[Step] | None = None) -> ClientAddress:
        """The client address, from the peer and every field line of the one forwarding header."""
        return _find(self._proxies, peer, forwarding, steps)

    def arrive(self, client: ClientAddress) -> Arrived:
        """What is found of a client. From here on nothing knows the address itself."""
        return _arrive(self._enricher, client)

    def visit(
        self,
        arrived: Arrived,
        seen: Seen,
        asked: Asked = NOTHING_ASKED,
        account: Account | None = None,
    ) -> Visit:
        """The visit of who arrived, with the signals that came along."""
        signals, treated = SILENT, Treatment.FULL
        if seen.dnt or seen.gpc:
            signals = read(seen.dnt, seen.gpc)
            treated = treatment(self.policy.signals, signals)
        return Visit(arrived, signals, treated, seen.host, self.entities, self.router, asked, account)

    def ask(self, method: str, path: str, query: bytes, seen: Seen) -> Asked:
        """What a request asks of routing."""
        return self.router.asked(method, path, query, seen.routed)

    def move(self, visit: Visit) -> str | None:
        """Where to lead a visitor, or None: mostly nowhere."""
        asked = visit.asked
        if not asked.opens:
            return None
        country = visit.arrived.finding.record.country
        address = self.router.move(visit.suggested(), country, asked, objected=visit.treated is not Treatment.FULL)
        visit.led = address is not None
        return address

    def stranger(self) -> Visit:
        """A visit of which nothing could be found out, not even whether its visitor objects: so it is as if."""
        arrived = Arrived("invalid", None, NO_ADDRESS)
        policy = self.policy.signals
        strictest = Treatment.COUNT if Treatment.COUNT in {policy.dnt, policy.gpc} else Treatment.ANONYMOUS
        return Visit(arrived, SILENT, strictest, None, self.entities, self.router)

    def record(
        self,
        visit: Visit,
        at: float,
        user_agent: bytes | None,
        exchange: Exchange,
        daily_id: str | None = None,
        referrer: bytes | None = None,
    ) -> Record | None:
        """The record of a visit that ended, or None where the visitor is to be counted only."""
        told = (visit.entity_answer(), visit.treated, visit.heard, user_agent, exchange, daily_id)
        return self.recorder.visit(at, visit.arrived, *told, referrer, visit.outcome())

    def contract(self, visit: Visit, contract: Contract) -> Record:
        """The record of which company was named in a visit for a contract."""
        return contract.record(self.recorder.tags, visit.entity_answer().entity, stays=visit.heard.gpc)

    def _answered(self, arrived: Arrived, address: Concealed) -> Arrived:
        """Who arrived, by the answer of the web service, where there is one already."""
        missed = address.reveal()
        answer = self._web_service.find(missed) if self._web_service and missed else None
        if answer is None or missed is None:
            return arrived
        v6 = len(missed) > 4  # noqa: PLR2004
        return arrived._replace(finding=laid_over(arrived.finding, answer, self._enricher, v6=v6))

    def _our_host(self, host: bytes | None) -> str | None:
        """The host that was asked for, if it is one of the group's; any other is a stranger's text."""
        if host is None:
            return None
        name = host.decode("latin-1").partition(":")[0].lower()
        return name if self.entities.is_ours(name) else None


def _greet(
    proxies: Proxies, enricher: Enricher, misses: frozenset[str], peer: str | None, forwarding: tuple[bytes, ...]
) -> Greeting:
    client = _find(proxies, peer, forwarding)
    arrived = _arrive(enricher, client)
    return Greeting(arrived, client.ignored, Concealed(client.address), arrived.finding.reason in misses)


def _find(
    proxies: Proxies, peer: str | None, forwarding: Iterable[bytes], steps: list[Step] | None = None
) -> ClientAddress:
    return find_client(proxies, peer, [line.decode("latin-1") for line in forwarding], steps)


def _arrive(enricher: Enricher, client: ClientAddress) -> Arrived:
    network = None if client.address is None else network_of(client.address)
    return Arrived(client.source, network, enricher.find(client.text))
