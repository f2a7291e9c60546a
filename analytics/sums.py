"""Day sums: the cells of days that are over, kept beside the book, so that nothing is counted twice.

They are made from the visits of a day and are no longer-lived than these: a sum is used only as long as the day's
segments are the very ones that it was made of, and none of them has begun to expire.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from frontdesk.analytics.cells import KEPT, counted, missing
from frontdesk.systemdata.disk import DISK
from frontdesk.systemdata.errors import SegmentError
from frontdesk.systemdata.seal import read_seal
from frontdesk.systemdata.shelf import OPEN
from frontdesk.systemdata.sums import folder_of

_VERSION = 2  # of what a sum holds
# Small groups, so that a question about one lens reads little of the others.
_GROUP = 4096
_END = "%Y%m%dT%H%M%S"
_NAME = re.compile(r"(\d{4}-\d\d-\d\d)-([0-9a-f]{32})-(\d{8}T\d{6})\.parquet\Z")


class Day(NamedTuple):
    """The segments of one day in one book."""

    book: Path
    day: str
    segments: tuple[Path, ...]


def kept_cells(day: Day, now: datetime) -> Path | None:
    """The file with a day's cells, if it is there and may be used."""
    if any(path.suffix == OPEN for path in day.segments):
        return None
    with suppress(OSError):
        digest = _digest(day.segments)
        for path in sorted(folder_of(day.book).glob(f"{day.day}-{digest}-*.parquet")):
            found = _NAME.match(path.name)
            if found and datetime.strptime(found[3], _END).replace(tzinfo=UTC) > now:
                return path
    return None


def keep(connected: Any, day: Day, now: datetime, visits: str, gaps: str) -> bool:
    """Count a day's visits and keep the cells; whether there was anything to keep.

    Args:
        connected: a connection that has the visits.
        day: a day that is over.
        now: the time by which records have expired.
        visits: the table with every visit of the day, whatever its purposes and treatment.
        gaps: the table of what is missing from the day.

    Raises `OSError`.
    """
    if not day.segments or any(path.suffix == OPEN for path in day.segments):
        return False
    digest, end = _digest(day.segments), _end(day.segments)
    if end is None or end <= now:
        return False
    folder = folder_of(day.book)
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{day.day}-{digest}-{end:{_END}}.parquet"
    part = folder / f".{secrets.token_hex(8)}.tmp"
    cells = " UNION ALL ".join([*(counted(lens, visits) for lens in KEPT), missing(gaps)])
    try:
        how = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_GROUP}"
        connected.execute(f"COPY (SELECT * FROM ({cells}) ORDER BY lens) TO '{_text(part)}' ({how})")
        part.chmod(0o600)
        DISK.rename(part, path)
    finally:
        part.unlink(missing_ok=True)
    _drop_others(folder, path)
    return True


def _digest(segments: Sequence[Path]) -> str:
    """What tells apart the segments of a day, as they are now: another one, or another content, is another day."""
    digest = hashlib.blake2b(str(_VERSION).encode(), digest_size=16)
    for path in sorted(segments):
        facts = path.stat()
        digest.update(f"{path.parent.name}/{path.name} {facts.st_size} {facts.st_mtime_ns} {facts.st_ino}\0".encode())
    return digest.hexdigest()


def _end(segments: Sequence[Path]) -> datetime | None:
    """When the first record of any segment expires; None where one does not tell."""
    ends = []
    for path in segments:
        try:
            told = read_seal(path).earliest_expiry
        except SegmentError:
            return None
        if told is None:
            return None
        ends.append(datetime.fromisoformat(told))
    return min(ends, default=None)


def _drop_others(folder: Path, path: Path) -> None:
    """Remove what was kept of the same day before."""
    for other in _files(folder):
        if other.name[:10] == path.name[:10] and other != path:
            other.unlink(missing_ok=True)


def _files(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if _NAME.match(entry.name):
                yield folder / entry.name


def _text(path: Path) -> str:
    return str(path).replace("'", "''")
