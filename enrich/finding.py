"""One look-up for one address: the network record and the organisation, or the reason for none."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache, partial

from frontdesk.enrich.organisation import Organisation, length_to_judge_by, may_identify, organisation_of
from frontdesk.geodb import NOT_LISTED, Database, NetworkRecord
from frontdesk.geodb.age import Age, age_of, today, without
from frontdesk.geodb.record import LENGTH, Told, record_of
from frontdesk.geodb.sources.terms import OWN

# The networks of one holder are many, and what the database says of them is mostly the same.
_CACHED_NETWORKS = 4096


class Finding:
    """What was found of an address. Exactly one of `organisation` and `reason` is set.

    `may_identify` says whether the network is so small, or held by a person, that it may identify somebody.
    """

    __slots__ = ("_hash", "may_identify", "organisation", "reason", "record")

    def __init__(self, record: NetworkRecord, organisation: Organisation | None, reason: str | None) -> None:
        self.record = record
        self.organisation = organisation
        self.reason = reason
        self.may_identify = may_identify(reason)
        self._hash = hash(record)  # which the verdict follows from; what is said of a finding is looked up by it

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Finding):
            return NotImplemented
        return (self.record, self.organisation, self.reason) == (other.record, other.organisation, other.reason)

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"Finding({self.record!r}, {self.organisation!r}, {self.reason!r})"


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
        return NO_ADDRESS if address is None else self._found(self._database.told(address), ":" in address)

    def find_once(self, address: str) -> Finding:
        """The same for whoever asks about each network one time only, as of a whole log: nothing is remembered."""
        return _found(self._dates, self._expired, self._database.told(address), ":" in address)

    def arriving(self, address: str | None) -> Finding:
        """The same for who arrives. What is found alike in networks of all lengths is one finding, of `ANY_LENGTH`.

        Not where anything has expired: without its holder a network may be that of the AS's.
        """
        if address is None:
            return NO_ADDRESS
        told, v6 = self._database.told(address), ":" in address
        if told and not self._expired:
            length = length_to_judge_by(told, v6=v6)
            if length != told[LENGTH]:
                told = (*told[:LENGTH], length, *told[LENGTH + 1 :])
        return self._found(told, v6)

    def judge(self, record: NetworkRecord, *, v6: bool, dates: Mapping[str, date | None] | None = None) -> Finding:
        """The finding for a network record; `dates` are those of sources that are not in the database."""
        return _judge(record, {**self._dates, **dates} if dates else self._dates, v6)


def _found(dates: Mapping[str, date | None], expired: frozenset[str], told: Told, v6: bool) -> Finding:
    """The finding for what the database tells, without what may not be used any more."""
    record = record_of(told)
    return _judge(without(record, expired) if expired else record, dates, v6)


def _judge(record: NetworkRecord, dates: Mapping[str, date | None], v6: bool) -> Finding:
    answer = organisation_of(record, dates, v6=v6)
    return Finding(record, None, answer) if isinstance(answer, str) else Finding(record, answer, None)
