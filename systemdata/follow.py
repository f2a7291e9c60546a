"""Reading a book while it is written: each whole line once, across rotation and sealing, in the order of time."""

import heapq
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from frontdesk.systemdata import fields as f
from frontdesk.systemdata.errors import BookError, SegmentError
from frontdesk.systemdata.footer import read_note
from frontdesk.systemdata.read import read, read_blocks
from frontdesk.systemdata.seal import read_seal
from frontdesk.systemdata.shelf import OPEN, PARQUET, Shelf, identity, segments, shelves

_TIME = re.compile(b'"%s":"([^"]{1,40})"' % re.escape(f.TIMESTAMP.encode()))


class _Page(NamedTuple):
    """The next line of a segment, in the order in which lines are given."""

    time: bytes
    number: int  # of the segment, so that lines of one time stay apart
    line: bytes
    rest: Iterator[bytes]


class Follower:
    """Remembers how far each segment was read, by the name that it keeps when it is sealed."""

    def __init__(self, directory: Path, *, from_now: bool = False, since: str = "") -> None:
        """Follow the book in a folder, from its beginning, from a day such as 2026-11-23, or from now on."""
        self._directory = directory
        self._since = since
        self._offsets: dict[Path, int] = {}
        self.damaged: list[SegmentError] = []
        """Segments that are damaged; what of them is whole was given."""
        self._finished: set[Path] = set()
        if from_now:
            self._since = _yesterday()
            for path in origins(segments(directory, since=self._since)):
                with suppress(FileNotFoundError):  # purged since it was listed
                    self._offsets[identity(path)] = sum(map(len, read_blocks(path, afar=False)))

    def read(self) -> Iterator[bytes]:
        """The whole lines that are new since the last call, by day, and in each day by time as the records tell it.

        Raises `BookError` where the book, or a segment, cannot be read.
        """
        # A day's segments are written to until a little after midnight; what is older was read to its end.
        since = _yesterday()
        day = self._since
        try:
            for day, of_day in groupby(segments(self._directory, since=self._since), day_of):  # noqa: B007 - the last
                yield from self._in_time_order(
                    [path for path in origins(of_day) if identity(path) not in self._finished]
                )
        except OSError as error:
            raise BookError(error.filename or self._directory, f"cannot be read: {error.strerror}") from None
        self._since = min(day, since)

    def _in_time_order(self, paths: list[Path]) -> Iterator[bytes]:
        """The new lines of segments, oldest first."""
        for path, line in in_time_order(paths, self._new_lines):
            name = identity(path)
            self._offsets[name] = self._offsets.get(name, 0) + len(line)
            yield line

    def _new_lines(self, path: Path) -> Iterator[bytes]:
        offset = self._offsets.get(identity(path), 0)
        try:
            yield from read(path, offset, afar=False)
        except FileNotFoundError:  # purged since it was listed
            return
        except SegmentError as damage:
            self.damaged.append(damage)
        if path.suffix != OPEN:
            self._finished.add(identity(path))


def in_time_order(paths: list[Path], lines_of: Callable[[Path], Iterator[bytes]]) -> Iterator[tuple[Path, bytes]]:
    """The lines of segments, which are given oldest first, by the time that they tell; those of one in their order.

    A segment is opened when it is its turn, by the time in its name.
    """
    heap: list[_Page] = []

    def turn() -> Iterator[tuple[Path, bytes]]:
        page = heapq.heappop(heap)
        yield paths[page.number], page.line
        _push(heap, page.number, page.rest, page.time)

    for number, path in enumerate(paths):
        while heap and heap[0].time < _begun(path):
            yield from turn()
        _push(heap, number, lines_of(path))
    while heap:
        yield from turn()


def together(books: Iterable[Iterable[bytes]]) -> Iterator[bytes]:
    """The lines that followers of several books give, by the time that they tell; those of one in their order."""
    return heapq.merge(*books, key=_time)


def day_of_last(directory: Path, records: int) -> str:
    """The day to begin with in order to see the last so many records of a book.

    Raises `BookError` where the book cannot be read.
    """
    found = 0
    try:
        for shelf in sorted(shelves(directory), reverse=True, key=_by_day):
            found += sum(_records(path) for path in segments(directory, shelf))
            if found >= records:
                return shelf.day
    except OSError as error:
        raise BookError(error.filename or directory, f"cannot be read: {error.strerror}") from None
    return ""


def origins(paths: Iterable[Path]) -> list[Path]:
    """Segments, oldest first; in place of compacted ones those that they were made of, under whose names they are read
    and known to have been read."""
    found: list[Path] = []
    for path in paths:
        try:
            sources = read_note(path).sources if path.suffix == PARQUET else ()
        except (SegmentError, FileNotFoundError):
            sources = ()
        found += [path.with_name(source.name) for source in sources] or [path]
    return sorted(found, key=lambda path: path.name)


def _by_day(shelf: Shelf) -> str:
    return shelf.day


def _records(path: Path) -> int:
    try:
        return (
            sum(block.count(b"\n") for block in read_blocks(path, afar=False))
            if path.suffix == OPEN
            else read_seal(path).records
        )
    except (SegmentError, FileNotFoundError):
        return 0


def _yesterday() -> str:
    return (datetime.now(UTC).date() - timedelta(days=1)).isoformat()


def _push(heap: list[_Page], number: int, lines: Iterator[bytes], otherwise: bytes = b"") -> None:
    line = next(lines, None)
    if line is not None:
        heapq.heappush(heap, _Page(_time(line) or otherwise, number, line, lines))


def _time(line: bytes) -> bytes:
    told = _TIME.search(line)
    return told[1] if told else b""


def _begun(path: Path) -> bytes:
    """When a segment was begun, as the records tell times."""
    name = path.name
    return f"{name[:4]}-{name[4:6]}-{name[6:8]}T{name[9:11]}:{name[11:13]}:{name[13:15]}".encode()


def day_of(path: Path) -> str:
    """The day of a segment's shelf."""
    return path.parent.parent.name
