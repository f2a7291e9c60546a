"""Vendors' files, read into ranges. A format is recognised by what a file holds, never by its name."""

from pathlib import Path

from frontdesk.geodb.errors import SourceError
from frontdesk.geodb.sources import ip_location_csv, mmdb
from frontdesk.geodb.sources.source import Facts, Source

__all__ = ["Facts", "Source", "recognise"]

_READERS = (mmdb.read, ip_location_csv.read)


def recognise(file: Path) -> Source:
    """The source that a file is. Raises `SourceError` where it is none that we know, or cannot be read."""
    try:
        with file.open("rb") as stream:
            head = stream.read(4096)
    except OSError as error:
        raise SourceError(file, f"cannot be read: {error.strerror}") from None
    if not head:
        raise SourceError(file, "is empty")
    for read in _READERS:
        source = read(file, head)
        if source is not None:
            return source
    raise SourceError(
        file,
        "is none of the formats that are known: MMDB with MaxMind's, DB-IP's or ip-location-db's keys,"
        " or ip-location-db CSV (start,end,country or start,end,asn,organisation)",
    )
