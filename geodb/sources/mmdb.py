"""MMDB files with country or AS: MaxMind's and DB-IP's nested keys, and ip-location-db's flat ones.

The search tree is walked here, and records are decoded in Python: on a damaged tree maxminddb's iterator in C writes
past its memory, and the one in Python stumbles over ::1:0:0/96.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

import maxminddb

from frontdesk.geodb.errors import SourceError
from frontdesk.geodb.ranges import V4_END, Range
from frontdesk.geodb.sources.source import Facts, Source, published
from frontdesk.policy.networks import unpack

_MARKER = b"\xab\xcd\xefMaxMind.com"
# The format puts the metadata into the last 128 KiB.
_TAIL = 128 * 1024
_LATEST = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
# As many networks are looked at to learn which fields a file has.
_SAMPLE = 1000
_FIELDS = ("country", "subdivision", "as_number", "as_name")
_V4_BITS, _V6_BITS = 32, 128
_MAPPED = 0xFFFF  # ::ffff:0:0/96, without its last 32 bits


def read(file: Path, _head: bytes) -> Source | None:
    """The source, if the file is an MMDB with keys that we know."""
    if not _has_marker(file):
        return None
    try:
        with maxminddb.open_database(file, maxminddb.MODE_MEMORY) as reader:
            metadata = reader.metadata()
            built = _day(metadata.build_epoch)
    except Exception as error:  # noqa: BLE001 - damaged files raise nearly anything
        raise SourceError(file, f"is a damaged MMDB: {_reason(error)}") from None
    sample = [item.value for item in islice(_ranges(file), _SAMPLE) if isinstance(item.value, Facts)]
    fields = frozenset(field for facts in sample for field in _FIELDS if getattr(facts, field) is not None)
    if not fields:
        raise SourceError(file, f"is an MMDB ({metadata.database_type!r}) with neither country nor AS in it")
    name, day, terms = published(file)
    return Source(name, file, built or day, terms, fields, lambda: _ranges(file))


def _has_marker(file: Path) -> bool:
    with file.open("rb") as stream:
        stream.seek(max(0, file.stat().st_size - _TAIL))
        return _MARKER in stream.read()


def _day(epoch: int) -> date | None:
    """The day of a build time; None where it cannot be true (damaged files say year 584,554,049,253)."""
    return datetime.fromtimestamp(epoch, UTC).date() if 0 < epoch < _LATEST else None


def _ranges(file: Path) -> Iterator[Range]:
    try:
        raw = file.read_bytes()
        with maxminddb.open_database(BytesIO(raw), maxminddb.MODE_FD) as reader:
            known: dict[int, Facts] = {}
            for first, last, pointer in _networks(raw, reader.metadata()):
                if pointer not in known:
                    address = unpack(first.to_bytes(4 if first < V4_END else 16))
                    known[pointer] = _checked(address, _facts(reader.get(address)))
                start = first - (_MAPPED << 32) if first >> 32 == _MAPPED else first
                yield Range(start, start + last - first, known[pointer])
    except Exception as error:  # noqa: BLE001 - damaged files raise nearly anything
        raise SourceError(file, f"is a damaged MMDB: {_reason(error)}") from None


def _networks(raw: bytes, metadata: maxminddb.reader.Metadata) -> Iterator[tuple[int, int, int]]:
    """The first address, the last address and the data pointer of each network, in order."""
    bits = _V6_BITS if metadata.ip_version == 6 else _V4_BITS  # noqa: PLR2004
    count, size = metadata.node_count, metadata.record_size // 4
    v4_node = 0
    for _ in range(bits - _V4_BITS):
        v4_node = _children(raw, v4_node, size)[0] if v4_node < count else v4_node
    waiting = [(0, 0, 0)]
    while waiting:
        node, depth, first = waiting.pop()
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


def _facts(stored: Any) -> Facts:
    """What a record says. A registered or represented country is not where the network is, and is not taken."""
    if not isinstance(stored, dict):
        return Facts()
    country = stored.get("country_code")
    if country is None and isinstance(stored.get("country"), dict):
        country = stored["country"].get("iso_code")
    subdivisions = stored.get("subdivisions") or [{}]
    traits = stored.get("traits", {})
    return Facts(
        country or None,
        subdivisions[0].get("iso_code"),
        stored.get("autonomous_system_number", traits.get("autonomous_system_number")),
        stored.get("autonomous_system_organization", traits.get("autonomous_system_organization")),
    )


def _checked(address: str, facts: Facts) -> Facts:
    """The facts of the network at an address; `ValueError` where a value is not what its key is for."""
    fits = {
        "country": isinstance(facts.country, str) and re.fullmatch("[A-Z]{2}", facts.country),
        "subdivision": isinstance(facts.subdivision, str),
        "as_number": isinstance(facts.as_number, int) and 0 <= facts.as_number < 1 << 32,
        "as_name": isinstance(facts.as_name, str),
    }
    for field, fit in fits.items():
        value = getattr(facts, field)
        if value is not None and not fit:
            raise ValueError(f"the network at {address} has a wrong {field}: {str(value)[:80]!r}")
    return facts


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if text.isprintable() else repr(text)  # a damaged key may hold anything
