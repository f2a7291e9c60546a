"""ip-location-db's CSV files, without a header: `start,end,country` or `start,end,asn,organisation`.

Addresses are text, or whole numbers in the `-num` files. DB-IP's own country and ASN CSV have the same shape.
"""

import csv
import re
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

from frontdesk.geodb.errors import SourceError
from frontdesk.geodb.ranges import V4_END, Range, number
from frontdesk.geodb.sources.source import Facts, Source, published

_COUNTRY = re.compile(r"([A-Z]{2})?")
_LONGEST_NAME = 200
_COLUMNS = {3: frozenset({"country"}), 4: frozenset({"as_number", "as_name"})}


def read(file: Path, head: bytes) -> Source | None:
    """The source, if the file's first line has the shape."""
    first = head.split(b"\n", 1)[0].decode("utf-8", "replace").strip()
    try:
        row = next(csv.reader([first]), [])
        if len(row) not in _COLUMNS:
            return None
        _range(row)
    except (ValueError, csv.Error):
        return None
    name, day, terms = published(file)
    return Source(name, file, day, terms, _COLUMNS[len(row)], lambda: _ranges(file, len(row)))


def _ranges(file: Path, columns: int) -> Iterator[Range]:
    known: dict[Facts, Facts] = {}
    # Strict UTF-8 would fail at the block, not at the line: `_name` refuses the byte that is wrong.
    with file.open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
        rows = csv.reader(stream, strict=True)
        try:
            for row in rows:
                if not row:
                    continue
                if len(row) != columns:
                    raise ValueError(f"{len(row)} columns where the first line has {columns}")
                first, last, facts = _range(row)
                yield Range(first, last, known.setdefault(facts, facts))
        except (ValueError, csv.Error) as error:
            raise SourceError(file, str(error), place=f"line {rows.line_num}") from None


def _range(row: list[str]) -> tuple[int, int, Facts]:
    first, last = _number(row[0]), _number(row[1])
    if first > last:
        raise ValueError(f"the range {row[0]} to {row[1]} ends before it starts")
    if first < V4_END <= last:
        raise ValueError(f"the range {row[0]} to {row[1]} starts in IPv4 and ends in IPv6")
    if len(row) == 3:  # noqa: PLR2004
        if not _COUNTRY.fullmatch(row[2]):
            raise ValueError(f"{row[2]!r} is not a country code")
        return first, last, Facts(country=row[2] or None)
    if not row[2].isdecimal() or not 0 <= int(row[2]) < 1 << 32:
        raise ValueError(f"{row[2]!r} is not an AS number")
    # AS 0 is how these files say that a block is routed by nobody.
    name = _name(row[3])
    return first, last, Facts(as_number=int(row[2]), as_name=name or None) if int(row[2]) else Facts()


def _name(text: str) -> str:
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError(f"{text!r} is not UTF-8")
    return text.strip()[:_LONGEST_NAME]


def _number(text: str) -> int:
    return number(str(ip_address(int(text))) if text.isdecimal() else text)
