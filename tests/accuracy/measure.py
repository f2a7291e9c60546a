"""How often the rules name an organisation, and how often wrongly: `make accuracy DATA=DIR`.

The two files in DIR are for evaluation only. They are read here, when this is asked for, and nowhere else: nothing of
them is shipped, and no rule is fitted to their rows. What is asked is what the product asks: the names of autonomous
systems in a database, through `NetworkTypes`, through `organisation_of`. The rules are those of today, also where the
database is older; what each AS announces, and where, is read from the database's networks.

The last line is one JSON object. The lines above it tell the same for two halves, parted by a hash of the AS number.
Rows of the first were looked at when the words were written, of both later on those that weigh most, and limits were
chosen with the totals of both; so how far the halves differ is, at the least, how far the rules fit the rows.
"""

# ruff: noqa: T201 - printing is what it does
import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import maxminddb
import orjson

from frontdesk.enrich import Organisation
from frontdesk.enrich.organisation import ORGANISATION_TYPES, organisation_of
from frontdesk.geodb import EMBEDDED, NetworkRecord
from frontdesk.geodb.extent import UNKNOWN_EXTENT, Extent, Placed, extents
from frontdesk.geodb.network_type import NetworkTypes
from frontdesk.geodb.ranges import V4_END, Range

_ACCESS = frozenset({"isp", "mobile"})
_SHOWN_ROWS = 25


class System(NamedTuple):
    """An autonomous system of a labelled file, and what the product makes of it."""

    number: int
    name: str
    kind: str
    users: int
    shown: bool
    reason: str


class Systems:
    """The autonomous systems of a database, by number: names, and how far each reaches."""

    def __init__(self, database: Path) -> None:
        names: dict[int, str] = {}
        self._types = NetworkTypes.load()
        with maxminddb.open_database(database) as reader:
            self._extents = extents(_placed(reader, names))
        self._names = names

    def name(self, number: int) -> str:
        """The holder's registered name, or nothing where the database has no such AS."""
        return self._names.get(number, "")

    def ask(self, number: int, name: str) -> tuple[bool, str]:
        """Whether an AS whose holder is `name` would be shown as an organisation, and by which rule or why not."""
        verdict = self._types.of(number, name, self._extents.get(number, UNKNOWN_EXTENT))
        record = NetworkRecord(None, None, number, name or None, *verdict, 24, {"as": "asn"})
        answer = organisation_of(record, {})
        if isinstance(answer, Organisation):
            return True, f"{verdict.type} by {verdict.reason}"
        return False, answer

    def extent(self, number: int) -> Extent:
        """How far an AS reaches."""
        return self._extents.get(number, UNKNOWN_EXTENT)


class Figures(NamedTuple):
    """What is measured, as fractions: the first by users, the others by autonomous systems."""

    isp_users_shown: float
    labelled_named: float
    unlabelled_precision: float
    unlabelled_recall: float


def main(arguments: list[str] | None = None) -> int:
    """Measure, and print; the status is 0 also where there is nothing to measure with."""
    parser = argparse.ArgumentParser(description="Measure the organisation rules on labelled networks.")
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data"))
    parser.add_argument("--database", type=Path, default=EMBEDDED)
    options = parser.parse_args(arguments)
    labels, names = options.data / "asn_labels.csv", options.data / "asn_names_labelled.csv"
    missing = [str(file) for file in (labels, names) if not file.is_file()]
    if missing:
        print(f"accuracy: skipped, for there is no {' and no '.join(missing)}")
        return 0
    systems = Systems(options.database)
    labelled = [_asked(systems, row, systems.name(int(row["asn"]))) for row in _rows(labels)]
    named = [_asked(systems, row, row["name"]) for row in _rows(names)]
    _tell(systems, labelled, named)
    for half, words in enumerate(("first half", "second half")):
        part = figures(_half(labelled, half, 1), _half(named, half, 0))
        print(f"{words}: " + ", ".join(f"{name} {value:.5f}" for name, value in part._asdict().items()))
    print(orjson.dumps(figures(labelled, named)._asdict()).decode())
    return 0


def figures(labelled: Iterable[System], named: Iterable[System]) -> Figures:
    """The four figures; a share of nothing is 0."""
    labelled, named = list(labelled), [system for system in named if system.kind != "unclear"]
    users = [system for system in labelled if system.kind in _ACCESS]
    organisations = [system for system in labelled if system.kind in ORGANISATION_TYPES]
    shown = [system for system in named if system.shown]
    true = [system for system in named if system.kind == "organisation"]
    right = sum(system.shown for system in true)
    return Figures(
        _share(sum(system.users for system in users if system.shown), sum(system.users for system in users)),
        _share(sum(system.shown for system in organisations), len(organisations)),
        _share(right, len(shown)),
        _share(right, len(true)),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _asked(systems: Systems, row: dict[str, str], name: str) -> System:
    number = int(row["asn"])
    return System(number, name, row["kind"], int(row.get("users") or 0), *systems.ask(number, name))


def _half(systems: list[System], half: int, byte: int) -> list[System]:
    """One half; another byte of the hash for each file, for one file may itself be the half of a greater one."""
    return [item for item in systems if sha256(str(item.number).encode()).digest()[byte] % 2 == half]


def _tell(systems: Systems, labelled: list[System], named: list[System]) -> None:
    """What was wrong, heaviest first."""
    wrong = sorted((item for item in labelled if item.kind in _ACCESS and item.shown), key=lambda item: -item.users)
    _list("Access networks shown as an organisation, by users", wrong, systems, users=True)
    wrong = [item for item in named if item.kind not in {"organisation", "unclear"} and item.shown]
    _list("Unlabelled networks shown that are no organisation", wrong, systems)
    missed = [item for item in named if item.kind == "organisation" and not item.shown]
    _list("Organisations among the unlabelled that are not shown", missed, systems)
    silent = [item for item in labelled if item.kind in ORGANISATION_TYPES and not item.shown]
    reasons = Counter(item.reason for item in silent if item.name)
    absent = sum(not item.name for item in silent)
    print(f"Labelled organisations not named: {len(silent)}, of which {absent} are not in the database; by reason:")
    for reason, count in reasons.most_common():
        print(f"  {count:6,}  {reason}")
    print()


def _list(title: str, found: list[System], systems: Systems, *, users: bool = False) -> None:
    print(f"{title}: {len(found)}")
    for item in found[:_SHOWN_ROWS]:
        extent = systems.extent(item.number)
        weight = f"{item.users:9,}  " if users else ""
        print(f"  {weight}{item.name}  ({item.kind}; {item.reason}; {extent.announced or 0:,} in {extent.country})")
    if len(found) > _SHOWN_ROWS:
        print(f"  and {len(found) - _SHOWN_ROWS} more")
    print()


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def _placed(reader: maxminddb.Reader, names: dict[int, str]) -> Iterator[Range]:
    """Who announces each network of a database, and in which country; the holders' names are put down."""
    for network, stored in reader:
        record: Any = stored
        number = record.get("autonomous_system_number")
        if number is None:
            continue
        names.setdefault(number, record.get("autonomous_system_organization", ""))
        first = int(network.network_address)
        if network.version == 6:
            first = max(first, V4_END)
        country = record.get("country", {}).get("iso_code")
        yield Range(first, first + network.num_addresses - 1, Placed(number, country))


if __name__ == "__main__":
    sys.exit(main())
