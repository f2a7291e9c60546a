"""Moving shelves of days that are over from a book's disk to its archive, segment by segment.

A segment is proved whole, put into the store, read back and compared, and only then deleted on the disk. Whoever reads
the whole book finds it once at every moment; what a kill leaves in both places the next command on the book ends.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from frontdesk.systemdata.afterwards import afterwards
from frontdesk.systemdata.archive import CANNOT_TELL, KEEPS_DELETED, Archive, begin, end, found, settle
from frontdesk.systemdata.archived import put
from frontdesk.systemdata.disk import DISK
from frontdesk.systemdata.errors import BookError, SegmentError
from frontdesk.systemdata.lock import alone
from frontdesk.systemdata.pending import Pending
from frontdesk.systemdata.recover import recover
from frontdesk.systemdata.rewrite import remove_replaced
from frontdesk.systemdata.shelf import OPEN, PARQUET, Shelf, replaced, segments, shelves, stem
from frontdesk.systemdata.sums import digest_of, follow
from frontdesk.systemdata.verify import check

Progress = Callable[[float], object]
"""Is told what part of the work is done, from 0 to 1."""


class Moved(NamedTuple):
    """What was moved of one book, or would be."""

    segments: int
    records: int
    size: int  # bytes
    days: int
    kept: list[str]  # segments that stay on the disk, and why
    warning: str | None
    ended: bool = True  # whether it came to its end; else the counts are of what was done until then


def move(
    directory: Path,
    url: str,
    now: datetime,
    *,
    dry_run: bool = False,
    progress: Progress = lambda _: None,
    waits: Callable[[Path], bool] = lambda _: False,
    testify: Callable[[Moved], object] = lambda _: None,
) -> Moved:
    """Move what is sealed or compacted, of days that are over, to the archive of a book; in a dry run only count.

    `waits` tells of a segment whether it must stay for now, as one that a stream has not delivered yet. `testify` gets
    the account of what was done also where that is not all, and an error follows. If `testify` fails then, that error
    has a note of it.

    Raises `BookError` where there is no book, its archive is another one or cannot be reached, the store keeps what is
    deleted, or another such command is at work.
    """
    begun: _Move | None = None

    def tell() -> None:
        if begun is not None and not dry_run:
            testify(begun.account())

    with afterwards(tell), alone(directory):
        begun = _Move(directory, url, now, progress, waits)
        try:
            begun.run(dry_run=dry_run)
        except OSError as error:
            raise BookError(error.filename or directory, f"cannot be archived: {error.strerror}") from None
    return begun.account()


class _Found(NamedTuple):
    """A segment that can be moved."""

    records: int
    size: int  # bytes


class _Move:
    def __init__(
        self, directory: Path, url: str, now: datetime, progress: Progress, waits: Callable[[Path], bool]
    ) -> None:
        self._directory = directory
        self._url = url
        self._until = (now.astimezone(UTC).date() - timedelta(days=1)).isoformat()
        self._progress = progress
        self._waits = waits
        self._pending = Pending(directory)
        self._kept: list[str] = []
        self._segments = self._records = self._size = self._days = 0
        self._warning: str | None = None
        self._ended = False

    def account(self) -> Moved:
        """What was done until now."""
        counts = (self._segments, self._records, self._size, self._days)
        return Moved(*counts, self._kept, self._warning, self._ended)

    def run(self, *, dry_run: bool) -> None:
        if dry_run:
            self._look_at_all()
        else:
            self._move_all()
        self._ended = True

    def _move_all(self) -> None:
        archive = found(self._directory, self._url)
        keeps = archive.store.keeps_deleted()
        if keeps:
            raise BookError(archive.store.url, KEEPS_DELETED)
        self._warning = CANNOT_TELL if keeps is None else None
        for _ in recover(self._directory):
            pass  # what dead processes left can be moved then
        settle(self._directory)
        begin(self._directory)
        there = self._over()
        for day, of_day in there:
            self._progress(self._days / len(there))
            self._days += 1
            self._move_day(archive, day, of_day)
        end(self._directory)
        self._progress(1)

    def _over(self) -> list[tuple[str, list[Shelf]]]:
        """The shelves of days that are over and of which anything is on the disk."""
        there = [shelf for shelf in shelves(self._directory) if shelf.day < self._until]
        there = [shelf for shelf in there if any(True for _ in segments(self._directory, shelf))]
        return [(day, list(of_day)) for day, of_day in groupby(there, lambda shelf: shelf.day)]

    def _look_at_all(self) -> None:
        for _, of_day in self._over():
            self._days += 1
            for shelf in of_day:
                for path in segments(self._directory, shelf):
                    with suppress(FileNotFoundError):  # purged since it was listed
                        if segment := self._look(path):
                            self._count(segment)

    def _move_day(self, archive: Archive, day: str, of_day: list[Shelf]) -> None:
        before = digest_of(self._directory, day)
        for shelf in of_day:
            folder = shelf.folder(self._directory)
            left = replaced(folder)
            for path in segments(self._directory, shelf):
                if left and path.suffix == PARQUET:
                    remove_replaced(path)
                with suppress(FileNotFoundError):  # deleted for room since it was listed
                    self._move(archive, path)
            with suppress(OSError):  # not empty
                folder.rmdir()
                folder.parent.rmdir()
        follow(self._directory, day, before)

    def _move(self, archive: Archive, path: Path) -> None:
        segment = self._look(path)
        if segment is None:
            return
        put(archive.store, archive.name_of(path), path)
        self._count(segment)
        DISK.unlink(path)
        DISK.sync_folder(path.parent)

    def _look(self, path: Path) -> _Found | None:
        """What a segment holds, None if it cannot be moved. One whose open file is still there may be sealed again from
        that, and one that is pending may be taken back.
        """
        if path.suffix == OPEN or path.with_name(stem(path) + OPEN).exists():
            return None
        if self._pending.among([path]):
            return None
        if self._waits(path):
            self._kept.append(f"{path}: its stream is not done with it yet")
            return None
        try:
            return _Found(check(path), path.stat().st_size)
        except SegmentError as error:
            self._kept.append(str(error))
            return None

    def _count(self, segment: _Found) -> None:
        self._segments += 1
        self._records += segment.records
        self._size += segment.size
