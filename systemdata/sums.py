"""Day sums: what reports keep of a day that is over, beside the book. Here is where they lie, and that they go in time.

They hold no more than counts, but of few visitors too. So a sum goes before the first record of its day does, and is
made anew of what is left by the next compaction.
"""

import hashlib
import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, Self

from frontdesk.systemdata.archived import File, home_of
from frontdesk.systemdata.disk import DISK, UNFINISHED
from frontdesk.systemdata.shelf import OPEN
from frontdesk.systemdata.whole import files

_CLASS = "visit"
"""The class of records that sums are made of."""

_END = "%Y%m%dT%H%M%S"
_NAME = re.compile(r"(\d{4}-\d\d-\d\d)-([0-9a-f]{32})-([0-9a-f]{16})-(\d{8}T\d{6})-([0-9a-f]{8})\.parquet\Z")
# Nobody needs an hour to write one file.
_STALE = 3600.0


class Day(NamedTuple):
    """The segments of one day in one book."""

    book: Path
    day: str
    segments: tuple[File, ...]  # also those in the archive
    goes: datetime  # when its first record may go by today's policy, whatever the record says

    def is_open(self) -> bool:
        """Whether any segment is being written."""
        return any(path.suffix == OPEN for path in self.segments)

    def digest(self) -> str:
        """What tells the segments apart as they are now. Raises `OSError`, also where one is gone."""
        return _digest(self.segments)


class Name(NamedTuple):
    """What a sum's file name says: of what it was made, how, until when it may be used, and that it is whole."""

    day: str
    segments: str  # what tells the segments apart
    recipe: str  # what tells apart how they were counted
    end: datetime  # when the first record expires
    checksum: int  # CRC-32 of the file

    @classmethod
    def of(cls, path: Path) -> Self | None:
        """The name of a file, None where it is no sum's."""
        found = _NAME.match(path.name)
        with suppress(ValueError):  # no time that there is
            if found:
                end = datetime.strptime(found[4], _END).replace(tzinfo=UTC)
                return cls(found[1], found[2], found[3], end, int(found[5], 16))
        return None

    def __str__(self) -> str:
        return f"{self.day}-{self.segments}-{self.recipe}-{self.end:{_END}}-{self.checksum:08x}.parquet"


def folder_of(book: Path) -> Path:
    """Where the day sums of a book lie: no shelf, for no class of records is called so."""
    return book / "day-sums"


def sums_of(book: Path, day: str = "") -> list[tuple[Path, Name | None]]:
    """The sums of a book, or of one day of it, oldest day first; without a name those that nobody can use.

    Raises `OSError` where the folder is there and cannot be listed.
    """
    try:
        with os.scandir(folder_of(book)) as entries:
            names = sorted(entry.name for entry in entries if not entry.is_dir(follow_symlinks=False))
    except FileNotFoundError:
        return []
    paths = (folder_of(book) / name for name in names if name.startswith(day) and name.endswith(".parquet"))
    return [(path, Name.of(path)) for path in paths]


@contextmanager
def without_sums(segment: Path) -> Iterator[None]:
    """Take a record out of a segment: the sums of its day go before, so that whatever fails none is left of what went.

    One that somebody made meanwhile goes after. Raises `OSError`.
    """
    _drop(segment)
    try:
        yield
    finally:
        with suppress(OSError):
            _drop(segment)


def _drop(segment: Path) -> None:
    day, retention_class, book = segment.parents[1].name, segment.parents[2].name, segment.parents[3]
    if retention_class == _CLASS:
        for path, _ in sums_of(book, day):
            path.unlink(missing_ok=True)


def sweep_expired(book: Path, now: datetime, days: int) -> None:
    """Remove every sum that nobody may use any more, as far as the book's disk tells, and what a crash left unfinished.

    Args:
        book: the book.
        now: the time by which records have expired.
        days: how long today's policy keeps a visit.

    Raises `OSError`.
    """
    for path, name in sums_of(book):
        if name is None or min(name.end, goes(name.day, days)) <= now:
            path.unlink(missing_ok=True)
    sweep_unfinished(book)


def sweep_strays(book: Path) -> None:
    """Remove every sum of which the day has other segments by now, or none.

    Raises `OSError`, and `BookError` where the book's archive cannot be reached.
    """
    there = sums_of(book)
    found = _segments(book) if there else {}
    for path, name in there:
        if name is None or not _fits(name, found.get(name.day, ())):
            path.unlink(missing_ok=True)


def follow(book: Path, day: str, before: str) -> None:
    """Let the sums of a day go on after its segments were moved, for they hold what they held.

    Args:
        book: the book.
        day: the day.
        before: the digest of its segments where they were.

    Raises `OSError`, and `BookError` where the book's archive cannot be reached.
    """
    kept = [(path, name) for path, name in sums_of(book, day) if name and name.segments == before]
    now = _digest_of(book, day) if kept else ""
    for path, name in kept:
        if now:
            DISK.rename(path, path.with_name(str(name._replace(segments=now))))


def digest_of(book: Path, day: str) -> str:
    """What tells the segments of a day apart as they are now, if there are sums of it; else an empty text.

    Raises `OSError`, and `BookError` where the book's archive cannot be reached.
    """
    return _digest_of(book, day) if sums_of(book, day) else ""


def _digest_of(book: Path, day: str) -> str:
    """What tells the segments of a day apart; an empty text where one is purged meanwhile, and its sums with it."""
    with suppress(FileNotFoundError):
        return _digest(_segments(book, day).get(day, []))
    return ""


def goes(day: str, days: int) -> datetime:
    """When the first record of a day may go, by a policy that keeps it so many days; long ago, if it is no day."""
    try:
        return datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days)
    except (ValueError, OverflowError):
        return datetime.min.replace(tzinfo=UTC)


def sweep_unfinished(book: Path) -> None:
    """Remove what a crash left unfinished. Raises `OSError`."""
    with suppress(FileNotFoundError):
        for path in list(folder_of(book).iterdir()):
            with suppress(FileNotFoundError):
                if path.name.endswith(UNFINISHED) and time.time() - path.lstat().st_mtime > _STALE:
                    path.unlink()


def _segments(book: Path, day: str = "") -> dict[str, list[File]]:
    """The segments of visits by day, or those of one day."""
    found: dict[str, list[File]] = {}
    for shelf, path in files(book, retention_class=_CLASS, day=day):
        found.setdefault(shelf.day, []).append(path)
    return found


def _fits(name: Name, there: Sequence[File]) -> bool:
    with suppress(FileNotFoundError):  # sealed since it was listed: then it is another day
        return name.segments == _digest(there)
    return False


def _digest(paths: Sequence[File]) -> str:
    """Another segment, or another content of one, is another day."""
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(paths, key=home_of):
        facts = path.stat()
        digest.update(
            f"{home_of(path).parent.name}/{path.name} {facts.st_size} {facts.st_mtime_ns} {facts.st_ino}\0".encode()
        )
    return digest.hexdigest()
