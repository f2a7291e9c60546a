"""The parts of a visit's line. Each is encoded once for all visits that share it: a second, a network, a browser, …

The caches are bounded, and live as long as one policy with one database does. Nothing in them is of one visitor.
"""

from functools import lru_cache, partial
from typing import Final, NamedTuple

from frontdesk.enrich import Finding
from frontdesk.policy import RetentionClass
from frontdesk.policy.bounded import keep
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.line import known, part
from frontdesk.systemdata.minimise import MACHINES, agent_family, known_method, known_scheme
from frontdesk.systemdata.shelf import Place, Shelf
from frontdesk.systemdata.tags import Record, Tags, head, kind
from frontdesk.systemdata.visit import Exchange, Exchanged

_MANY: Final = 4096
_SOME: Final = 1024
# What comes from here is a machine, or somebody whose network hides it: a VPN, a cloud desktop, a company's gateway.
_OF_MACHINES = frozenset({"hosting", "cdn"})


class Moment:
    """A second: how lines begin that are written in it, up to the milliseconds, how they end, and where they go."""

    __slots__ = ("begins", "ends", "place")

    def __init__(self, begins: bytes, ends: bytes, place: Place) -> None:
        self.begins = begins
        self.ends = ends
        self.place = place


class Said(NamedTuple):
    """What is said of a network: what was found, or the country alone."""

    finding: bytes
    country: bytes


class Parts:
    """The parts of visits' lines under one policy, with one database."""

    def __init__(self, tags: Tags, database_version: str) -> None:
        self._tags = tags
        # Plain functions are cached, not methods: nothing that a cache holds keeps this object from being freed.
        self.network = lru_cache(_MANY)(partial(_network, database_version))
        self.agent = lru_cache(_SOME)(_agent)
        self.company = lru_cache(_SOME)(partial(_company, tags))
        # What each visit asks for. Here a call less is a tenth of what it takes.
        self._moments: dict[tuple[int, str, bool], Moment] = {}
        self._exchanges: dict[Exchanged, bytes] = {}

    def moment(self, second: int, entity: str, anonymous: bool) -> Moment:
        """What is said of a second, in lines of an entity."""
        key = (second, entity, anonymous)
        return self._moments.get(key) or keep(self._moments, key, _moment(self._tags, *key), _SOME)

    def exchange(self, exchange: Exchanged) -> bytes:
        """What is said of a request and its answer: the fields of an `Exchange`."""
        return self._exchanges.get(exchange) or keep(self._exchanges, exchange, _exchange(exchange), _SOME)


def _moment(tags: Tags, second: int, entity: str, anonymous: bool) -> Moment:
    timestamp: str = head("visit", second)[f.TIMESTAMP]
    begins = part({f.TIMESTAMP: timestamp}).removesuffix(b'000Z",')
    ends = part(kind("visit") | {f.EXPIRES_AT: tags.expiry(RetentionClass.VISIT, second)}).removesuffix(b",")
    shelf = Shelf(RetentionClass.VISIT.value, timestamp[:10], entity)
    return Moment(b"{" + begins, ends + b"}\n", Place(shelf, anonymous))


def _network(database_version: str, finding: Finding) -> Said:
    """What is said of a network, encoded."""
    return Said(part(said_of(finding, database_version)), part(_country(finding)))


def said_of(finding: Finding, database_version: str) -> Record:
    """What is said of a network, but for the network itself."""
    record = finding.record
    said = _country(finding) | known(
        {
            f.REGION: record.region,
            f.AS_NUMBER: None if finding.may_identify else record.as_number,
            f.NETWORK_TYPE: record.type,
            f.MAY_IDENTIFY: finding.may_identify,
        }
    )
    return said | _organisation(finding) | {f.DATABASE: database_version}


def _country(finding: Finding) -> Record:
    return known({f.COUNTRY: finding.record.country or None})


def _organisation(finding: Finding) -> Record:
    organisation = finding.organisation
    if organisation is None:
        return {f.ORGANISATION_REASON: finding.reason}
    return {
        # The holder's registered name is kept only as evidence: it may be a person's.
        f.AS_NAME: finding.record.as_name,
        f.ORGANISATION: organisation.name,
        f.ORGANISATION_KEY: organisation.key,
        f.ORGANISATION_KIND: organisation.kind,
        f.ORGANISATION_CONFIDENCE: organisation.confidence,
        f.ORGANISATION_SOURCE: organisation.evidence.source,
        f.ORGANISATION_METHOD: organisation.evidence.method,
        f.ORGANISATION_RULE: organisation.evidence.rule,
        f.ORGANISATION_PREFIX: organisation.evidence.prefix_length,
        **({f.ORGANISATION_DOMAIN: organisation.domain} if organisation.domain else {}),
    }


def _agent(user_agent: bytes | None, network_type: str | None) -> bytes:
    """What is said of a browser; without a network type, only whether it is a machine."""
    family = agent_family(user_agent)
    by_agent, by_network = family in MACHINES, network_type in _OF_MACHINES
    said: Record = {f.SYNTHETIC: "bot"} if by_agent or by_network else {}
    if network_type is not None:
        said |= {f.BOT_BY: "agent" if by_agent else "network"} if said else {}
        said[f.AGENT] = family
    return part(said)


def _exchange(told: Exchanged) -> bytes:
    exchange = Exchange(*told)
    said = known({f.ROUTE: exchange.route, f.STATUS: exchange.status, f.HOST: exchange.host, f.ERROR: exchange.error})
    said |= {f.METHOD: known_method(exchange.method), f.SCHEME: known_scheme(exchange.scheme)}
    return part(said | {f.OUTCOME: exchange.outcome})


def _company(tags: Tags, source: str, signals: tuple[str, bool], treatment: str, entity: str, reason: str) -> bytes:
    """What is said of what the visitor asks for, whose the visit is, and what it may be used for."""
    said: Record = {f.CLIENT_SOURCE: source, f.DNT: signals[0], f.GPC: signals[1], f.TREATMENT: treatment}
    return part({**said, f.ENTITY_REASON: reason, **tags.constant(RetentionClass.VISIT, entity, stays=signals[1])})
