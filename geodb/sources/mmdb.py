"""MMDB files with country or AS: MaxMind's and DB-IP's nested keys, and ip-location-db's flat ones."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from ipaddress import IPv6Network
from pathlib import Path
from typing import Any

import maxminddb

from frontdesk.geodb.errors import SourceError
from frontdesk.geodb.ranges import V4_END, Range
from frontdesk.geodb.sources.source import Facts, Source, published

# In Python, though it takes twice as long: iterating over a damaged search tree in C ends in a corrupted heap.
_MODE = maxminddb.MODE_MEMORY
_MARKER = b"\xab\xcd\xefMaxMind.com"
# The format puts the metadata into the last 128 KiB.
_TAIL = 128 * 1024
_MAPPED = IPv6Network("::ffff:0:0/96")
_LATEST = datetime(2100, 1, 1, tzinfo=UTC).timestamp()


def read(file: Path, _head: bytes) -> Source | None:
    """The source, if the file is an MMDB with keys that we know."""
    if not _has_marker(file):
        return None
    try:
        with maxminddb.open_database(file, _MODE) as reader:
            metadata = reader.metadata()
            built = _day(metadata.build_epoch)
            fields = _fields(reader)
    except Exception as error:  # noqa: BLE001 - damaged files raise nearly anything
        raise SourceError(file, f"is a damaged MMDB: {_reason(error)}") from None
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


def _fields(reader: maxminddb.Reader) -> frozenset[str]:
    """The fields that the first thousand networks have."""
    found: set[str] = set()
    for count, (_, stored) in enumerate(reader):
        facts = _facts(stored)
        found.update(field for field in Facts._fields if getattr(facts, field) is not None)
        if count == 1000:  # noqa: PLR2004
            break
    return frozenset(found)


def _ranges(file: Path) -> Iterator[Range]:
    known: dict[Facts, Facts] = {}
    try:
        with maxminddb.open_database(file, _MODE) as reader:
            for network, stored in reader:
                facts = _facts(stored)
                if facts not in known:
                    _check(network, facts)
                first, last = int(network.network_address), int(network.broadcast_address)
                if network.version == 6:  # noqa: PLR2004
                    if network.subnet_of(_MAPPED):
                        first, last = first % V4_END, last % V4_END
                    elif last < V4_END:
                        continue
                yield Range(first, last, known.setdefault(facts, facts))
    except Exception as error:  # noqa: BLE001 - damaged files raise nearly anything
        raise SourceError(file, f"is a damaged MMDB: {_reason(error)}") from None


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


def _check(network: object, facts: Facts) -> None:
    """Raise `ValueError` where a value is not what its key is for."""
    fits = {
        "country": isinstance(facts.country, str) and re.fullmatch("[A-Z]{2}", facts.country),
        "subdivision": isinstance(facts.subdivision, str),
        "as_number": isinstance(facts.as_number, int) and 0 <= facts.as_number < 1 << 32,
        "as_name": isinstance(facts.as_name, str),
    }
    for field, value in facts._asdict().items():
        if value is not None and not fits[field]:
            raise ValueError(f"{network} has a wrong {field}: {str(value)[:80]!r}")


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
