"""IP2Location's BIN files, read by its own library, which looks addresses up but does not tell of ranges.

So the ranges are walked here, by the documented layout: a head of 32 bytes, then rows of 32-bit words, each the first
address of a range and pointers to its values. The library is asked once for each set of pointers that differs.
"""

from collections.abc import Iterator
from datetime import date
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from struct import Struct
from typing import Any, NamedTuple

from frontdesk.geodb.errors import SourceError
from frontdesk.geodb.progress import watched
from frontdesk.geodb.ranges import V4_END, V6_END, Range
from frontdesk.geodb.sources import ip2location
from frontdesk.geodb.sources.content import told
from frontdesk.geodb.sources.source import Facts, Source, described, sized
from frontdesk.geodb.sources.terms import IP2LOCATION, IP2LOCATION_LITE
from frontdesk.policy.networks import unpack

# product, columns, year, month, day; count and place of IPv4's and IPv6's rows; two indexes; code, licence, size
_HEAD = Struct("<5B6I2BI")
_CODE, _PROXY_CODE = 1, 2
_CODED_SINCE = 2021  # before, code and size were zero
_WORD, _V4, _V6 = 4, 4, 16
# The library's names for what we take.
_NAMES = {
    "country_code": "country_short",
    "isp": "isp",
    "domain": "domain",
    "usage_type": "usage_type",
    "asn": "asn",
    "as": "as_name",
}
# The library answers for the IPv4 address within these: ::ffff:0:0/96, Teredo, 6to4.
_TAKEN_FOR_V4 = (
    (0xFFFF << 32, (0x1_0000 << 32) - 1),
    (0x2001_0000 << 96, (0x2001_0001 << 96) - 1),
    (0x2002 << 112, (0x2003 << 112) - 1),
)


class _Layout(NamedTuple):
    """Where a file's rows are."""

    product: int
    columns: int
    day: date
    v4: tuple[int, int]  # how many rows, and the byte where they begin
    v6: tuple[int, int]


def read(file: Path, head: bytes) -> Source | None:
    """The source, if the file has such a head."""
    layout = _layout(file, head)
    if layout is None:
        return None
    try:
        library = import_module("IP2Location")
    except ImportError:
        raise SourceError(
            file, "is an IP2Location BIN, for which its library is needed: pip install 'frontdesk[ip2location]'"
        ) from None
    terms = IP2LOCATION_LITE if layout.product in ip2location.LITE else IP2LOCATION
    return described(
        file, lambda: _ranges(file, layout, library), terms=terms, day=layout.day, what="is an IP2Location BIN"
    )


def _layout(file: Path, head: bytes) -> _Layout | None:
    size = file.stat().st_size
    if len(head) < _HEAD.size:
        return None
    product, columns, year, month, day, v4, v4_at, v6, v6_at, _, _, code, _, told = _HEAD.unpack_from(head)
    try:
        made = date(2000 + year, month, day)
    except ValueError:
        return None
    if code == _PROXY_CODE and product in (1, *ip2location.PX) and told == size:
        raise SourceError(file, "is an IP2Proxy BIN, which is not read: take its CSV")
    known = code == _CODE or (not code and made.year < _CODED_SINCE)
    if not known or columns != len(ip2location.DB.get(product, "?")) + 2:
        return None
    # The bytes are counted from one. The row after the last is the end of the last one's range.
    ends = [
        at - 1 + count * (columns * _WORD + wide - _WORD) for count, at, wide in ((v4, v4_at, _V4), (v6, v6_at, _V6))
    ]
    if not v4 + v6 or any(count and at <= _HEAD.size for count, at in ((v4, v4_at), (v6, v6_at))):
        return None
    if max(told, *(end if count else 0 for count, end in zip((v4, v6), ends, strict=True))) > size:
        raise SourceError(file, f"is a damaged BIN: it is torn, for it has {size} bytes")
    return _Layout(product, columns, made, (v4, v4_at - 1), (v6, v6_at - 1))


def _ranges(file: Path, layout: _Layout, library: Any) -> Iterator[Range]:
    known: dict[bytes, Facts] = {}
    place = ""
    try:
        raw = file.read_bytes()
        with library.IP2Location(str(file)) as database:
            rows = layout.v4[0] + layout.v6[0]
            for first, last, pointers in watched(_rows(raw, layout), lambda taken, _: told(taken / rows)):
                address = unpack(first.to_bytes(_V4 if first < V4_END else _V6))
                place = f"address {address}"
                if pointers not in known:
                    known[pointers] = _facts(database.get_all(address))
                yield Range(first, last, sized(known[pointers], first, last))
    except SourceError:
        raise
    except Exception as error:  # noqa: BLE001 - the library meets damage with nearly anything
        text = " ".join(str(error).split()) or type(error).__name__
        raise SourceError(
            file, f"is a damaged BIN: {text if text.isprintable() else repr(text)}", place=place
        ) from None


def _rows(raw: bytes, layout: _Layout) -> Iterator[tuple[int, int, bytes]]:
    """The first and last address of each row's range, and its pointers."""
    for (count, at), wide, start, end in ((layout.v4, _V4, 0, V4_END), (layout.v6, _V6, V4_END, V6_END)):
        size = layout.columns * _WORD + wide - _WORD
        places = [int.from_bytes(raw[row : row + wide], "little") for row in range(at, at + count * size, size)]
        # The last row is often the last address alone, which closes the range before it.
        for row, (first, after) in enumerate(pairwise([*places, end])):
            if after < first or (after == first and row + 1 < count):
                raise ValueError(f"row {row + 1} does not end after it starts")
            pointers = raw[at + row * size + wide : at + (row + 1) * size]
            opens = max(first, start)
            # For the last address of all the library answers with the one before it.
            if opens < after and opens < end - 1 and not any(low <= opens <= high for low, high in _TAKEN_FOR_V4):
                yield opens, after - 1, pointers


def _facts(record: Any) -> Facts:
    if record is None:
        raise ValueError("the library finds nothing there")
    told = {column: str(getattr(record, name) or "-") for column, name in _NAMES.items()}
    # The library has a sentence for each field that the product lacks.
    return ip2location.facts(
        {column: value for column, value in told.items() if not value.startswith("This parameter is")}
    )
