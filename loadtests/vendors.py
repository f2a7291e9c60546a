"""Databases in vendors' shapes, to be compared with: the networks of ours, with records as a vendor writes them.

Vendors' own files may not be handed on, and their test files are tiny. So the same networks as in the merged database
get records of the same keys and nesting as in the vendor's documented format: the size of a record is what a look-up
pays for. The city's place in degrees is left out, which only makes that one faster.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from frontdesk.geodb import Database, NetworkRecord
from frontdesk.geodb.mmdb import encode
from frontdesk.geodb.ranges import Range

_LANGUAGES = ("de", "en", "es", "fr", "ja", "pt-BR", "ru", "zh-CN")
_EPOCH = 1_781_654_400  # 17 June 2026

Shape = Callable[[NetworkRecord], dict[str, Any] | None]
"""A record as a vendor would write it; None where the vendor would have none."""


def city(record: NetworkRecord) -> dict[str, Any] | None:
    """As MaxMind's GeoLite2-City: what Country says, and subdivision and city, each in eight languages."""
    larger = country(record)
    if larger is None:
        return None
    number = record.as_number or 0
    return larger | {
        "city": {"geoname_id": 5_000_000 + number % 100_000} | _named(f"Town {number % 100_000}"),
        "location": {"accuracy_radius": 100, "time_zone": f"Europe/{record.country}"},
        "postal": {"code": str(number % 100_000)},
        "subdivisions": [{"geoname_id": 3_000_000 + number % 500, "iso_code": "XX"} | _named(f"Part {number % 500}")],
    }


def country(record: NetworkRecord) -> dict[str, Any] | None:
    """As MaxMind's GeoLite2-Country: continent, country and registered country, each in eight languages."""
    if record.country is None:
        return None
    number = 1_000_000 + sum(record.country.encode())
    found = {"geoname_id": number, "iso_code": record.country} | _named(record.country)
    continent = {"code": "EU", "geoname_id": 6_255_148} | _named("Europe")
    return {"continent": continent, "country": found, "registered_country": found}


def system(record: NetworkRecord) -> dict[str, Any] | None:
    """As MaxMind's GeoLite2-ASN: a number and a name."""
    if record.as_number is None:
        return None
    return {
        "autonomous_system_number": record.as_number,
        "autonomous_system_organization": record.as_name or "unknown",
    }


def code(record: NetworkRecord) -> dict[str, Any] | None:
    """As ip-location-db's country files: two letters and nothing else. No database says less."""
    return {"country_code": record.country} if record.country else None


SHAPES: dict[str, Shape] = {"City": city, "Country": country, "ASN": system, "two letters": code}


def write(database: Database, folder: Path) -> dict[str, Path]:
    """Write a database of each shape into a folder."""
    networks = _networks(database)
    return {name: write_shape(name, networks, folder) for name in SHAPES}


def write_one(database: Database, name: str, folder: Path) -> Path:
    """Write the database of one shape into a folder."""
    return write_shape(name, _networks(database), folder)


def _networks(database: Database) -> list[tuple[int, int, Any]]:
    return [(item.first, item.last, item.value) for item in database.networks()]


def write_shape(name: str, networks: Sequence[tuple[int, int, NetworkRecord]], folder: Path) -> Path:
    """Write a database of one shape, of these networks in order."""
    shape, file = SHAPES[name], folder / f"{name}.mmdb"
    # Every shape tells what these three tell, and takes long to write: once for each is enough.
    places: dict[tuple[str | None, int | None, str | None], int | None] = {}
    values: list[dict[str, Any]] = []
    ranges: list[Range] = []
    for first, last, record in networks:
        key = (record.country, record.as_number, record.as_name)
        if key not in places:
            stored = shape(record)
            places[key] = None if stored is None else len(values)
            values += [] if stored is None else [stored]
        place = places[key]
        if place is not None:
            ranges.append(Range(first, last, place))
    metadata = {"database_type": file.stem, "build_epoch": _EPOCH, "description": {}, "languages": list(_LANGUAGES)}
    file.write_bytes(encode(ranges, values, metadata))
    return file


def _named(name: str) -> dict[str, Any]:
    return {"names": {language: f"{name} ({language})" for language in _LANGUAGES}}
