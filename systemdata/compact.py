"""Compaction: the sealed segments of a day that is over become Parquet, on the same shelf and with the same end, and
small Parquet segments of a stream large ones.

The one moment that counts is a rename. A Parquet segment tells of the segments that it takes the place of, and from
when it is there nobody sees those any more, whether they are deleted yet or not; until then nobody sees it. So each
record is in the book once whatever stops the work, and the next compaction deletes what this one could not.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import chain, groupby
from pathlib import Path
from typing import NamedTuple

import orjson

from frontdesk.systemdata.archive import settle
from frontdesk.systemdata.disk import DISK, UNFINISHED, Disk
from frontdesk.systemdata.errors import BookError, SegmentError
from frontdesk.systemdata.footer import read_note
from frontdesk.systemdata.lock import alone
from frontdesk.systemdata.parquet import ROWS, NoRecordError, Part, read_rows, seal_parts
from frontdesk.systemdata.pending import Pending
from frontdesk.systemdata.read import read
from frontdesk.systemdata.recover import recover
from frontdesk.systemdata.rewrite import remove_replaced
from frontdesk.systemdata.seal import Seal, read_seal
from frontdesk.systemdata.shelf import (
    ANONYMOUS,
    BY_CONTENT,
    OPEN,
    PARQUET,
    Shelf,
    is_segment,
    marks,
    replaced,
    segments,
    shelves,
    stem,
)
from frontdesk.systemdata.table import arrow

MOST_RECORDS = 1 << 18
"""Records in one Parquet segment, unless one segment alone has more: what a purge rewrites at most for one border of an
hour, and enough for a reader not to wait for the number of files."""
MOST_SMALL = ROWS
"""Records with which a Parquet segment of a stream, a whole row group then, stays as it is."""

# An anonymous segment is sorted in memory; the writer seals them long before.
_MOST_SORTED = 64 << 20

Progress = Callable[[float], object]
"""Is told what part of the work is done, from 0 to 1."""


class Compacted(NamedTuple):
    """What a compaction did to one book, or would do."""

    records: int
    segments: int  # that were replaced
    files: int  # that replaced them
    before: int  # bytes of those segments
    after: int | None  # bytes of those files; of a dry run None
    kept: list[str]  # segments that stay as they are, and why


class _Found(NamedTuple):
    """A segment to be compacted."""

    path: Path
    seal: Seal
    size: int


class _KeptError(Exception):
    """A segment stays as it is; `words` say why, or are empty where it is gone."""

    def __init__(self, path: Path, words: str) -> None:
        self.path = path
        self.words = words
        super().__init__(words)


def compact(
    directory: Path,
    now: datetime,
    *,
    dry_run: bool = False,
    progress: Progress = lambda _: None,
    disk: Disk = DISK,
) -> Compacted:
    """Compact a book, as far as its days are over and nobody writes to them any more; in a dry run only count.

    Raises `BookError` where there is no book, it cannot be changed, or another such command is at work; and
    `FrontdeskError` where pyarrow is not installed.
    """
    arrow()
    with alone(directory):
        try:
            if not dry_run:
                settle(directory)
                for _ in recover(directory, disk):
                    pass  # what dead processes left can be compacted then
            return _Compaction(directory, now, progress, disk, dry_run=dry_run).run()
        except OSError as error:
            raise BookError(error.filename or directory, f"cannot be compacted: {error.strerror}") from None


class _Compaction:
    def __init__(self, directory: Path, now: datetime, progress: Progress, disk: Disk, *, dry_run: bool) -> None:
        self._directory = directory
        self._until = (now.astimezone(UTC).date() - timedelta(days=1)).isoformat()
        self._progress = progress
        self._disk = disk
        self._dry_run = dry_run
        self._pending = Pending(directory)
        self._kept: list[str] = []
        self._records = self._segments = self._files = self._before = self._after = 0

    def run(self) -> Compacted:
        there = [shelf for shelf in shelves(self._directory) if shelf.day < self._until]
        if not self._dry_run:
            for shelf in there:
                self._settle(shelf.folder(self._directory))
        groups = [group for shelf in there for group in self._groups(shelf) if _gains(group)]
        whole, done = sum(found.seal.records for group in groups for found in group) or 1, 0
        for group in groups:
            self._progress(done / whole)
            done += sum(found.seal.records for found in group)
            self._replace(group)
        self._progress(1)
        return Compacted(
            self._records,
            self._segments,
            self._files,
            self._before,
            None if self._dry_run else self._after,
            self._kept,
        )

    def _settle(self, folder: Path) -> None:
        """Delete what a compaction left that was stopped: nobody is at work on it but a stream, which tells on what."""
        left, unfinished = replaced(folder), []
        for path in list(folder.iterdir()):
            if left and path.suffix == PARQUET and is_segment(path):
                with suppress(FileNotFoundError):  # it was replaced itself
                    remove_replaced(path, self._disk)
            elif path.name.endswith(PARQUET + UNFINISHED) and is_segment(path.with_suffix("")):
                unfinished.append(path)
        pending = self._pending.among(path.with_suffix("") for path in unfinished)
        for path in unfinished:
            if path.with_suffix("") not in pending:
                with suppress(FileNotFoundError):  # a stream has finished it meanwhile
                    self._disk.unlink(path)

    def _groups(self, shelf: Shelf) -> Iterator[list[_Found]]:
        """What becomes one file: segments of one shelf and one mark, oldest first, not too many records."""
        found = [each for path in segments(self._directory, shelf) if (each := self._look(path)) is not None]
        pending = self._pending.among(each.path for each in found)
        found = [each for each in found if each.path not in pending]
        for _, alike in groupby(sorted(found, key=lambda each: (marks(each.path), each.path.name)), _marks_of):
            group: list[_Found] = []
            records = 0
            for each in alike:
                if group and records + each.seal.records > MOST_RECORDS:
                    yield group
                    group, records = [], 0
                group.append(each)
                records += each.seal.records
            yield group

    def _look(self, path: Path) -> _Found | None:
        """A segment, if it can be compacted. One whose open file is still there may be sealed again from that."""
        if path.suffix == OPEN or path.with_name(stem(path) + OPEN).exists():
            return None
        try:
            if path.suffix == PARQUET and not _is_small(path):
                return None
            seal, size = read_seal(path), path.stat().st_size
        except FileNotFoundError:  # deleted for room since it was listed
            return None
        except SegmentError as error:
            self._kept.append(str(error))
            return None
        if _is_to_be_sorted(path) and seal.size > _MOST_SORTED:
            self._kept.append(f"{path}: {seal.size} bytes of anonymous records are too many to be sorted")
            return None
        return _Found(path, seal, size)

    def _replace(self, group: list[_Found]) -> None:
        """Replace segments by one; those that cannot be read, or hold what is no record, stay."""
        target = None
        while group and target is None:
            try:
                target = group[0].path if self._dry_run else self._press(group)
            except _KeptError as error:
                self._kept += filter(None, [error.words])
                group = [found for found in group if found.path != error.path]
        if target is None:
            return
        self._files += 1
        self._segments += len(group)
        self._records += sum(found.seal.records for found in group)
        self._before += sum(found.size for found in group)
        if not self._dry_run:
            self._after += target.stat().st_size

    def _press(self, group: list[_Found]) -> Path | None:
        """Write the segment that replaces others, prove it, put it in place, and delete the others."""
        first = group[0].path
        name = f"{stem(first).partition('-')[0]}-{os.getpid()}-{secrets.token_hex(8)}{marks(first)}{PARQUET}"
        paths = [found.path for found in group]

        def prove(unfinished: Path) -> bool:
            _prove(unfinished, paths)
            for path in paths:  # to make room, a writer may have deleted one meanwhile, and told so in the book
                if not path.exists():
                    raise _KeptError(path, "")
            return True

        target = first.with_name(name)
        try:
            seal_parts(target, (Part(path.name, _lines(path)) for path in paths), self._disk, prove)
        except NoRecordError as error:
            path = first.with_name(error.name)
            raise _KeptError(path, f"{path}: a line in it is no record") from None
        remove_replaced(target, self._disk)
        return target


def _lines(path: Path) -> Iterator[bytes]:
    """The lines of a segment as they go into Parquet: the order of anonymous ones tells nothing of when they came."""
    try:
        yield from sorted(read(path)) if _is_to_be_sorted(path) else read(path)
    except SegmentError as error:
        raise _KeptError(path, str(error)) from None
    except FileNotFoundError:
        raise _KeptError(path, "") from None


def _prove(unfinished: Path, paths: list[Path]) -> None:
    """Read back what was written, and compare it with its sources, record by record."""
    again = chain.from_iterable(block.splitlines(keepends=True) for block in read_rows(unfinished))
    for path in paths:
        for line in _lines(path):
            if not _are_same(line, next(again, b"")):
                raise _KeptError(path, f"{path}: a line in it would not come back as it was")
    if next(again, None) is not None:
        raise BookError(unfinished, "holds more records than it was made of")


def _are_same(line: bytes, other: bytes) -> bool:
    """Whether two lines hold the same, whatever the order of the fields. A number told in another way is not the same;
    Python takes true for 1 and 1 for 1.0, but they are not of one length."""
    return line == other or (len(line) == len(other) and orjson.loads(line) == orjson.loads(other))


def _is_small(path: Path) -> bool:
    """Whether a Parquet segment is a small one of a stream's. One that took the place of others stays, as only it tells
    of them, and so does one that is looked for by its name."""
    note = read_note(path)
    is_first = [source.name for source in note.sources] == [path.name]
    return is_first and BY_CONTENT not in path.name and note.sources[0].records < MOST_SMALL


def _is_to_be_sorted(path: Path) -> bool:
    """Whether the order of the records may tell when they came; in Parquet they stand in order already."""
    return ANONYMOUS in path.name and path.suffix != PARQUET


def _gains(group: list[_Found]) -> bool:
    """Whether anything is gained by making one file of a group."""
    return len(group) > 1 or group[0].path.suffix != PARQUET


def _marks_of(found: _Found) -> str:
    return marks(found.path)
