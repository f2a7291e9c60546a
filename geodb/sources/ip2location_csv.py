"""IP2Location's and IP2Proxy's CSV: quoted whole numbers for addresses, and columns by the number of the product.

Products differ in their columns and have no header, so the columns are told by what stands in them. A header with the
documented names may be put first.
"""

import re
from collections.abc import Callable
from pathlib import Path

from frontdesk.geodb.sources import ip2location
from frontdesk.geodb.sources.rows import first_row, ranges_of, sample
from frontdesk.geodb.sources.source import Facts, Source, described
from frontdesk.geodb.sources.terms import IP2LOCATION, IP2LOCATION_LITE
from frontdesk.geodb.sources.values import bounds

_RANGE = ("ip_from", "ip_to")
_COUNTRY = ("country_code", "country_name")
_ASN = (*_RANGE, "cidr", "asn", "as")
_DB = {number: (*_RANGE, *_COUNTRY, *columns) for number, columns in ip2location.DB.items()}
_PX = [(*_RANGE, *columns) for columns in dict.fromkeys(ip2location.PX.values())]
_LITE = {*(_DB[number] for number in ip2location.LITE), *_PX, _ASN}
_LAYOUTS = [*_DB.values(), *_PX, _ASN]
_TAKEN = ("country_code", "asn", "as", "usage_type", "proxy_type", "isp", "domain")
# Of a column's values, as many must look as they should.
_SHARE = 0.95

_POST_CODE = r"(?=.*\d)[A-Z0-9 -]{2,12}"
_LOOKS = {
    column: re.compile(f"-|{pattern}")
    for column, pattern in {
        "country_code": "[A-Z]{2}",
        "latitude": r"-?\d+(\.\d+)?",
        "longitude": r"-?\d+(\.\d+)?",
        "zip_code": _POST_CODE,
        "time_zone": r"[+-]\d\d:\d\d",
        "net_speed": "DIAL|DSL|COMP|T1|SAT",
        "isp": rf"(?!({_POST_CODE}|[+-]?[\d.:]+)$).+",
        "domain": r"[^ ]+\.[^ ]+",
        "idd_code": r"\d{1,4}",
        "cidr": r"[0-9a-fA-F.:]+/\d+",
        "asn": r"\d+",
        "usage_type": f"({'|'.join(ip2location.USAGE_TYPES)})(/.+)?",
        "proxy_type": f"({'|'.join(ip2location.PROXY_TYPES)})(/.+)?",
        "last_seen": r"\d+",
        "elevation": r"-?\d+",
    }.items()
}


def read(file: Path, head: bytes) -> Source | None:
    """The source, if the file has such columns."""
    row = first_row(head)
    if tuple(row[:2]) == _RANGE:
        return _source(file, tuple(row), header=True)
    if len(row) <= len(_RANGE) or not (row[0].isdecimal() and row[1].isdecimal()):
        return None
    rows = [found for found in sample(head) if len(found) == len(row)]
    layouts = [columns for columns in _LAYOUTS if len(columns) == len(row) and _fits(columns, rows)]
    # Where two products fit, it is no matter as long as what is taken stands in the same places.
    if len({tuple(_places(columns).items()) for columns in layouts}) != 1:
        return None
    return _source(file, layouts[0], header=False)


def _source(file: Path, columns: tuple[str, ...], *, header: bool) -> Source:
    terms = IP2LOCATION_LITE if columns in _LITE else IP2LOCATION
    return described(
        file,
        lambda: ranges_of(file, _parse(columns), len(columns), header=header),
        terms=terms,
        what="is an IP2Location CSV",
    )


def _parse(columns: tuple[str, ...]) -> Callable[[list[str]], tuple[int, int, Facts]]:
    places = _places(columns)

    def parse(row: list[str]) -> tuple[int, int, Facts]:
        facts = ip2location.facts({column: row[place] for column, place in places.items()})
        return *bounds(row[0], row[1]), facts

    return parse


def _places(columns: tuple[str, ...]) -> dict[str, int]:
    return {column: columns.index(column) for column in _TAKEN if column in columns}


def _fits(columns: tuple[str, ...], rows: list[list[str]]) -> bool:
    """Whether the values of each column look as they should; those that look like nothing are left to the reader."""
    for place, column in enumerate(columns):
        if column in _LOOKS:
            values = [row[place] for row in rows]
            if sum(1 for value in values if _LOOKS[column].fullmatch(value)) < _SHARE * len(values):
                return False
    return True
