"""A disk that fails at every call in turn: nothing is lost uncounted, nothing stands twice, every file can be read."""

import errno
import os
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from frontdesk.systemdata import Shelf, Writer
from frontdesk.systemdata.disk import Disk
from frontdesk.systemdata.recover import recover
from frontdesk.systemdata.seal import seal_lines
from frontdesk.systemdata.shelf import sealed
from frontdesk.systemdata.verify import verify

from ..book import NAME, SHELF, conserved, lines_in

_LINES = 12
_MOST_CALLS = 200


class FailingDisk(Disk):
    """Fails one call of the writer's thread, by its number, or every call from that one on until it is mended."""

    def __init__(self, fail: int, error: int, *, ever_after: bool) -> None:
        self.calls = 0
        self.failed = False
        self._fail = fail
        self._error = error
        self._ever_after = ever_after

    def mend(self) -> None:
        self._fail = _MOST_CALLS * 1000

    def _call(self) -> None:
        self.calls += 1
        if self.calls == self._fail or (self._ever_after and self.calls > self._fail):
            self.failed = True
            raise OSError(self._error, os.strerror(self._error))

    def open(self, path: Path, flags: int) -> int:
        self._call()
        return super().open(path, flags)

    def lock(self, fd: int) -> None:
        self._call()
        super().lock(fd)

    def read(self, fd: int, size: int, offset: int) -> bytes:
        self._call()
        return super().read(fd, size, offset)

    def write(self, fd: int, data: memoryview | bytes) -> int:
        if self.calls + 1 == self._fail and self._error == errno.ENOSPC and len(data) > 1:
            self._fail += 1  # a disk that fills takes a part first, and fails at the next call
            self.calls += 1
            return super().write(fd, data[: len(data) // 2 + 3])
        self._call()
        return super().write(fd, data)

    def truncate(self, fd: int, size: int) -> None:
        self._call()
        super().truncate(fd, size)

    def sync_data(self, fd: int) -> None:
        self._call()
        super().sync_data(fd)

    def sync(self, fd: int) -> None:
        self._call()
        super().sync(fd)

    def close(self, fd: int) -> None:
        super().close(fd)  # as Linux does: the file is closed even if that fails
        self._call()

    def rename(self, path: Path, target: Path) -> None:
        self._call()
        super().rename(path, target)

    def unlink(self, path: Path) -> None:
        self._call()
        super().unlink(path)

    def make_folder(self, folder: Path) -> None:
        self._call()
        super().make_folder(folder)

    def sync_folder(self, folder: Path) -> None:
        self._call()
        super().sync_folder(folder)


def line(number: int) -> bytes:
    return b'{"number":%d,"text":"%s"}\n' % (number, b"x" * 40)


def write_with(disk: FailingDisk, book: Path) -> Writer:
    """Write lines, in small segments, with a disk that fails; it is mended before the book is closed."""
    writer = Writer(
        book, flush_interval=0.001, sync_interval=0.0, segment_bytes=150, segment_seconds=86_400 * 365, disk=disk
    )
    other = SHELF._replace(entity="de")
    for number in range(_LINES):
        assert writer.put(line(number), SHELF if number % 3 else other)
        if number % 4 == 3:
            wait_until_written(writer, disk)
    wait_until_written(writer, disk)
    disk.mend()
    writer.close(timeout=10)
    return writer


def wait_until_written(writer: Writer, disk: FailingDisk) -> None:
    for _ in range(2000):
        if not writer.statistics().buffered:
            return
        if disk.failed and disk._ever_after:
            disk.mend()
        threading.Event().wait(0.002)
    raise AssertionError("the writer does not recover")


@pytest.mark.parametrize("ever_after", [False, True], ids=["once", "ever-after"])
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EINTR])
def test_any_call_may_fail(error: int, ever_after: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontdesk.systemdata.scribe._BACKOFF", 0.001)
    for fail in range(1, _MOST_CALLS):
        book = tmp_path / str(fail)
        disk = FailingDisk(fail, error, ever_after=ever_after)
        writer = write_with(disk, book)
        statistics = writer.statistics()
        assert conserved(statistics), (fail, statistics)
        assert (statistics.written, statistics.dropped) == (_LINES, {}), fail
        list(recover(book))  # as the next start does, for what could not be sealed
        assert Counter(lines_in(book)) == Counter(map(line, range(_LINES))), fail
        assert [verdict for verdict in verify(book) if verdict.damage] == [], fail
        if not disk.failed:
            break
    else:
        raise AssertionError("the disk was called more often than was thought")
    assert fail > 20


class Unsyncable(Disk):
    """Fails the first sync, and pretends afterwards that all is well."""

    failed: int = 0

    def sync_data(self, fd: int) -> None:
        if not self.failed:
            self.failed = os.fstat(fd).st_ino
            raise OSError(errno.EIO, "Input/output error")
        assert os.fstat(fd).st_ino != self.failed, "a sync that failed was tried again"
        super().sync_data(fd)


def test_a_segment_that_could_not_be_synced_is_sealed_as_suspect_and_not_written_to_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frontdesk.systemdata.scribe._BACKOFF", 0.001)
    writer = Writer(tmp_path, flush_interval=0.001, sync_interval=0.0, disk=Unsyncable())
    writer.put(line(1), SHELF)
    for _ in range(2000):
        if writer.statistics().suspects:
            break
        threading.Event().wait(0.002)
    writer.put(line(2), SHELF)
    writer.close()
    assert writer.statistics().suspects == 1
    assert sorted(lines_in(tmp_path)) == [line(1), line(2)]
    assert [(verdict.suspect, verdict.records) for verdict in verify(tmp_path)].count((True, 1)) == 1


def test_without_an_interval_nothing_is_synced_before_it_is_sealed(tmp_path: Path) -> None:
    class Counting(Disk):
        syncs = 0

        def sync_data(self, fd: int) -> None:
            self.syncs += 1
            super().sync_data(fd)

    disk = Counting()
    writer = Writer(tmp_path, flush_interval=0.001, sync_interval=None, disk=disk)
    for number in range(20):
        writer.put(line(number), SHELF)
        threading.Event().wait(0.002)
    writer.close()
    assert disk.syncs == 0


def test_the_book_tells_of_what_is_missing(tmp_path: Path) -> None:
    told: list[Any] = []

    def gap_line(gap: Any) -> tuple[bytes, Shelf]:
        told.append(gap)
        return b'{"gap":%d}\n' % sum(gap.missing.values()), SHELF._replace(entity=gap.entity)

    writer = Writer(tmp_path, gap_line=gap_line, capacity=200, flush_interval=60)
    taken = [writer.put(line(number), SHELF) for number in range(_LINES)]
    writer.lost("encode_error", SHELF._replace(entity="de"))
    writer.close()
    dropped = taken.count(False)
    assert {(gap.entity, tuple(gap.missing.items())) for gap in told} == {
        ("us", (("queue_full", dropped),)),
        ("de", (("encode_error", 1),)),
    }
    assert lines_in(tmp_path).count(b'{"gap":%d}\n' % dropped) == 1
    statistics = writer.statistics()
    assert conserved(statistics)
    assert statistics.written == _LINES - dropped + 2


@pytest.mark.parametrize("ever_after", [False, True], ids=["once", "ever-after"])
def test_any_call_may_fail_while_a_crash_is_mended(ever_after: bool, tmp_path: Path) -> None:
    for fail in range(1, _MOST_CALLS):
        book = tmp_path / str(fail)
        folder = SHELF.folder(book)
        folder.mkdir(parents=True)
        for orphan in range(2):
            content = b"".join(map(line, range(orphan * 4, orphan * 4 + 4)))
            (folder / f"{NAME}{orphan}.open").write_bytes(content + b"torn")
        disk = FailingDisk(fail, errno.ENOSPC, ever_after=ever_after)
        list(recover(book, disk))
        assert Counter(lines_in(book)) == Counter(map(line, range(8))), fail
        list(recover(book))
        assert Counter(lines_in(book)) == Counter(map(line, range(8))), fail
        assert sorted(path.suffix for path in folder.iterdir() if path.suffix != ".tmp") == [".zst", ".zst"]
        if not disk.failed:
            break
    else:
        raise AssertionError("the disk was called more often than was thought")
    assert fail > 10


def test_a_crash_between_sealing_and_removing_doubles_nothing(tmp_path: Path) -> None:
    folder = SHELF.folder(tmp_path)
    folder.mkdir(parents=True)
    path = folder / f"{NAME}1.open"
    path.write_bytes(line(1))
    seal_lines(sealed(path), [line(1)])
    assert lines_in(tmp_path) == [line(1)]
    assert [mended.torn for mended in recover(tmp_path)] == [False]
    assert [file.name for file in folder.iterdir()] == [sealed(path).name]
    assert lines_in(tmp_path) == [line(1)]
