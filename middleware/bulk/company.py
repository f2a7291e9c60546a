"""Whose the visits of many lines are, and how they are treated."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from frontdesk.enrich.bulk import Findings
from frontdesk.enrich.logs import columns as c
from frontdesk.geodb.leaves import I32, Mask
from frontdesk.middleware.bulk.distinct import Texts, distinct, mixed, texts_of
from frontdesk.middleware.bulk.exchanges import origin
from frontdesk.middleware.bulk.samples import Asking, Company, Samples
from frontdesk.middleware.bulk.tables import Fields, Part
from frontdesk.policy import Policy, Treatment
from frontdesk.systemdata import fields as f

NAMES = (
    *(f.EVENT_NAME, f.SCHEMA_VERSION, f.DNT, f.GPC, f.TREATMENT, f.ENTITY, f.ENTITY_REASON, f.RESIDENCY, f.TRANSFER),
    *(f.DATA_CLASS, f.RETENTION_CLASS, f.PURPOSES, f.POLICY_VERSION, f.HOST, f.ENTITY_SUGGESTED),
    f.SUGGESTED_OUTCOME,
)

_MOST_KNOWN = 1 << 16


class Owned(NamedTuple):
    """Whose each line's visit is, as the place of a company in `all`, and as the number of its fields."""

    code: npt.NDArray[np.int64]
    all: list[Company]
    number: I32

    def treated(self, treatment: Treatment) -> Mask:
        """Which lines are treated so."""
        mask: Mask = np.array([each.treatment is treatment for each in self.all], np.bool_)[self.code]
        return mask

    def entities(self) -> tuple[npt.NDArray[np.int64], list[str]]:
        """The entity of each line, as a place in a list of ids."""
        places: dict[str, int] = {}
        of_company = [places.setdefault(each.entity.id, len(places)) for each in self.all]
        return np.array(of_company, np.int64)[self.code], list(places)


class Companies:
    """Tells whose visits are, by host, place, signals and the choice in an address."""

    def __init__(
        self, policy: Policy, samples: Samples, findings: Findings, networks: Fields, host: str | None
    ) -> None:
        self._samples = samples
        self._findings = findings
        self._networks = networks
        self._host = host
        self._in_query = f"{policy.routing.parameter}="
        self._known: dict[tuple[object, ...], Company] = {}
        self.part: Part[Company] = Part(NAMES, samples.of_company)

    def of(self, lines: pl.DataFrame, networks: I32) -> Owned:
        """Whose the visits of lines are that came from networks."""
        size = len(networks)
        host, dnt, gpc = (texts_of(lines.get_column(name, default=None), size) for name in (c.HOST, c.DNT, c.GPC))
        target, method, referrer = self._choices(lines, size)
        places = [self._networks.columns[name] for name in (f.COUNTRY, f.REGION, f.NETWORK_TYPE)]
        key = mixed(
            *((column.of(networks), len(column.values)) for column in places),
            *((told.codes, len(told.values)) for told in (host, dnt, gpc, target, method, referrer)),
        )
        codes, rows = distinct(key)
        place = [column.of(networks[rows]).tolist() for column in places]
        found = [
            self._company(
                where,
                int(networks[row]),
                Asking(
                    host.at(row) or self._host,
                    dnt.at(row),
                    gpc.at(row),
                    method.at(row) or "GET",
                    target.at(row) or "",
                    None if (told := referrer.at(row)) is None else origin(told),
                ),
            )
            for row, *where in zip(rows, *place, strict=True)
        ]
        return Owned(codes, found, self.part.numbers(found, codes))

    def _company(self, where: list[int], network: int, asking: Asking) -> Company:
        """Whose a visit is; blocks of lines ask the same again and again."""
        key = (*where, asking)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MOST_KNOWN:  # anybody can invent a host
                self._known.clear()
            known = self._known[key] = self._samples.company(self._findings.find(network), asking)
        return known

    def _choices(self, lines: pl.DataFrame, size: int) -> tuple[Texts, Texts, Texts]:
        """The targets that may carry a visitor's choice, which few do, their methods, and what led there."""
        none = texts_of(None, size)
        targets = lines.get_column(c.TARGET, default=None)
        if targets is None:
            return none, none, none
        may = targets.str.contains(self._in_query, literal=True).fill_null(value=False)
        if not may.any():
            return none, none, none
        names = [name for name in (c.TARGET, c.METHOD, c.REFERRER) if name in lines.columns]
        told = lines.select(pl.when(may).then(pl.col(name)).alias(name) for name in names)
        target, method, referrer = (
            texts_of(told.get_column(name, default=None), size) for name in (c.TARGET, c.METHOD, c.REFERRER)
        )
        return target, method, referrer
