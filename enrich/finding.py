"""One look-up for one address: the network record and the organisation, or the reason for none."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache, partial
from typing import NamedTuple

from frontdesk.enrich.organisation import Organisation, may_identify, organisation_of
from frontdesk.geodb import NOT_LISTED, Database, NetworkRecord
from frontdesk.geodb.age import Age, age_of, today, without
from frontdesk.geodb.sources.terms import OWN

# The networks of one holder are many, and what the database says of them is mostly the same.
_CACHED_NETWORKS = 4096


class Finding(NamedTuple):
    """What was found of an address. Exactly one of `organisation` and `reason` is set."""

    record: NetworkRecord
    organisation: Organisation | None
    reason: str | None

    def __hash__(self) -> int:
        return hash(self.record)  # which the verdict follows from

    @property
    def may_identify(self) -> bool:
        """Whether the network is so small, or held by a person, that it may identify somebody."""
        return may_identify(self.reason)


NO_ADDRESS = Finding(NOT_LISTED, None, "no_address")
"""The finding for a client whose address is not known."""


class Enricher:
    """Answers from one open database. A swap replaces the whole enricher, so that no answer mixes two.

    What is too old to be used on the day that the enricher is made is left out of its answers.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.age: Age = age_of(database.manifest, today())
        self._expired = self.age.expired
        self._dates: dict[str, date | None] = {source.name: source.date for source in database.manifest.sources}
        self.own = frozenset(source.name for source in database.manifest.sources if source.licence == OWN.licence)
        self.version = f"{database.manifest.name} {database.manifest.build_date}"
        self._found = lru_cache(_CACHED_NETWORKS)(partial(_found, self._dates, self._expired))

    def find(self, address: str | None) -> Finding:
        """The finding for an address in text, or for an unknown one."""
        if address is None:
            return NO_ADDRESS
        return self._found(self._database.lookup(address), ":" in address)

    def judge(self, record: NetworkRecord, *, v6: bool, dates: Mapping[str, date | None] | None = None) -> Finding:
        """The finding for a network record; `dates` are those of sources that are not in the database."""
        return _judge(record, {**self._dates, **dates} if dates else self._dates, v6)


def _found(dates: Mapping[str, date | None], expired: frozenset[str], record: NetworkRecord, v6: bool) -> Finding:
    """The finding for a record as the database has it, without what may not be used any more."""
    return _judge(without(record, expired) if expired else record, dates, v6)


def _judge(record: NetworkRecord, dates: Mapping[str, date | None], v6: bool) -> Finding:
    answer = organisation_of(record, dates, v6=v6)
    return Finding(record, None, answer) if isinstance(answer, str) else Finding(record, answer, None)
