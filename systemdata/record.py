"""The record of a visit: what is written, how it is minimised, and until when it may be kept."""

from typing import NamedTuple

import orjson

from frontdesk.enrich import EntityAnswer, Finding
from frontdesk.policy import Policy, RetentionClass, Treatment
from frontdesk.systemdata import crawlers
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.gap import Gap
from frontdesk.systemdata.minimise import MACHINES, agent_family, coarser, known_method, known_scheme
from frontdesk.systemdata.referrer import Referrers
from frontdesk.systemdata.tags import Record, Tags, head

_HOUR = 3_600
# What comes from here is a machine, or somebody whose network hides it: a VPN, a cloud desktop, a company's gateway.
_OF_MACHINES = frozenset({"hosting", "cdn"})


class Exchange(NamedTuple):
    """The request and the answer, as far as a record may know of them.

    `route` is the template that a router matched, never the path that was asked for. `host` is one that the policy
    names, or None. `outcome` is `complete`, `error` or `disconnected`; `error` the type of an unhandled exception.
    """

    method: str
    scheme: str
    host: str | None = None
    route: str | None = None
    status: int | None = None
    outcome: str = "complete"
    error: str | None = None


class Arrived(NamedTuple):
    """Who came, without the address: where it came from, the network that stands for it, and what was found."""

    source: str
    network: str | None
    finding: Finding


class Suggested(NamedTuple):
    """The id of the entity that was suggested to a visitor, and what became of it.

    It was `shown` (in the answer, or to the app that asked), the visitor was `led` there, or by a click it was `taken`
    or `declined`.
    """

    entity: str
    outcome: str


class Recorder:
    """Builds and encodes records under one policy."""

    def __init__(self, policy: Policy, database_version: str) -> None:
        crawlers.prepare()
        self._database = database_version
        self._referrers = Referrers(policy)
        self.tags = Tags(policy)

    def visit(
        self,
        at: float,
        arrived: Arrived,
        entity: EntityAnswer,
        treatment: Treatment,
        signals: tuple[str, bool],
        user_agent: bytes | None,
        exchange: Exchange,
        daily_id: str | None = None,
        referrer: bytes | None = None,
        suggested: Suggested | None = None,
    ) -> Record | None:
        """The record of a visit at a time (seconds since 1970), or None where the treatment is to count only.

        Only a full record may have the visitor's id of the day, and none of a network that may identify somebody; it
        alone has the site that led here (`referrer` is the header that names it) and the entity that was `suggested`.
        Of an anonymous one, whether it is a machine's is told by the agent only: its network is nobody's business.
        """
        if treatment is Treatment.COUNT:
            return None
        anonymous = treatment is Treatment.ANONYMOUS
        if anonymous:
            at -= at % _HOUR
        record = head("visit", at)
        family = agent_family(user_agent)
        if arrived.finding.record.country:
            record[f.COUNTRY] = arrived.finding.record.country
        if not anonymous:
            record |= self._visitor(arrived, family, daily_id, referrer, suggested)
        if family in MACHINES:
            record[f.SYNTHETIC] = "bot"
        record[f.METHOD] = known_method(exchange.method)
        if exchange.route is not None:
            record[f.ROUTE] = exchange.route
        if exchange.status is not None:
            record[f.STATUS] = exchange.status
        record[f.SCHEME] = known_scheme(exchange.scheme)
        if exchange.host is not None:
            record[f.HOST] = exchange.host
        if exchange.error is not None:
            record[f.ERROR] = exchange.error
        record[f.OUTCOME] = exchange.outcome
        record[f.CLIENT_SOURCE] = arrived.source
        record[f.DNT], record[f.GPC] = signals
        record[f.TREATMENT] = treatment.value
        record[f.ENTITY_REASON] = entity.reason
        return record | self.tags.of(RetentionClass.VISIT, entity.entity.id, at, stays=signals[1])

    def gap(self, gap: Gap) -> Record:
        """The record that tells of a gap, on the shelf where the records are missing: it is kept as long as they."""
        record = head("gap", int(gap.until))
        record[f.GAP_SINCE] = head("gap", int(gap.since))[f.TIMESTAMP]
        record[f.GAP_RECORDS] = sum(gap.missing.values())
        record |= {f.GAP_REASON + reason: count for reason, count in sorted(gap.missing.items())}
        return record | self.tags.of(RetentionClass(gap.retention_class), gap.entity, int(gap.until))

    def _visitor(
        self,
        arrived: Arrived,
        family: str,
        daily_id: str | None,
        referrer: bytes | None,
        suggested: Suggested | None,
    ) -> Record:
        """What a record says of the visitor; nothing of this is written of one who objected."""
        part = self._network(arrived)
        if daily_id is not None and not arrived.finding.may_identify:
            part[f.DAILY_ID] = daily_id
        part[f.AGENT] = family
        if family in MACHINES:
            part[f.BOT_BY] = "agent"
        elif arrived.finding.record.type in _OF_MACHINES:
            part[f.SYNTHETIC], part[f.BOT_BY] = "bot", "network"
        if referrer is not None and (site := self._referrers.site(referrer)):
            part[f.REFERRER] = site
        if suggested is not None:
            part[f.ENTITY_SUGGESTED], part[f.SUGGESTED_OUTCOME] = suggested
        return part

    def _network(self, arrived: Arrived) -> Record:
        """What a record says of the network."""
        network, finding = arrived.finding.record, arrived.finding
        identifying = finding.may_identify
        part: Record = {}
        if arrived.network:
            part[f.CLIENT_NETWORK] = coarser(arrived.network) if identifying else arrived.network
        if network.subdivision:
            part[f.REGION] = network.subdivision
        if network.as_number is not None and not identifying:
            part[f.AS_NUMBER] = network.as_number
        part[f.NETWORK_TYPE] = network.type
        part[f.MAY_IDENTIFY] = identifying
        if finding.organisation is None:
            part[f.ORGANISATION_REASON] = finding.reason
        else:
            # The holder's registered name is kept only as evidence: it may be a person's.
            organisation = finding.organisation
            part[f.AS_NAME] = network.as_name
            part[f.ORGANISATION] = organisation.name
            part[f.ORGANISATION_KEY] = organisation.key
            part[f.ORGANISATION_KIND] = organisation.kind
            part[f.ORGANISATION_CONFIDENCE] = organisation.confidence
            part[f.ORGANISATION_SOURCE] = organisation.evidence.source
            part[f.ORGANISATION_METHOD] = organisation.evidence.method
            part[f.ORGANISATION_RULE] = organisation.evidence.rule
            part[f.ORGANISATION_PREFIX] = organisation.evidence.prefix_length
        part[f.DATABASE] = self._database
        return part


def encode(record: Record) -> bytes:
    """A record as one line of JSON."""
    return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
