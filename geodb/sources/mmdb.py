"""The MMDB format: its networks and records, in whichever vendor's keys.

The search tree is walked here, and records are decoded in Python: on a damaged tree maxminddb's iterator in C writes
past its memory, and the one in Python stumbles over ::1:0:0/96.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import maxminddb

from frontdesk.geodb.errors import SourceError
from frontdesk.geodb.progress import watched
from frontdesk.geodb.ranges import V4_END, Range
from frontdesk.geodb.sources import ip_location_db, ipinfo, iplocate, maxmind
from frontdesk.geodb.sources.content import told
from frontdesk.geodb.sources.source import Facts, Source, described, sized, vendor_holder
from frontdesk.geodb.sources.terms import Terms
from frontdesk.geodb.sources.values import name
from frontdesk.policy.networks import unpack

_MARKER = b"\xab\xcd\xefMaxMind.com"
# The format puts the metadata into the last 128 KiB.
_TAIL = 128 * 1024
_LATEST = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
# As many records are looked at to learn whose keys a file has.
_SAMPLE = 100
_V4_BITS, _V6_BITS = 32, 128
# Some vendors' trees share a few branches. One that shares all of them has more networks than anybody could read.
_MOST_TIMES, _SMALL = 32, 1 << 20
_MAPPED = 0xFFFF  # ::ffff:0:0/96, without its last 32 bits


class Vendor(NamedTuple):
    """Whose keys a record has: told by the database's type and its records' keys, read by `facts`."""

    knows: Callable[[str, frozenset[str]], bool]
    facts: Callable[[dict[str, Any]], Facts]
    terms: Callable[[str], Terms]


_VENDORS = (
    Vendor(ipinfo.knows, ipinfo.facts, ipinfo.terms),
    Vendor(iplocate.knows, iplocate.facts, iplocate.terms),
    Vendor(ip_location_db.knows, ip_location_db.facts, ip_location_db.terms),
    Vendor(maxmind.knows, maxmind.facts, maxmind.terms),
)


def read(file: Path, _head: bytes) -> Source | None:
    """The source, if the file is an MMDB with keys that we know."""
    if not _has_marker(file):
        return None
    try:
        with maxminddb.open_database(file, maxminddb.MODE_MEMORY) as reader:
            metadata = reader.metadata()
            kind, built = str(metadata.database_type), _day(metadata.build_epoch)
        keys = frozenset(key for stored in islice(_records(file), _SAMPLE) for key in stored)
    except Exception as error:  # noqa: BLE001 - damaged files raise nearly anything
        raise SourceError(file, f"is a damaged MMDB: {_reason(error)}") from None
    vendor = next(vendor for vendor in _VENDORS if vendor.knows(kind, keys))
    return described(
        file,
        lambda: _ranges(file, vendor.facts),
        terms=vendor.terms(kind),
        day=built,
        what=f"is an MMDB ({kind!r})",
    )


def _has_marker(file: Path) -> bool:
    with file.open("rb") as stream:
        stream.seek(max(0, file.stat().st_size - _TAIL))
        return _MARKER in stream.read()


def _day(epoch: int) -> date | None:
    """The day of a build time; None where it cannot be true (damaged files say year 584,554,049,253)."""
    return datetime.fromtimestamp(epoch, UTC).date() if 0 < epoch < _LATEST else None


def _records(file: Path) -> Iterator[dict[str, Any]]:
    """The first records that differ."""
    raw = file.read_bytes()
    with maxminddb.open_database(BytesIO(raw), maxminddb.MODE_FD) as reader:
        seen = set()
        for first, _, pointer in _networks(raw, reader.metadata()):
            if pointer not in seen:
                seen.add(pointer)
                stored = reader.get(_address(first))
                if isinstance(stored, dict):
                    yield stored


def _ranges(file: Path, facts_of: Callable[[dict[str, Any]], Facts]) -> Iterator[Range]:
    try:
        raw = file.read_bytes()
        with maxminddb.open_database(BytesIO(raw), maxminddb.MODE_FD) as reader:
            metadata = reader.metadata()
            known: dict[int, Facts] = {}
            held: dict[Facts, Facts] = {}
            # A tree whose nodes are not shared has one leaf more than nodes.
            networks = watched(_networks(raw, metadata), lambda taken, _: told(taken / (metadata.node_count + 1)))
            for first, last, pointer in networks:
                if pointer not in known:
                    address = _address(first)
                    stored = reader.get(address)
                    known[pointer] = _checked(address, facts_of(stored) if isinstance(stored, dict) else Facts())
                facts = known[pointer]
                start = first - (_MAPPED << 32) if first >> 32 == _MAPPED else first
                end = start + last - first
                if facts.holder:
                    facts = sized(facts, start, end)
                    facts = held.setdefault(facts, facts)
                yield Range(start, end, facts)
    except Exception as error:  # noqa: BLE001 - damaged files raise nearly anything
        raise SourceError(file, f"is a damaged MMDB: {_reason(error)}") from None


def _address(first: int) -> str:
    return unpack(first.to_bytes(4 if first < V4_END else 16))


def _networks(raw: bytes, metadata: maxminddb.reader.Metadata) -> Iterator[tuple[int, int, int]]:
    """The first address, the last address and the data pointer of each network, in order."""
    bits = _V6_BITS if metadata.ip_version == 6 else _V4_BITS  # noqa: PLR2004
    count, size = metadata.node_count, metadata.record_size // 4
    v4_node = 0
    for _ in range(bits - _V4_BITS):
        v4_node = _children(raw, v4_node, size)[0] if v4_node < count else v4_node
    left_over = _SMALL + _MOST_TIMES * (len(raw) // size)
    waiting = [(0, 0, 0)]
    while waiting:
        node, depth, first = waiting.pop()
        left_over -= 1
        if not left_over:
            raise ValueError("the search tree has far more networks than nodes")
        if node > count:
            yield first, first + (1 << (bits - depth)) - 1, node
        # IPv4's node hangs in other places too, such as that of 6to4.
        elif node < count and (node != v4_node or not first):
            if depth == bits:
                raise ValueError("the search tree is deeper than an address is long")
            left, right = _children(raw, node, size)
            depth += 1
            waiting.append((right, depth, first | 1 << (bits - depth)))
            waiting.append((left, depth, first))


def _children(raw: bytes, node: int, size: int) -> tuple[int, int]:
    """The two records of a node, which are of 24, 28 or 32 bits each."""
    part = raw[node * size : node * size + size]
    half = size // 2
    left, right = int.from_bytes(part[:half]), int.from_bytes(part[-half:])
    if size % 2:  # the middle byte holds the first four bits of both
        left, right = left | (part[half] >> 4) << 24, right | (part[half] & 15) << 24
    return left, right


def _checked(address: str, facts: Facts) -> Facts:
    """The facts of the network at an address; `ValueError` where a value is not what its key is for."""
    holder = facts.holder
    fits = {
        "country": isinstance(facts.country, str) and re.fullmatch("[A-Z]{2}", facts.country),
        "subdivision": isinstance(facts.subdivision, str),
        "as_number": isinstance(facts.as_number, int) and 0 <= facts.as_number < 1 << 32,
        "as_name": isinstance(facts.as_name, str),
        "holder": holder and isinstance(holder.name, str) and isinstance(holder.domain, str | None),
    }
    for field, fit in fits.items():
        value = getattr(facts, field)
        if value is not None and not fit:
            raise ValueError(f"the network at {address} has a wrong {field}: {str(value)[:80]!r}")
    named = holder and vendor_holder(name(holder.name), name(holder.domain or ""))
    return facts._replace(as_name=name(facts.as_name or ""), holder=named)


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if text.isprintable() else repr(text)  # a damaged key may hold anything
