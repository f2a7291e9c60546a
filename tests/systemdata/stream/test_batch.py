"""A batch is in the book whole, or nothing of it is, whatever the disk does; what no table takes is left out."""

import errno
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest

from frontdesk.systemdata import BookError, parquet
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.disk import DISK, Disk
from frontdesk.systemdata.stream import batch as batch_
from frontdesk.systemdata.stream.batch import MOST_BYTES, Batch
from frontdesk.systemdata.stream.taken import Taken
from frontdesk.systemdata.table import table_of
from frontdesk.systemdata.verify import verify

from ...book import lines_in
from ..test_faults import FailingDisk

_MOST_CALLS = 200


def record(number: int, **more: Any) -> dict[str, Any]:
    return {
        f.TIMESTAMP: f"2026-11-2{number % 3}T10:00:00.000Z",
        f.RETENTION_CLASS: "visit",
        f.ENTITY: "us",
        f.STATUS: number,
    } | more


def filled(book: Path, numbers: Sequence[int], disk: Disk = DISK) -> Batch:
    batch = Batch(book, disk)
    for number in numbers:
        each = record(number)
        batch.add(each, orjson.dumps(each))
        batch.went_past("frontdesk.visit/0", number)
    return batch


def numbers_in(book: Path) -> list[int]:
    return sorted(orjson.loads(line)[f.STATUS] for line in lines_in(book))


@pytest.mark.parametrize(
    ("error", "ever_after"), [(errno.EIO, False), (errno.ENOSPC, True)], ids=["once", "ever-after"]
)
def test_whichever_call_fails_a_batch_is_there_whole_or_not_at_all(
    error: int, ever_after: bool, tmp_path: Path
) -> None:
    for fail in range(1, _MOST_CALLS):
        book = tmp_path / str(fail)
        filled(book, range(3)).write(Taken(book))
        disk = FailingDisk(fail, error, ever_after=ever_after)
        taken = Taken(book)
        with suppress(OSError, BookError):
            taken = Taken(book, disk)
            filled(book, range(3, 9), disk).write(taken)
        committed = taken.next["frontdesk.visit/0"]  # by a process that ends here
        again = Taken(book)
        again.take_back()
        following = again.next["frontdesk.visit/0"]
        assert following in {3, 9}, fail
        assert committed <= following, fail
        assert numbers_in(book) == list(range(following)), fail
        filled(book, range(following, 12)).write(again)
        assert numbers_in(book) == list(range(12)), fail
        assert all(verdict.damage is None for verdict in verify(book)), fail
        if not disk.failed:
            assert fail > 20
            return
    raise AssertionError("the disk fails still")


def test_a_record_that_no_table_takes_is_left_out_and_the_others_are_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refusing(records: Sequence[dict[str, Any]]) -> Any:
        if any(each[f.STATUS] == 4 for each in records):
            raise ValueError
        return table_of(records)

    for module in (batch_, parquet):
        monkeypatch.setattr(module, "table_of", refusing)
    taken = Taken(tmp_path)
    assert filled(tmp_path, range(9)).write(taken) == (3, 1)
    assert numbers_in(tmp_path) == [0, 1, 2, 3, 5, 6, 7, 8]
    assert filled(tmp_path, [4]).write(taken) == (0, 1)


def test_a_batch_is_full_by_the_memory_that_it_takes(tmp_path: Path) -> None:
    batch = Batch(tmp_path)
    assert not batch
    while not batch.is_full:
        batch.add(record(1), b"x" * 60_000)
    assert batch.records * 60_000 < MOST_BYTES + 60_000


def test_what_is_noted_as_pending_deletes_nothing_but_segments_of_the_book(tmp_path: Path) -> None:
    book, neighbour = tmp_path / "book", tmp_path / "20261120T100000000000-0-1.parquet"
    filled(book, range(3)).write(Taken(book))
    neighbour.write_bytes(b"")
    (book / "notes.txt").write_bytes(b"")
    content = {"next": {}, "seen": {}, "pending": [f"../{neighbour.name}", "notes.txt", str(neighbour)]}
    (book / "stream-intake" / "taken.json").write_bytes(orjson.dumps(content))
    assert Taken(book).take_back() == 0
    assert neighbour.exists()
    assert (book / "notes.txt").exists()
    assert numbers_in(book) == [0, 1, 2]
