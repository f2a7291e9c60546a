"""The record of a visit: what is written, how it is minimised, and until when it may be kept."""

from typing import Final

import orjson

from frontdesk.enrich import EntityAnswer, Finding
from frontdesk.policy import Policy, RetentionClass, Treatment
from frontdesk.systemdata import crawlers
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.gap import Gap
from frontdesk.systemdata.line import Line, part
from frontdesk.systemdata.minimise import coarser
from frontdesk.systemdata.parts import Parts, said_of
from frontdesk.systemdata.referrer import Referrers
from frontdesk.systemdata.shelf import Place
from frontdesk.systemdata.tags import Record, head, milliseconds, tags_of
from frontdesk.systemdata.visit import Arrived, Exchange, Exchanged, Standing, Suggested

__all__ = ["Arrived", "Exchange", "Recorder", "Suggested", "encode"]

_HOUR: Final = 3_600
_NETWORK = f.CLIENT_NETWORK.encode()
_ID_BEGINS: Final = b'"%b":"' % f.DAILY_ID.encode()
_ID_ENDS: Final = b'",'
# How a timestamp ends, by its milliseconds.
_MILLISECONDS: Final = [b'%03dZ",' % each for each in range(1000)]


class Recorder:
    """Builds and encodes records under one policy."""

    def __init__(self, policy: Policy, database_version: str) -> None:
        crawlers.prepare()
        self._referrers = Referrers(policy)
        self.tags = tags_of(policy)
        self._parts = Parts(self.tags, database_version)
        self._database_version = database_version

    def network(self, finding: Finding) -> Record:
        """What each full record says of the network that its visitor came from, but for the network itself."""
        return said_of(finding, self._database_version)

    def standing(
        self,
        arrived: Arrived,
        entity: EntityAnswer,
        treatment: Treatment,
        signals: tuple[str, bool],
        user_agent: bytes | None,
    ) -> Standing | None:
        """What is said of a visitor in each line, or None where the treatment is to count only.

        Of an anonymous one, whether it is a machine's is told by the agent only: its network is nobody's business.
        """
        if treatment is Treatment.COUNT:
            return None
        parts, finding, whose = self._parts, arrived.finding, entity.entity.id
        company = parts.company(arrived.source, signals, treatment.value, whose, entity.reason)
        may_identify = finding.may_identify
        said = parts.network(finding)
        if treatment is Treatment.ANONYMOUS:
            told = (b"", said.country, parts.agent(user_agent, None), company)
            return Standing(*told, whose, anonymous=True, may_identify=may_identify)
        network = arrived.network and (coarser(arrived.network) if may_identify else arrived.network)
        where = b'"%b":"%b",' % (_NETWORK, network.encode()) if network else b""
        told = (where, said.finding, parts.agent(user_agent, finding.record.type), company)
        return Standing(*told, whose, anonymous=False, may_identify=may_identify)

    def visit(
        self,
        at: float,
        standing: Standing,
        exchange: Exchange,
        daily_id: str | None = None,
        referrer: bytes | None = None,
        suggested: Suggested | None = None,
    ) -> Line:
        """The line of a visit at a time (seconds since 1970): see `text`."""
        return Line(*self.text(at, standing, exchange, daily_id, referrer, suggested))

    def text(
        self,
        at: float,
        standing: Standing,
        exchange: Exchanged,
        daily_id: str | None = None,
        referrer: bytes | None = None,
        suggested: Suggested | None = None,
    ) -> tuple[bytes, Place]:
        """What the line of a visit at a time says (seconds since 1970), and where it goes.

        Only a full record may have the visitor's id of the day, and none of a network that may identify somebody; it
        alone has the site that led here (`referrer` is the header that names it) and the entity that was `suggested`.
        """
        if standing.anonymous:
            at, more = at - at % _HOUR, b""
        else:
            more = b"" if daily_id is None or standing.may_identify else _ID_BEGINS + daily_id.encode() + _ID_ENDS
            if referrer is not None or suggested is not None:
                more += self._led(referrer, suggested)
        total = milliseconds(at)
        second = total // 1000
        parts = self._parts
        moment = parts.moment(second, standing.entity, standing.anonymous)
        said = (
            moment.begins,
            _MILLISECONDS[total - second * 1000],
            standing.network,
            standing.finding,
            standing.agent,
            standing.company,
            more,
            parts.exchange(exchange),
            moment.ends,
        )
        return b"".join(said), moment.place

    def _led(self, referrer: bytes | None, suggested: Suggested | None) -> bytes:
        """What is said of where the visitor came from, and where to go."""
        said = (
            {} if suggested is None else {f.ENTITY_SUGGESTED: suggested.entity, f.SUGGESTED_OUTCOME: suggested.outcome}
        )
        site = None if referrer is None else self._referrers.site(referrer)
        return part(said | ({f.REFERRER: site} if site else {}))

    def gap(self, gap: Gap) -> Record:
        """The record that tells of a gap, on the shelf where the records are missing: it is kept as long as they."""
        record = head("gap", int(gap.until))
        record[f.GAP_SINCE] = head("gap", int(gap.since))[f.TIMESTAMP]
        record[f.GAP_RECORDS] = sum(gap.missing.values())
        record |= {f.GAP_REASON + reason: count for reason, count in sorted(gap.missing.items())}
        return record | self.tags.of(RetentionClass(gap.retention_class), gap.entity, int(gap.until))


def encode(record: Record) -> bytes:
    """A record as one line of JSON."""
    return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
