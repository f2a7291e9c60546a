"""One look-up for one address: the network record and the organisation, or the reason for none."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from frontdesk.enrich.organisation import Organisation, may_identify, organisation_of
from frontdesk.geodb import NOT_LISTED, Database, NetworkRecord
from frontdesk.geodb.age import Age, age_of, today, without
from frontdesk.geodb.sources.terms import OWN


class Finding(NamedTuple):
    """What was found of an address. Exactly one of `organisation` and `reason` is set."""

    record: NetworkRecord
    organisation: Organisation | None
    reason: str | None

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

    def find(self, address: str | None) -> Finding:
        """The finding for an address in text, or for an unknown one."""
        if address is None:
            return NO_ADDRESS
        record = self._database.lookup(address)
        if self._expired:
            record = without(record, self._expired)
        return self.judge(record, v6=":" in address)

    def judge(self, record: NetworkRecord, *, v6: bool, dates: Mapping[str, date | None] | None = None) -> Finding:
        """The finding for a network record; `dates` are those of sources that are not in the database."""
        answer = organisation_of(record, {**self._dates, **dates} if dates else self._dates, v6=v6)
        return Finding(record, None, answer) if isinstance(answer, str) else Finding(record, answer, None)
