"""DB-IP's CSV files without a header, beyond those of country and ASN, which are as ip-location-db's.

Columns by its own documentation: City Lite, Location, ISP, and Location with ISP. The ISP's name is that of who
provides the access; the holder is who uses it.
"""

import re
from pathlib import Path

from frontdesk.geodb.sources.rows import first_row, ranges_of
from frontdesk.geodb.sources.source import Facts, Source, described, vendor_holder
from frontdesk.geodb.sources.terms import DB_IP, DB_IP_LITE
from frontdesk.geodb.sources.values import as_number, bounds, country, name

_PLACE = "start end continent country"
_LITE = f"{_PLACE} state city latitude longitude"
_LOCATION = f"{_PLACE} state district city zip latitude longitude geoname offset timezone weather"
_LAYOUTS = {
    len(columns.split()): columns.split()
    for columns in (
        _LITE,
        _LOCATION,
        f"{_PLACE} isp as usage connection organisation",
        f"{_LOCATION} isp as connection organisation",
    )
}
USAGE_TYPES = {"corporate": "business", "consumer": "isp", "hosting": "hosting"}
_CONTINENT = re.compile("(AF|AN|AS|EU|NA|OC|SA|ZZ)?")


def read(file: Path, head: bytes) -> Source | None:
    """The source, if the file's first line has the shape."""
    row = first_row(head)
    columns = _LAYOUTS.get(len(row))
    if columns is None:
        return None
    at = {column: index for index, column in enumerate(columns)}

    def parse(row: list[str]) -> tuple[int, int, Facts]:
        def told(column: str) -> str:
            return row[at[column]] if column in at else ""

        if not _CONTINENT.fullmatch(told("continent")):
            raise ValueError(f"{told('continent')!r} is not a continent")
        return *bounds(row[0], row[1]), Facts(
            country=country("" if told("country") == "ZZ" else told("country")),
            as_number=(as_number(told("as")) or None) if told("as") else None,
            type=USAGE_TYPES.get(told("usage")),
            holder=vendor_holder(name(told("organisation")), None),
        )

    try:
        parse(row)
    except ValueError:
        return None
    return described(
        file,
        lambda: ranges_of(file, parse, len(columns)),
        terms=DB_IP_LITE if columns == _LITE.split() else DB_IP,
    )
