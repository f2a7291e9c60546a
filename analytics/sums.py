"""Day sums: the cells of days that are over, kept beside the book, so that nothing is counted twice.

They are made from the visits of a day and are no longer-lived than these: a sum is used only as long as the day's
segments are the very ones that it was made of, none of them has begun to expire, and the file is whole.
"""

import hashlib
import os
import secrets
import stat
import zlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from frontdesk.analytics.cells import KEPT_CELLS
from frontdesk.analytics.counting import count, recipe
from frontdesk.analytics.library import engine
from frontdesk.analytics.view import RECIPE, View
from frontdesk.systemdata.archived import File
from frontdesk.systemdata.disk import DISK, UNFINISHED
from frontdesk.systemdata.errors import SegmentError
from frontdesk.systemdata.seal import read_seal
from frontdesk.systemdata.sums import Day, Name, folder_of, sums_of

_COUNTED = recipe(KEPT_CELLS)
# In small groups, each of one lens and of few organisations, so that a question reads little of the others.
_LAID = "SELECT * FROM counted ORDER BY lens, organisation"
_HOW = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 8192, USE_TMP_FILE false"
_BLOCK = 1 << 20


def kept_cells(day: Day, now: datetime) -> Path | None:
    """The file with a day's cells, if it is there, may be used, and can be read to its end."""
    if day.is_open() or day.goes <= now:
        return None
    with suppress(OSError):
        digest = day.digest()
        for path, name in sums_of(day.book, day.day):
            if _is_good(path, name, digest) and name and name.end > now:
                return path
    return None


def may_keep(day: Day, now: datetime) -> bool:
    """Whether a day's cells may be kept: all of it is sealed and nothing of it expires yet. Raises `OSError`."""
    end = None if day.is_open() else _end(day.segments)
    return end is not None and min(end, day.goes) > now and _is_ours(day.book)


def keep(connected: Any, view: View, day: Day, now: datetime) -> bool:
    """Count a day's visits and keep the cells; whether there was anything to keep.

    Args:
        connected: a connection.
        view: reads the visits by it.
        day: a day that is over.
        now: the time by which records have expired.

    Raises `OSError`, `SegmentError`, and what DuckDB raises.
    """
    digest = day.digest()  # before anything is read: what changes while it is counted is another day
    end = _end(day.segments)
    if end is None or not may_keep(day, now):
        return False
    folder = folder_of(day.book)
    folder.mkdir(mode=0o700, exist_ok=True)
    part = folder / f"{secrets.token_hex(8)}{UNFINISHED}"
    try:
        os.close(DISK.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL))  # its owner's alone, before anything is in it
        count(connected, view, [day], KEPT_CELLS)
        connected.execute(f"COPY ({_LAID}) TO '{_text(part)}' ({_HOW})")
        path = folder / str(Name(day.day, digest, _recipe(), end, _checksum(part)))
        DISK.rename(part, path)
    finally:
        part.unlink(missing_ok=True)
    return _settle(day, path, digest)


def _settle(day: Day, path: Path, digest: str) -> bool:
    """Leave one sum of a day, and none where a record of it has gone meanwhile. Who takes one out drops sums after."""
    with suppress(FileNotFoundError):
        if day.digest() == digest:
            there = sums_of(day.book, day.day)
            # Of two that are made at once both processes keep the same.
            stays = min((each for each, name in there if _is_good(each, name, digest)), default=path)
            for other, _ in there:
                if other != stays:
                    other.unlink(missing_ok=True)
            return True
    path.unlink(missing_ok=True)
    return False


def _recipe() -> str:
    """What tells apart how a sum was made: another way, or another DuckDB, may count or lay out otherwise."""
    made = f"{engine().__version__} {RECIPE} {_COUNTED} {_LAID} {_HOW}"
    return hashlib.blake2b(made.encode(), digest_size=8).hexdigest()


def _is_ours(book: Path) -> bool:
    """Whether the book is this user's: whose files lie in it else could not be taken away by purge."""
    return book.stat().st_uid == os.geteuid()


def _is_good(path: Path, name: Name | None, digest: str) -> bool:
    """Whether a file is of these segments, made as they are made today, and whole. Raises `OSError`."""
    if name is None or (name.segments, name.recipe) != (digest, _recipe()) or not stat.S_ISREG(path.lstat().st_mode):
        return False
    facts = path.stat()
    return _checksum_of(path, facts.st_ino, facts.st_mtime_ns, facts.st_size) == name.checksum


@lru_cache(maxsize=4096)
def _checksum_of(path: Path, *_as_it_is_now: int) -> int:
    """The checksum of a file, which a server is asked for again and again, read once."""
    return _checksum(path)


def _checksum(path: Path) -> int:
    checksum = 0
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            checksum = zlib.crc32(block, checksum)
    return checksum


def _end(segments: Sequence[File]) -> datetime | None:
    """When the first record of any segment expires; None where one does not tell."""
    ends = []
    for path in segments:
        try:
            told = read_seal(path).earliest_expiry
            ends.append(datetime.fromisoformat(told or ""))
        except (SegmentError, ValueError):
            return None
    return min(ends, default=None)


def _text(path: Path) -> str:
    return str(path).replace("'", "''")
