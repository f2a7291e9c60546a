"""Addresses in a table of Polars: what each means, beside the rest of the row, for an analyst's own work.

`frame` adds columns; the namespace `frontdesk` gives the same to expressions: `pl.col("ip").frontdesk.network()`.
Importing this module registers it.
"""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from frontdesk.enrich.addresses import read
from frontdesk.enrich.bulk import Findings
from frontdesk.enrich.finding import Enricher, Finding
from frontdesk.geodb import EMBEDDED, Database

SCHEMA: dict[str, Any] = {
    "country": pl.String,
    "subdivision": pl.String,
    "network_type": pl.String,
    "as_number": pl.Int64,
    "organisation": pl.String,
    "organisation_key": pl.String,
    "organisation_kind": pl.String,
    "organisation_confidence": pl.String,
    "organisation_reason": pl.String,
    "evidence_source": pl.String,
    "evidence_method": pl.String,
    "evidence_rule": pl.String,
    "evidence_prefix_length": pl.Int64,
}
"""The columns that are added. Exactly one of `organisation` and `organisation_reason` is set."""


class Meanings:
    """What addresses mean, by one database; each answer that it has is judged once."""

    def __init__(self, database: Database) -> None:
        self._findings = Findings(database, Enricher(database))

    def of(self, texts: pl.Series) -> pl.DataFrame:
        """The columns of `SCHEMA` for a column of addresses; what is none has the reason `no_address`."""
        numbers = self._findings.of(read(texts))
        distinct, places = np.unique(numbers, return_inverse=True)
        rows = [_row(finding) for finding in self._findings.all_of(distinct.tolist())]
        told = pl.DataFrame(rows, schema=SCHEMA, orient="row")
        return told.select(pl.all().gather(pl.Series(places, dtype=pl.UInt32)))


def frame(df: pl.DataFrame, address: str = "ip", *, database: Path = EMBEDDED, prefix: str = "") -> pl.DataFrame:
    """A table with what its addresses mean.

    Args:
        df: the table. Nothing is taken away from it: drop the addresses when you need them no more.
        address: the column of addresses, in text.
        database: the network database.
        prefix: stands before the name of each column that is added.

    Raises:
        FrontdeskError: the database is damaged, or none of ours.
        polars.exceptions.DuplicateError: a column of such a name is there; give a prefix.
    """
    told = meanings(database).of(df[address].cast(pl.String))
    return df.hstack(told.rename({name: prefix + name for name in SCHEMA}))


@cache
def meanings(database: Path) -> Meanings:
    """The meanings of addresses by a database, which stays open."""
    return Meanings(Database(database))


@pl.api.register_expr_namespace("frontdesk")
class FrontdeskExpressions:
    """Of a column of addresses."""

    def __init__(self, addresses: pl.Expr) -> None:
        self._addresses = addresses

    def network(self, *, database: Path = EMBEDDED) -> pl.Expr:
        """A struct with the fields of `SCHEMA`."""
        return self._addresses.cast(pl.String).map_batches(
            lambda texts: meanings(database).of(texts).to_struct("network"), return_dtype=pl.Struct(SCHEMA)
        )

    def organisation(self, *, database: Path = EMBEDDED) -> pl.Expr:
        """The organisation's name, or null."""
        return self.network(database=database).struct.field("organisation")

    def country(self, *, database: Path = EMBEDDED) -> pl.Expr:
        """The country of the network, or null."""
        return self.network(database=database).struct.field("country")


@pl.api.register_dataframe_namespace("frontdesk")
class FrontdeskFrames:
    """Of a table with a column of addresses."""

    def __init__(self, df: pl.DataFrame) -> None:
        self._df = df

    def enrich(self, address: str = "ip", *, database: Path = EMBEDDED, prefix: str = "") -> pl.DataFrame:
        """The table with what its addresses mean: see `frame`."""
        return frame(self._df, address, database=database, prefix=prefix)


def _row(finding: Finding) -> tuple[Any, ...]:
    record, organisation = finding.record, finding.organisation
    # An analyst sees no more of a network that may identify somebody than a record would have.
    as_number = None if finding.may_identify else record.as_number
    place = (record.country, record.region, record.type, as_number)
    if organisation is None:
        return (*place, None, None, None, None, finding.reason, None, None, None, None)
    evidence = organisation.evidence
    named = (organisation.name, organisation.key, organisation.kind, organisation.confidence, None)
    return (*place, *named, evidence.source, evidence.method, evidence.rule, evidence.prefix_length)
