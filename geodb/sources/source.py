"""What a source is: its ranges, and what must be said of where they came from."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from frontdesk.geodb.ranges import Range
from frontdesk.geodb.record import Holder
from frontdesk.geodb.sources.terms import TERMS, UNSTATED, Terms


class Facts(NamedTuple):
    """What one source says of a network; None where it says nothing.

    `type` is one of the network types. An `excluded` network must not be looked at, whatever other sources say.
    """

    country: str | None = None
    subdivision: str | None = None
    as_number: int | None = None
    as_name: str | None = None
    type: str | None = None
    holder: Holder | None = None
    excluded: bool = False


class Source(NamedTuple):
    """One file of one vendor.

    `ranges` reads the file from its start each time that it is called; the values are `Facts`. It raises `SourceError`
    with the line, or the network, that it could not read.
    """

    name: str
    file: Path
    date: date | None
    terms: Terms
    fields: frozenset[str]
    ranges: Callable[[], Iterator[Range]]


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
