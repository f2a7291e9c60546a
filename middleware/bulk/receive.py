"""Receiving many lines of a log at once: who came, what may be kept of it, and the tables that hold it."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl

from frontdesk.enrich import Enricher
from frontdesk.enrich.bulk import Findings
from frontdesk.enrich.logs import columns as c
from frontdesk.enrich.logs.batch import NO_ADDRESS, NOT_YET
from frontdesk.geodb import Database
from frontdesk.geodb.leaves import I32, Mask
from frontdesk.middleware.bulk.agents import Agents
from frontdesk.middleware.bulk.clients import Finder
from frontdesk.middleware.bulk.company import Companies, Owned
from frontdesk.middleware.bulk.distinct import Numbers, distinct, mixed
from frontdesk.middleware.bulk.exchanges import Exchanges, Referrers
from frontdesk.middleware.bulk.ids import Ids
from frontdesk.middleware.bulk.routes import Routes
from frontdesk.middleware.bulk.rows import Rows, Shelved, Told
from frontdesk.middleware.bulk.samples import Samples
from frontdesk.middleware.bulk.tables import Fields, Part
from frontdesk.middleware.desk import Desk
from frontdesk.policy import Policy, Treatment
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.columns import OTHER
from frontdesk.systemdata.counts import Counts, Tally
from frontdesk.systemdata.tags import Record

NETWORK = (
    *(f.COUNTRY, f.REGION, f.AS_NUMBER, f.AS_NAME, f.NETWORK_TYPE, f.MAY_IDENTIFY, f.DATABASE),
    *(f.ORGANISATION, f.ORGANISATION_KEY, f.ORGANISATION_KIND, f.ORGANISATION_CONFIDENCE, f.ORGANISATION_SOURCE),
    *(f.ORGANISATION_METHOD, f.ORGANISATION_RULE, f.ORGANISATION_PREFIX, f.ORGANISATION_DOMAIN),
    *(f.ORGANISATION_REASON, OTHER),
)
"""The fields of a record that its network tells."""

CLOCKS_DIFFER = 86_400
"""Seconds that the clock of a server may be ahead of ours, at most."""

_HOUR = 3_600_000


class Besides(NamedTuple):
    """What somebody tells of a log besides: the host and scheme where no line has one, and templates of paths."""

    host: str | None = None
    scheme: str | None = None
    routes: tuple[str, ...] = ()


NOTHING_BESIDES = Besides()


class Received(NamedTuple):
    """What became of lines. `counted` are those of which the policy keeps nothing but their number.

    Each of `shelved` is made when it is asked for, once.
    """

    shelved: Iterator[Shelved]
    aggregates: list[Record]
    last: int  # when the last of those happened that are kept or counted, in seconds since 1970; 0 where none is
    until: int  # when it expires
    written: int
    counted: int
    expired: int
    rejects: list[tuple[int, str]]  # lines that are no visits, as places, and why


class Receiver:
    """Receives logs under one policy, with one database. Several threads may ask it at once."""

    def __init__(
        self,
        policy: Policy,
        database: Database,
        as_of: float,
        besides: Besides = NOTHING_BESIDES,
        secret: bytes | None = None,
        latest: float | None = None,
    ) -> None:
        """Make ready. What has expired at `as_of`, in seconds since 1970, is not kept, and what is later than `latest`
        is rejected: it would be kept for longer than the policy says.

        The ids of the day come of `secret`, where others receive lines of the same run; else of one of its own.

        Raises `FrontdeskError` where a template is none.
        """
        enricher = Enricher(database)
        desk = Desk(policy, enricher)
        samples = Samples(desk)
        self._findings = Findings(database, enricher)
        self._finder = Finder(desk)
        self._networks = Fields(NETWORK, lambda number: samples.of_network(self._findings.find(number)))
        self._companies = Companies(policy, samples, self._findings, self._networks, besides.host)
        self._agents = Agents(samples, self._findings, self._networks)
        self._exchanges = Exchanges(samples, Routes(policy, besides.routes), besides.scheme)
        self._referrers = Referrers(samples)
        self._sources: Part[str] = Part([f.CLIENT_SOURCE], lambda source: {f.CLIENT_SOURCE: source})
        self._ids = Ids(secret) if policy.visitors.daily_id else None
        self._tags = desk.recorder.tags
        self._as_of = int(as_of * 1000)
        self._latest = None if latest is None else int(latest * 1000)
        self._lifetime = samples.lifetime()
        self._kept = samples.of_the_anonymous()
        self.version = enricher.version
        """The network database, as records name it."""
        self.header = c.header(policy.proxies.header)
        """The column of the header that may tell the client."""

    def receive(self, lines: pl.DataFrame) -> Received:
        """Receive lines, in the columns of `enrich.logs.columns`."""
        clients = self._finder.find(lines[c.PEER], lines.get_column(self.header, default=None))
        at = lines[c.TIME].to_numpy()
        rejects = self._rejects(at, clients.unreadable(lines[c.PEER]))
        if rejects:
            good = np.ones(len(lines), np.bool_)
            good[list(rejects)] = False
            return self.receive(lines.filter(pl.Series(good)))._replace(rejects=sorted(rejects.items()))
        networks = self._findings.of(clients.addresses)
        self._networks.learn(networks)
        owned = self._companies.of(lines, networks)
        anonymous = owned.treated(Treatment.ANONYMOUS)
        agents, machine = self._agents.of(lines, networks, anonymous)
        told_at = np.where(anonymous, at - at % _HOUR, at)  # as the recorder tells it
        expires = told_at // 1000 * 1000 + self._lifetime
        lasting = expires > self._as_of
        entity, entities = owned.entities()
        parts = [
            Told(self._networks, networks),
            Told(self._agents.part.fields, agents),
            Told(self._companies.part.fields, owned.number),
            Told(self._exchanges.part.fields, self._exchanges.of(lines)),
            Told(*self._referrers.of(lines)),
            Told(self._sources.fields, self._sources.numbers(clients.sources, clients.source)),
        ]
        kept = lasting & ~owned.treated(Treatment.COUNT)
        ids = None
        if self._ids is not None:
            ids = self._ids.of(clients.addresses, at, entity, entities, self._may_have_id(networks, kept & ~anonymous))
        rows = Rows(told_at, expires, clients.addresses, ids, anonymous, entity, entities, parts, self._kept)
        alive = np.flatnonzero(lasting)
        written = int(kept.sum())
        return Received(
            rows.shelve(np.flatnonzero(kept)),
            self._count(at, owned, machine, alive),
            int(at[alive].max()) // 1000 if len(alive) else 0,
            int(expires[alive].max()) // 1000 if len(alive) else 0,
            written,
            len(alive) - written,
            len(at) - len(alive),
            [],
        )

    def _rejects(self, at: Numbers, unreadable: Numbers) -> dict[int, str]:
        """The lines that are no visits, as places, and why; of two reasons the time's is told."""
        late = [] if self._latest is None else np.flatnonzero(at > self._latest).tolist()
        return dict.fromkeys(unreadable.tolist(), NO_ADDRESS) | dict.fromkeys(late, NOT_YET)

    def _may_have_id(self, networks: I32, kept: Mask) -> Mask:
        """Of which lines the visitor may have an id of the day: not where the network may identify somebody."""
        column = self._networks.columns[f.MAY_IDENTIFY]
        identifying = np.array([*column.values, True], np.bool_)[column.of(networks)]
        mask: Mask = kept & ~identifying
        return mask

    def _count(self, at: Numbers, owned: Owned, machine: Mask, lines: Numbers) -> list[Record]:
        """What the counters of the middleware would have counted of some lines."""
        if not len(lines):
            return []
        counts = Counts()
        hours = at[lines] // _HOUR
        first = int(hours.min())
        company, bot = owned.code[lines], machine[lines]
        key = mixed((hours - first, int(hours.max()) - first + 1), (company, len(owned.all)), (bot * 1, 2))
        codes, rows = distinct(key)
        for row, times in zip(rows, np.bincount(codes).tolist(), strict=True):
            told = owned.all[int(company[row])]
            second = int(hours[row]) * _HOUR / 1000
            dnt, gpc = told.signals
            tally = Tally(self._tags, told.entity.id, told.treatment, dnt == "1", gpc, bool(bot[row]))
            counts.add(second, tally, times)
        return list(counts.take(float("inf")))
