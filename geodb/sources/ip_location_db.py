"""ip-location-db's files.

CSV without a header: `start,end,country`, `start,end,asn,organisation`, or the ten columns of a city. Addresses are
text, or whole numbers in the `-num` files. DB-IP's own country and ASN CSV have the same shape. MMDB with flat keys:
`country_code`, and for a city `state1` and others; those with an AS have MaxMind's keys.
"""

from pathlib import Path
from typing import Any

from frontdesk.geodb.sources.rows import first_row, ranges_of
from frontdesk.geodb.sources.source import Facts, Source, described
from frontdesk.geodb.sources.terms import UNSTATED, Terms
from frontdesk.geodb.sources.values import as_number, bounds, country, name

_COUNTRY, _AS, _CITY = 3, 4, 10
_FIELDS = {
    _COUNTRY: frozenset({"country"}),
    _AS: frozenset({"as_number", "as_name"}),
    _CITY: frozenset({"country"}),
}


def read(file: Path, head: bytes) -> Source | None:
    """The source, if the file's first line has the shape."""
    row = first_row(head)
    if len(row) not in _FIELDS:
        return None
    try:
        _range(row)
        if len(row) == _CITY:
            _degrees(row)
    except ValueError:
        return None
    return described(file, lambda: ranges_of(file, _range, len(row)), fields=_FIELDS[len(row)])


def _range(row: list[str]) -> tuple[int, int, Facts]:
    first, last = bounds(row[0], row[1])
    if len(row) != _AS:
        return first, last, Facts(country=country(row[2]))
    system = as_number(row[2])
    # AS 0 is how these files say that a block is routed by nobody.
    return first, last, Facts(as_number=system, as_name=name(row[3])) if system else Facts()


def _degrees(row: list[str]) -> None:
    """Nothing, if the eighth and ninth column are where a place is."""
    for text in row[7:9]:
        float(text or "0")


def knows(_kind: str, keys: frozenset[str]) -> bool:
    """Whether an MMDB has these keys."""
    return "country_code" in keys


def terms(_kind: str) -> Terms:
    """Unknown: what ip-location-db compiles comes from many."""
    return UNSTATED


def facts(stored: dict[str, Any]) -> Facts:
    """What a record says."""
    return Facts(country=stored.get("country_code") or None)
