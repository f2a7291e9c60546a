"""Shelves: where in a book a record stands, so that purge, hold and transfer deal with whole files.

A book is `<directory>/<retention class>/<day>/<entity>/`, and in it segments, `<start>-<process>-<number>.open` while
one process writes them, `….jsonl.zst` when sealed, `….parquet` when compacted. The day is the event's, in UTC.
"""

import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple, Self

from frontdesk.systemdata import fields as f
from frontdesk.systemdata.archived import File, home_of
from frontdesk.systemdata.errors import SegmentError
from frontdesk.systemdata.footer import read_note

OPEN = ".open"
SEALED = ".jsonl.zst"
PARQUET = ".parquet"
"""Endings of a segment that is written, of one that is sealed, and of one that is compacted."""
ANONYMOUS = "-anonymous"
SUSPECT = "-suspect"
"""Marks in a segment's name: it holds anonymous records only; the disk once failed to sync it."""

BY_CONTENT = "-0-"
"""In a segment's name in the place of a process: who wrote it named it by what it holds, and may look for that name."""

# At most so often a folder is listed that does not rest: see `_listed`.
_LISTINGS = 4
_CLASS = re.compile(r"[a-z]{1,32}\Z")
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
_ENTITY = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\Z")
_SEGMENT = re.compile(
    rf"\d{{8}}T\d{{12}}-\d{{1,10}}-[0-9a-f]{{1,16}}({ANONYMOUS})?({SUSPECT})?"
    rf"({re.escape(OPEN)}|{re.escape(SEALED)}|{re.escape(PARQUET)})\Z"
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


def is_shelf(shelf: Shelf) -> bool:
    """Whether names are those of a shelf."""
    named = _CLASS.match(shelf.retention_class) and _DAY.match(shelf.day) and _ENTITY.match(shelf.entity)
    return bool(named) and _is_day(shelf.day)


class Place(NamedTuple):
    """Where a line goes: to a shelf, and there to a segment of anonymous records or of others."""

    shelf: Shelf
    anonymous: bool = False


def shelves(directory: Path, since: str = "") -> Iterator[Shelf]:
    """The shelves of a book, oldest day first; those of days before `since`, such as 2026-11-23, are passed over.

    Raises `OSError` where a folder cannot be listed.
    """
    days = (
        (day.name, folder.name, day)
        for folder in _folders(directory, _CLASS)
        for day in _folders(folder, _DAY)
        if day.name >= since and _is_day(day.name)
    )
    for name, retention_class, day in sorted(days):
        for entity in sorted(_folders(day, _ENTITY)):
            yield Shelf(retention_class, name, entity.name)


def _is_day(name: str) -> bool:
    """Whether a folder's name is a day that there is: somebody else's folder may only look like one."""
    try:
        date.fromisoformat(name)
    except ValueError:
        return False
    return True


def segments(directory: Path, shelf: Shelf | None = None, since: str = "") -> Iterator[Path]:
    """The segments of a book or of one shelf, open, sealed and compacted, oldest first: each record is in one of them.

    Of a segment that is being sealed one file is given, and so of those that are being compacted. One that is sealed
    or compacted after it was listed is still read by its name: see `read`. Raises `OSError` where a folder cannot be
    listed.
    """
    there: Iterable[Shelf] = shelves(directory, since) if shelf is None else [shelf]
    for _, of_day in groupby(there, key=lambda each: each.day):
        found = [path for each in of_day for path in _segments(each.folder(directory))]
        yield from sorted(found, key=lambda path: path.name)


def shelf_of(path: File) -> Shelf:
    """The shelf that a segment lies on, by its folder."""
    entity, day, retention_class = home_of(path).parents[:3]
    return Shelf(retention_class.name, day.name, entity.name)


def stem(path: File) -> str:
    """The name of a segment without the ending, which sealing changes."""
    return path.name.partition(".")[0]


def marks(path: File) -> str:
    """The marks in a segment's name. Segments take the place of those with the same ones only."""
    return "".join(mark for mark in (ANONYMOUS, SUSPECT) if mark in stem(path))


def identity(path: Path) -> Path:
    """What of a segment's name stays the same whatever befalls it."""
    return path.with_name(stem(path).removesuffix(SUSPECT))


def sealed(path: Path) -> Path:
    """Where a segment lies when it is sealed."""
    return path.with_name(stem(path) + SEALED)


def later(path: Path) -> list[Path]:
    """Where a segment that was open lies when the disk failed to sync it, and when it is sealed, in order of time."""
    if path.suffix != OPEN:
        return []
    suspect = path.with_name(stem(path) + SUSPECT + OPEN)
    return [suspect, sealed(path), sealed(suspect)]


def is_segment(path: Path) -> bool:
    """Whether a file's name is one that the writer gives."""
    return _SEGMENT.match(path.name) is not None


def replaced_by(path: Path) -> list[str]:
    """The names of the segments that a compacted one took the place of. Raises `SegmentError`, and `OSError`."""
    return [source.name for source in read_note(path).sources if source.name != path.name]


def replaced(folder: Path) -> set[str]:
    """The names of segments in a folder that a compacted one took the place of, and that are still there."""
    found = _listed(folder)
    return _replaced(found) & found.keys()


def _segments(folder: Path) -> Iterator[Path]:
    found = _listed(folder)
    out_of_place = _replaced(found)
    known = found.keys() | out_of_place
    for path in found.values():
        if path.name not in out_of_place and known.isdisjoint(place.name for place in later(path)):
            yield path


def _replaced(found: Mapping[str, Path]) -> set[str]:
    """What the compacted segments of a folder say they took the place of; not asked where nothing else can be."""
    names: set[str] = set()
    for _, each in groupby(sorted(found.values(), key=marks), marks):
        alike = list(each)
        compacted = [path for path in alike if path.suffix == PARQUET] if len(alike) > 1 else []
        for path in compacted:
            with suppress(SegmentError, FileNotFoundError):  # damaged, or purged since it was listed
                names.update(replaced_by(path))
    return names


def _listed(folder: Path) -> dict[str, Path]:
    """The segments of a folder, each under a name that it has when this is over; maybe under two, one after the other.

    A listing may miss a segment of which one file took another's place meanwhile. The next has it, unless that befell
    the segment again: it is marked suspect once, sealed once and compacted once. So one listing of all has each that is
    there, and what the last one has not is looked for.
    """
    last = _names(folder)
    seen = set(last)
    for _ in range(_LISTINGS - 1):
        again = _names(folder)
        seen |= again
        if again == last:
            break
        last = again
    found = {name: folder / name for name in last | _missed(folder, seen - last, last)}
    return {name: path for name, path in found.items() if is_segment(path) and _is_file(path)}


def _missed(folder: Path, names: set[str], listed: set[str]) -> set[str]:
    """What the last listing missed of the segments that those before it had, under the names that they have now.

    Where nothing of one is there any more, it was purged, or a compacted one took its place and can be listed.
    """
    there: set[str] = set()
    is_any_gone = False
    for path in filter(is_segment, (folder / name for name in names)):
        afterwards = later(path)
        if listed.isdisjoint(place.name for place in afterwards):
            now = {place.name for place in (path, *afterwards) if place.exists()}
            there |= now
            is_any_gone = is_any_gone or not now
    return there | {name for name in _names(folder) if name.endswith(PARQUET)} if is_any_gone else there


def _is_file(path: Path) -> bool:
    """Whether it is a file; one that is gone since it was listed was one, and is read where it is now."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return True


def _names(folder: Path) -> set[str]:
    try:
        return {path.name for path in folder.iterdir()}
    except FileNotFoundError:  # purged since it was listed
        return set()


def _folders(folder: Path, name: re.Pattern[str]) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if name.match(path.name) and path.is_dir() and not path.is_symlink()]
    except FileNotFoundError:
        return []
