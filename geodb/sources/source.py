"""What a source is: its ranges, and what must be said of where they came from."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from frontdesk.geodb.errors import SourceError
from frontdesk.geodb.ranges import Range
from frontdesk.geodb.record import Holder
from frontdesk.geodb.sources.terms import TERMS, UNSTATED, Terms
from frontdesk.geodb.sources.values import prefix_length

TYPES = frozenset(
    {
        *("business", "education", "government"),
        *("isp", "mobile", "satellite", "hosting", "cdn"),
        *("vpn", "tor", "proxy", "relay"),
    }
)
"""The network types that a source may tell; `reserved` and `unknown` are ours to say."""

# As many networks are looked at to learn which fields a file has.
_SAMPLE = 1000


class Facts(NamedTuple):
    """What one source says of a network; None where it says nothing.

    `type` is one of the network types. An `excluded` network must not be looked at, whatever other sources say. A
    country is `doubted` where sources of its kind are known to be wrong: see `majority`.
    """

    country: str | None = None
    subdivision: str | None = None
    as_number: int | None = None
    as_name: str | None = None
    type: str | None = None
    holder: Holder | None = None
    excluded: bool = False
    doubted: bool = False


class Source(NamedTuple):
    """One file of one vendor.

    `ranges` reads the file from its start each time that it is called; the values are `Facts`. It raises `SourceError`
    with the line, or the network, that it could not read. `ignored` counts entries of a kind that we do not know, in a
    format which says that there may be such.
    """

    name: str
    file: Path
    date: date | None
    terms: Terms
    fields: frozenset[str]
    ranges: Callable[[], Iterator[Range]]
    ignored: int = 0


def described(
    file: Path,
    ranges: Callable[[], Iterator[Range]],
    *,
    fields: frozenset[str] = frozenset(),
    terms: Terms = UNSTATED,
    day: date | None = None,
    what: str = "is a file",
) -> Source:
    """The source that a file is, by its ranges and what else is known of it.

    Its fields, where the format does not fix them, are those that its first networks have. Raises `SourceError`, with
    `what` it is, where they have none.
    """
    fields = fields or _fields(ranges())
    if not fields:
        raise SourceError(file, f"{what} with neither country, AS, organisation nor network type in it")
    name, packed, licence = published(file)
    # Provenance parts several names by a comma and a blank.
    return Source(
        name.replace(", ", ","), file, day or packed, licence if licence != UNSTATED else terms, fields, ranges
    )


def _fields(ranges: Iterator[Range]) -> frozenset[str]:
    """The fields that the first networks have; or, where they have none, the first one that has any."""
    found: set[str] = set()
    for count, item in enumerate(ranges):
        if found and count >= _SAMPLE:
            break
        if isinstance(item.value, Facts):
            found.update(field for field, value in zip(Facts._fields, item.value, strict=True) if value)
    return frozenset(found)


def vendor_holder(name: str | None, domain: str | None) -> Holder | None:
    """An organisation as a vendor names it, by its domain where it has no name. `sized` tells of which network."""
    return Holder(name or domain or "", "vendor", 0, domain or None) if name or domain else None


def sized(facts: Facts, first: int, last: int) -> Facts:
    """The same facts, whose holder is that of the network of a range."""
    holder = facts.holder
    return facts._replace(holder=holder._replace(prefix_length=prefix_length(first, last))) if holder else facts


class _Package(msgspec.Struct):
    """The parts of an npm package's `package.json` that tell what the files beside it are."""

    name: str
    version: str


def published(file: Path) -> tuple[str, date | None, Terms]:
    """The name, date and terms of a file, by the npm package that it lies in; else its own name and no date."""
    try:
        package = msgspec.json.decode(file.with_name("package.json").read_bytes(), type=_Package)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return file.name, None, UNSTATED
    # ip-location-db stamps the day into the version: 2.3.2026061719 is of 17 June 2026.
    stamp = re.fullmatch(r"\d+\.\d+\.(\d{8})\d*", package.version)
    return package.name, _day(stamp[1]) if stamp else None, TERMS.get(package.name, UNSTATED)


def _day(digits: str) -> date | None:
    """The day of a stamp; None where the calendar has no such day."""
    try:
        return datetime.strptime(digits, "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None
