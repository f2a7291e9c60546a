"""The spool: what of a book is still to be shipped, in the order in which it is.

Within a segment that is the order in which it was written, and across segments that of time, as far as it was in the
book when it was read. Anonymous records wait until their segment is sealed and its hour is over, and go in the order
of what they say: neither when they are sent, nor beside whom, tells when they came.
"""

import zlib
from collections import deque
from collections.abc import Collection, Generator, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from frontdesk.systemdata.errors import BookError, SegmentError
from frontdesk.systemdata.follow import day_of, in_time_order, origins
from frontdesk.systemdata.read import read
from frontdesk.systemdata.shelf import ANONYMOUS, OPEN, PARQUET, identity, segments
from frontdesk.systemdata.stream.cursor import Position

_HOUR = timedelta(hours=1)
_WHOLE = timedelta(minutes=10)  # how often days that are over are looked at: a log may be taken in, a crash mended


class Entry(NamedTuple):
    """One record of a segment, or its end: then the line is empty."""

    place: str  # the segment's, in the book
    line: bytes
    record: dict[str, Any] | None  # None where the line is no record
    position: Position  # the segment's, when this is delivered


class Spool:
    """What is left of one book, of some classes."""

    def __init__(self, directory: Path, classes: Collection[str], positions: dict[str, Position]) -> None:
        self._directory = directory
        self._classes = frozenset(classes)
        self._at = dict(positions)
        self._ended: deque[str] = deque()
        self._looked = datetime.min.replace(tzinfo=UTC)
        self.damaged: list[SegmentError] = []
        """Segments that are damaged; what of them is whole is given."""

    def read(self, now: datetime) -> Generator[Entry]:
        """What is there and was not given yet. Raises `BookError`, and `FrontdeskError` where a library is missing."""
        everything = not timedelta() <= now - self._looked < _WHOLE
        self._looked = now if everything else self._looked
        since = "" if everything else (now.date() - timedelta(days=1)).isoformat()
        try:
            for _, of_day in groupby(segments(self._directory, since=since), day_of):
                due = [path for path in origins(of_day) if self._is_due(path, now)]
                for path, line in in_time_order(due, self._lines):
                    yield self._entry(self._place(path), line)
                    yield from self._ends()
                yield from self._ends()
        except OSError as error:
            raise BookError(error.filename or self._directory, f"cannot be read: {error.strerror}") from None

    def keep(self, place: str) -> Position:
        """Note that something in a segment stays in the book only; its position, which says so from now on."""
        position = self._at.get(place, Position())._replace(stays=True)
        self._at[place] = position
        return position

    def go_back(self, positions: dict[str, Position]) -> None:
        """Give again what comes after these positions."""
        self._at = dict(positions)
        self._looked = datetime.min.replace(tzinfo=UTC)
        self._ended.clear()

    def left(self) -> Iterator[Path]:
        """The segments that are not done, whether they are due yet or not. Raises `OSError`."""
        for path in origins(segments(self._directory)):
            if self._is_ours(path) and not self._position(path).done:
                yield path

    def position(self, path: Path) -> Position:
        """How far a segment was given."""
        return self._position(path)

    def _place(self, path: Path) -> str:
        return identity(path).relative_to(self._directory).as_posix()

    def _position(self, path: Path) -> Position:
        return self._at.get(self._place(path), Position())

    def _is_ours(self, path: Path) -> bool:
        return path.relative_to(self._directory).parts[0] in self._classes

    def _is_due(self, path: Path, now: datetime) -> bool:
        if not self._is_ours(path) or self._position(path).done:
            return False
        return ANONYMOUS not in path.name or (path.suffix != OPEN and _begun(path) + _HOUR <= now)

    def _lines(self, path: Path) -> Iterator[bytes]:
        place = self._place(path)
        try:
            if path.suffix == OPEN:
                yield from read(path, self._position(path).offset, afar=False)
            else:
                yield from self._rest(path, place)
        except FileNotFoundError:  # purged since it was listed
            return
        except SegmentError as damage:
            self.damaged.append(damage)
            self.keep(place)
        if path.suffix != OPEN:
            self._ended.append(place)

    def _rest(self, path: Path, place: str) -> Iterator[bytes]:
        """What follows the position in a segment that is sealed. Of one that is not the same up to there, as records
        were taken out of it meanwhile, everything: rather twice than never."""
        position, end, last = self._position(path), 0, b""
        lines = _in_order(path)
        while end < position.offset and (line := next(lines, None)) is not None:
            end, last = end + len(line), line
        if end == position.offset and (not last or _digest(last, _parsed(last)) == position.digest):
            yield from lines
            return
        self._at[place] = Position(epoch=position.epoch + 1)
        yield from _in_order(path)

    def _entry(self, place: str, line: bytes) -> Entry:
        record, was = _parsed(line), self._at.get(place, Position())
        digest = _digest(line, record)
        position = was._replace(offset=was.offset + len(line), records=was.records + 1, digest=digest)
        self._at[place] = position
        return Entry(place, line, record, position)

    def _ends(self) -> Iterator[Entry]:
        while self._ended:
            place = self._ended.popleft()
            position = self._at.get(place, Position())._replace(done=True)
            self._at[place] = position
            yield Entry(place, b"", None, position)


def _in_order(path: Path) -> Iterator[bytes]:
    """The lines of a segment that is sealed. Anonymous ones are sorted, as compaction sorts them: a segment has the
    same order before and after it. The writer seals long before one would be too large for that."""
    if ANONYMOUS in path.name and path.suffix != PARQUET and path.exists():
        yield from sorted(read(path, afar=False))
    else:
        yield from read(path, afar=False)


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        record = orjson.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _digest(line: bytes, record: dict[str, Any] | None) -> int:
    """By which a record is known again, also where compaction put its fields in another order."""
    return zlib.crc32(line if record is None else orjson.dumps(record, option=orjson.OPT_SORT_KEYS))


def _begun(path: Path) -> datetime:
    return datetime.strptime(path.name[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
