"""Shelves: where in a book a record stands, so that purge, hold and transfer deal with whole files.

A book is `<directory>/<retention class>/<day>/<entity>/`, and in it segments, `<start>-<process>-<number>.open` while
one process writes them, `….jsonl.zst` when sealed. The day is the event's, in UTC.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple, Self

from frontdesk.systemdata import fields as f

OPEN = ".open"
SEALED = ".jsonl.zst"
UNFINISHED = ".tmp"
"""Endings of a segment that is written, of one that is sealed, and of a file that is not yet either."""
ANONYMOUS = "-anonymous"
SUSPECT = "-suspect"
"""Marks in a segment's name: it holds anonymous records only; the disk once failed to sync it."""

_CLASS = re.compile(r"[a-z]{1,32}\Z")
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
_ENTITY = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\Z")
_SEGMENT = re.compile(
    rf"\d{{8}}T\d{{12}}-\d{{1,10}}-[0-9a-f]{{1,16}}({ANONYMOUS})?({SUSPECT})?({re.escape(OPEN)}|{re.escape(SEALED)})\Z"
)


class Shelf(NamedTuple):
    """Records of one retention class, of one day in UTC such as 2026-11-23, of one entity."""

    retention_class: str
    day: str
    entity: str

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """The shelf of a record, by what the record says of itself."""
        return cls(record[f.RETENTION_CLASS], record[f.TIMESTAMP][:10], record[f.ENTITY])

    def folder(self, directory: Path) -> Path:
        """Where the shelf's segments lie in the book of a folder."""
        return directory / self.retention_class / self.day / self.entity


def shelves(directory: Path, since: str = "") -> Iterator[Shelf]:
    """The shelves of a book, oldest day first; those of days before `since`, such as 2026-11-23, are passed over.

    Raises `OSError` where a folder cannot be listed.
    """
    days = (
        (day.name, folder.name, day)
        for folder in _folders(directory, _CLASS)
        for day in _folders(folder, _DAY)
        if day.name >= since
    )
    for name, retention_class, day in sorted(days):
        for entity in sorted(_folders(day, _ENTITY)):
            yield Shelf(retention_class, name, entity.name)


def segments(directory: Path, shelf: Shelf | None = None, since: str = "") -> Iterator[Path]:
    """The segments of a book or of one shelf, sealed and open, oldest first.

    Of a segment that is being sealed, one file is given. Raises `OSError` where a folder cannot be listed.
    """
    there: Iterable[Shelf] = shelves(directory, since) if shelf is None else [shelf]
    for _, of_day in groupby(there, key=lambda each: each.day):
        found = [path for each in of_day for path in _segments(each.folder(directory))]
        yield from sorted(found, key=lambda path: path.name)


def stem(path: Path) -> str:
    """The name of a segment without the ending, which sealing changes."""
    return path.name.partition(".")[0]


def identity(path: Path) -> Path:
    """What of a segment's name stays the same whatever befalls it."""
    return path.with_name(stem(path).removesuffix(SUSPECT))


def sealed(path: Path) -> Path:
    """Where a segment lies when it is sealed."""
    return path.with_name(stem(path) + SEALED)


def is_segment(path: Path) -> bool:
    """Whether a file's name is one that the writer gives."""
    return _SEGMENT.match(path.name) is not None


def _segments(folder: Path) -> Iterator[Path]:
    try:
        found = {path.name: path for path in folder.iterdir() if is_segment(path) and path.is_file()}
    except FileNotFoundError:  # purged since it was listed
        return
    for path in found.values():
        if path.suffix != OPEN or sealed(path).name not in found:
            yield path


def _folders(folder: Path, name: re.Pattern[str]) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if name.match(path.name) and path.is_dir() and not path.is_symlink()]
    except FileNotFoundError:
        return []
