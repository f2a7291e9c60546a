"""iptoasn.com's TSV, without a header: `start, end, AS number, country, description`, or `start, end, country`.

Addresses are text, or whole numbers in the `-u32` file. What nobody routes is AS 0 of country `None`.
"""

from pathlib import Path

from frontdesk.geodb.sources.rows import first_row, ranges_of
from frontdesk.geodb.sources.source import Facts, Source, described
from frontdesk.geodb.sources.terms import IPTOASN
from frontdesk.geodb.sources.values import as_number, bounds, country, name

_COUNTRY, _AS = 3, 5
_FIELDS = {_COUNTRY: frozenset({"country"}), _AS: frozenset({"country", "as_number", "as_name"})}
_NOWHERE = ("None", "Unknown", "-")


def read(file: Path, head: bytes) -> Source | None:
    """The source, if the file's first line has the shape."""
    row = first_row(head, "\t")
    if len(row) not in _FIELDS:
        return None
    try:
        _range(row)
    except ValueError:
        return None
    return described(
        file, lambda: ranges_of(file, _range, len(row), delimiter="\t"), fields=_FIELDS[len(row)], terms=IPTOASN
    )


def _range(row: list[str]) -> tuple[int, int, Facts]:
    first, last = bounds(row[0], row[1])
    place = row[-1] if len(row) == _COUNTRY else row[3]
    found = country("" if place in _NOWHERE else place)
    if len(row) == _COUNTRY:
        return first, last, Facts(country=found)
    system = as_number(row[2])
    return first, last, Facts(found, as_number=system, as_name=name(row[4])) if system else Facts()
