"""Compaction on a disk that fails at every call in turn, with a reader at every one of them: each record is there once,
whatever happens."""

import errno
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from frontdesk.systemdata import BookError
from frontdesk.systemdata.compact import compact
from frontdesk.systemdata.disk import Disk
from frontdesk.systemdata.parquet import Part, seal_parts
from frontdesk.systemdata.read import read
from frontdesk.systemdata.rewrite import rewrite
from frontdesk.systemdata.seal import seal_lines
from frontdesk.systemdata.shelf import PARQUET, SEALED, Shelf, segments
from frontdesk.systemdata.verify import verify

from ..book import lines_in
from .keeping import NOW
from .test_faults import FailingDisk

SHELF = Shelf("visit", "2020-01-01", "us")
_SEGMENTS = 3
_MOST_CALLS = 100


def line(number: int) -> bytes:
    return b'{"timestamp":"2020-01-01T1%d:00:00.000Z","frontdesk.database":"%d"}\n' % (number // 10, number)


LINES = Counter(line(number) for number in range(_SEGMENTS * 10))


def make_book(book: Path) -> None:
    """A shelf of three segments, and one of anonymous records."""
    folder = SHELF.folder(book)
    folder.mkdir(parents=True)
    for number in range(_SEGMENTS):
        mark = "-anonymous" if number == _SEGMENTS - 1 else ""
        lines = [line(number * 10 + each) for each in range(10)]
        seal_lines(folder / f"20200101T1{number}0000000000-7-{number}{mark}{SEALED}", lines)


def make_streamed_book(book: Path) -> None:
    """The same, as `frontdesk stream` writes it: Parquet, a file for each batch."""
    make_book(book)
    for path in list(segments(book)):
        taken_in = path.with_name(path.name.replace(SEALED, PARQUET))
        seal_parts(taken_in, [Part(taken_in.name, list(read(path)))])
        path.unlink()


BOOKS = [pytest.param(make_book, id="sealed"), pytest.param(make_streamed_book, id="streamed")]


class Watched(FailingDisk):
    """Has the whole book read before each call."""

    def __init__(self, book: Path, fail: int, error: int, *, ever_after: bool) -> None:
        super().__init__(fail, error, ever_after=ever_after)
        self._book = book
        self.seen: set[frozenset[tuple[bytes, int]]] = set()

    def _call(self) -> None:
        self.seen.add(frozenset(Counter(lines_in(self._book)).items()))
        super()._call()


@pytest.mark.parametrize("make", BOOKS)
@pytest.mark.parametrize(
    ("error", "ever_after"), [(errno.EIO, False), (errno.ENOSPC, True)], ids=["once", "ever-after"]
)
def test_whichever_call_fails_each_record_is_there_once_at_every_moment(
    make: Callable[[Path], None], error: int, ever_after: bool, tmp_path: Path
) -> None:
    for fail in range(1, _MOST_CALLS):
        book = tmp_path / str(fail)
        make(book)
        disk = Watched(book, fail, error, ever_after=ever_after)
        with suppress(BookError):
            compact(book, NOW, disk=disk)
        assert disk.seen == {frozenset(LINES.items())}, fail
        assert Counter(lines_in(book)) == LINES, fail
        compact(book, NOW)
        assert Counter(lines_in(book)) == LINES, fail
        assert sorted(path.suffix for path in SHELF.folder(book).iterdir()) == [".parquet", ".parquet"], fail
        assert [verdict.damage for verdict in verify(book)] == [None, None]
        if not disk.failed:
            break
    else:
        raise AssertionError("the disk was called more often than was thought")
    assert fail > (15 if make is make_book else 10)


def test_whichever_call_fails_a_segment_that_is_rewritten_is_the_old_one_or_the_new(tmp_path: Path) -> None:
    for fail in range(1, _MOST_CALLS):
        book = tmp_path / str(fail)
        make_book(book)
        compact(book, NOW)
        (path,) = [path for path in segments(book) if "-anonymous" not in path.name]
        disk = FailingDisk(fail, errno.EIO, ever_after=False)
        with suppress(OSError):
            rewrite(path, [True] * 5 + [False] * 15, disk)
        there = lines_in(book)
        assert len(there) in {15, 30}, fail
        assert not [verdict for verdict in verify(book) if verdict.damage]
        if not disk.failed:
            break
    assert (fail > 5, len(there)) == (True, 15)


class Meddling(Disk):
    """Deletes a source when the new file is brought to the disk, as a writer does to make room."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def sync(self, fd: int) -> None:
        super().sync(fd)
        self._path.unlink(missing_ok=True)


def test_what_is_deleted_for_room_meanwhile_does_not_come_back(tmp_path: Path) -> None:
    make_book(tmp_path)
    first = next(segments(tmp_path))
    done = compact(tmp_path, NOW, disk=Meddling(first))
    assert (done.records, done.kept) == (20, [])
    assert Counter(lines_in(tmp_path)) == Counter(line(number) for number in range(10, 30))
    assert not list(tmp_path.rglob("*.tmp"))
