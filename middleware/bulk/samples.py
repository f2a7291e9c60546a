"""Sample visits: what the rules for one visit say, asked at the desk for one line that stands for many."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from frontdesk.enrich import EntityAnswer, Finding
from frontdesk.geodb import NetworkRecord
from frontdesk.middleware.desk import Desk
from frontdesk.middleware.seen import Seen
from frontdesk.middleware.signals import SILENT, Signals
from frontdesk.policy import Entity, Treatment
from frontdesk.systemdata import Exchange
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.record import Arrived, Suggested
from frontdesk.systemdata.tags import Record

_GET = Exchange("GET", "https")
_SECOND = 1_800_000_000

SOMEWHERE = Finding(NetworkRecord(country="AQ"), None, "unknown")
"""A network that stands for any, where the network does not matter."""


class Asking(NamedTuple):
    """What of a line decides whose the visit is and how it is treated, besides the network."""

    host: str | None = None
    dnt: str | None = None
    gpc: str | None = None
    method: str = "GET"
    target: str = ""
    referrer: str | None = None

    def headers(self) -> Sequence[tuple[bytes, bytes]]:
        """The header fields of the request, as far as they are told."""
        told = [(b"host", [] if self.host is None else [self.host])]
        told += [(b"dnt", _lines(self.dnt)), (b"sec-gpc", _lines(self.gpc))]
        told += [(b"referer", [] if self.referrer is None else [self.referrer])]
        told += [(b"accept", ["text/html"])]  # no log says what was wanted, and a choice is mostly of a page
        return [(name, line.encode("latin-1", "replace")) for name, lines in told for line in lines]


def _lines(signal: str | None) -> list[str]:
    """The lines that a request had of a signal. Servers log them as one; no signal has a comma in it."""
    return [] if signal is None else signal.split(",")


class Company(NamedTuple):
    """Whose a visit is, why, and what follows from its signals."""

    entity: Entity
    reason: str
    treatment: Treatment
    signals: Signals
    host: str | None
    suggested: Suggested | None  # what a click answered; what was shown to somebody no log tells


class Samples:
    """Asks one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._default = EntityAnswer(
            desk.entities.named(desk.policy.default_entity) or desk.policy.entities[0], "default"
        )

    def company(self, finding: Finding, asking: Asking) -> Company:
        """Whose the visit of a line is."""
        desk = self._desk
        seen = Seen(asking.headers())
        path, _, query = asking.target.partition("?")
        asked = desk.ask(asking.method, path, query.encode("latin-1", "replace"), seen)
        visit = desk.visit(Arrived("peer", None, finding), seen, asked)
        entity = visit.entity_answer()
        guest = visit.guest
        return Company(entity.entity, entity.reason, guest.treated, guest.signals, guest.host, visit.outcome())

    def of_network(self, finding: Finding) -> Record:
        """What the record of a visit says of its network."""
        return self._desk.recorder.network(finding)

    def of_agent(self, user_agent: bytes | None, finding: Finding, treatment: Treatment) -> Record:
        """The record of a visit with a browser, from a network."""
        return self._record(finding, treatment=treatment, user_agent=user_agent)

    def of_exchange(self, exchange: Exchange) -> Record:
        """The record of a visit with what was asked and answered."""
        return self._record(SOMEWHERE, exchange=exchange)

    def of_referrer(self, referrer: str) -> Record:
        """The record of a visit that another site led to."""
        return self._record(SOMEWHERE, referrer=referrer.encode("latin-1", "replace"))

    def of_company(self, company: Company) -> Record:
        """The record of a visit of a company; empty where the visit is counted only."""
        entity = EntityAnswer(company.entity, company.reason)
        exchange = _GET._replace(host=company.host)
        return self._record(
            SOMEWHERE, entity, company.treatment, company.signals, exchange=exchange, suggested=company.suggested
        )

    def of_the_anonymous(self) -> frozenset[str]:
        """The fields that the record of an anonymous visit may have, but for what is told by an `Exchange`."""
        agent = self._record(SOMEWHERE, treatment=Treatment.ANONYMOUS, user_agent=b"Googlebot/2.1")
        return frozenset(agent) | {f.RESIDENCY, f.ROUTE, f.STATUS, f.HOST, f.ERROR}

    def lifetime(self) -> int:
        """How many milliseconds lie between the second of a visit and its expiry."""
        record = self._record(SOMEWHERE)
        expires, at = (datetime.fromisoformat(record[name]) for name in (f.EXPIRES_AT, f.TIMESTAMP))
        return round((expires - at).total_seconds() * 1000)

    def _record(
        self,
        finding: Finding,
        entity: EntityAnswer | None = None,
        treatment: Treatment = Treatment.FULL,
        signals: Signals = SILENT,
        user_agent: bytes | None = None,
        exchange: Exchange = _GET,
        referrer: bytes | None = None,
        suggested: Suggested | None = None,
    ) -> Record:
        recorder, arrived = self._desk.recorder, Arrived("peer", None, finding)
        standing = recorder.standing(arrived, entity or self._default, treatment, signals, user_agent)
        if standing is None:
            return {}
        return recorder.visit(_SECOND, standing, exchange, None, referrer, suggested).record()
