"""What the records of a run come to: organisations, countries, entities, network types, signals."""

from collections import Counter, deque
from collections.abc import Iterable
from typing import NamedTuple

from frontdesk.enrich.organisation import ORGANISATION_TYPES
from frontdesk.policy import Treatment
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.tags import Record

UNKNOWN = "?"
"""The country of those whose country is not known."""

_LATEST = 16


class Ground(NamedTuple):
    """What an organisation's name rests on in one record, as the record says it."""

    source: str
    method: str
    rule: str
    confidence: str


class Guest:
    """An organisation that came."""

    __slots__ = ("countries", "grounds", "kind", "name", "prefixes", "visits")

    def __init__(self, name: str, kind: str) -> None:
        self.name = name
        self.kind = kind
        self.visits = 0
        self.countries: Counter[str] = Counter()
        self.grounds: Counter[Ground] = Counter()
        self.prefixes: set[int] = set()

    @property
    def ground(self) -> Ground:
        """What the name rests on in most visits."""
        return self.grounds.most_common(1)[0][0]

    @property
    def network(self) -> str:
        """How large the networks are that it came from: `/16`, or `/14-24`."""
        least, most = min(self.prefixes), max(self.prefixes)
        return f"/{least}" if least == most else f"/{least}-{most}"

    def add(self, record: Record) -> None:
        """Count one visit."""
        self.visits += 1
        self.countries[record.get(f.COUNTRY, UNKNOWN)] += 1
        self.prefixes.add(record[f.ORGANISATION_PREFIX])
        self.grounds[
            Ground(
                record[f.ORGANISATION_SOURCE],
                record[f.ORGANISATION_METHOD],
                record[f.ORGANISATION_RULE],
                record[f.ORGANISATION_CONFIDENCE],
            )
        ] += 1


class Tally:
    """The sums over records, and the latest of them."""

    def __init__(self) -> None:
        self.records = 0
        self.guests: dict[tuple[str, str], Guest] = {}
        self.countries: Counter[str] = Counter()
        self.entities: Counter[tuple[str, str]] = Counter()
        self.network_types: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.objections: Counter[str] = Counter()
        self.wrongly_named = 0  # organisations named where the network type does not allow it: a defect, if any
        self.latest: deque[Record] = deque(maxlen=_LATEST)

    def add(self, records: Iterable[Record]) -> None:
        """Count records."""
        for record in records:
            self._add(record)

    def _add(self, record: Record) -> None:
        self.records += 1
        self.latest.append(record)
        self.countries[record.get(f.COUNTRY, UNKNOWN)] += 1
        self.entities[record[f.ENTITY], record[f.ENTITY_REASON]] += 1
        self.network_types[record.get(f.NETWORK_TYPE, "not noted")] += 1
        if f.ORGANISATION in record:
            key = record[f.ORGANISATION], record[f.ORGANISATION_KIND]
            self.guests.setdefault(key, Guest(*key)).add(record)
            self.wrongly_named += record.get(f.NETWORK_TYPE) not in ORGANISATION_TYPES
        else:
            self.reasons[reason(record)] += 1
        if record[f.TREATMENT] != Treatment.FULL:
            self.objections[signals(record)] += 1


def reason(record: Record) -> str:
    """Why a record names nobody; that a visitor objected is said by its treatment."""
    objected = record[f.TREATMENT] != Treatment.FULL
    return "objected" if objected else record.get(f.ORGANISATION_REASON, "unknown")


def signals(record: Record) -> str:
    """What the browser said, as a person would write it: `DNT`, `GPC`, `DNT GPC`, `DNT 0` or nothing."""
    dnt = {"1": "DNT", "0": "DNT 0", "invalid": "DNT ?"}.get(record[f.DNT], "")
    return " ".join(filter(None, (dnt, "GPC" if record[f.GPC] else "")))
