"""Vendors' files, read into ranges. A format is recognised by what a file holds, never by its name."""

from pathlib import Path

from frontdesk.geodb.errors import SourceError
from frontdesk.geodb.sources import (
    content,
    dbip,
    exclusions,
    ip2location_bin,
    ip2location_csv,
    ip_location_db,
    ipinfo,
    iplocate,
    iptoasn,
    mmdb,
    own_list,
    range_list,
    rpsl,
)
from frontdesk.geodb.sources.source import TYPES, Facts, Source

__all__ = ["TYPES", "Facts", "Source", "recognise"]

# From the most telling to the plainest; where two could read a file, the first does.
_READERS = (
    mmdb.read,
    ip2location_bin.read,
    exclusions.read,
    rpsl.read,
    own_list.read,
    iplocate.read,
    ipinfo.read,
    iptoasn.read,
    dbip.read,
    ip2location_csv.read,
    ip_location_db.read,
    range_list.read,
)


def recognise(file: Path) -> Source:
    """The source that a file is. Raises `SourceError` where it is none that we know, or cannot be read."""
    # A device or a pipe may never end, and cannot be read twice. What is missing, or a folder, is told below.
    if file.exists() and not file.is_file() and not file.is_dir():
        raise SourceError(file, "is not a plain file: save what it holds to one first")
    try:
        head = content.head(file)
    except OSError as error:
        raise SourceError(file, f"cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise SourceError(file, str(error)) from None
    if not head:
        raise SourceError(file, "is empty")
    for read in _READERS:
        source = read(file, head)
        if source is not None:
            return source
    raise SourceError(
        file,
        "is none of the formats that are known: MMDB; CSV of ip-location-db or DB-IP (start,end,country or"
        " start,end,asn,organisation), IPinfo, IPLocate or IP2Location; IP2Location BIN; iptoasn TSV; RPSL of a"
        " registry; a list of networks; the group's own list as CSV or TOML; JSON of exclusions",
    )
