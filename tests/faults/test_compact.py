"""Compaction killed at every step, and beside writers, purges and readers: each record is in the book once, always."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Self

import orjson
import pytest

from frontdesk.policy import Policy
from frontdesk.systemdata.compact import compact
from frontdesk.systemdata.purge import purge
from frontdesk.systemdata.shelf import segments
from frontdesk.systemdata.stream.taken import Taken
from frontdesk.systemdata.verify import verify

from ..book import lines_in
from ..systemdata.keeping import NOW, visit
from ..systemdata.test_compact_faults import BOOKS, LINES, SHELF, make_book
from .process import start

_MOST_STEPS = 60

# Dies by SIGKILL before the n-th call to the disk, or in the middle of it where it writes.
COMPACTING = """
import signal
from datetime import UTC, datetime
from frontdesk.systemdata.compact import compact
from frontdesk.systemdata.disk import Disk

class Deadly(Disk):
    left = int(sys.argv[2])

def deadly(name):
    call = getattr(Disk, name)
    def instead(self, *args):
        Deadly.left -= 1
        if not Deadly.left:
            if name == "write":
                call(self, args[0], args[1][: len(args[1]) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        return call(self, *args)
    setattr(Deadly, name, instead)

for name in ("open", "write", "sync", "close", "rename", "unlink", "sync_folder"):
    deadly(name)
compact(Path(sys.argv[1]), datetime(2026, 11, 23, tzinfo=UTC), disk=Deadly())
"""

WRITING = """
import orjson
record, stop = sys.argv[2].encode(), Path(sys.argv[3])
book = Writer(Path(sys.argv[1]), flush_interval=0.01, segment_bytes=6000)
shelf = Shelf("visit", orjson.loads(record)["timestamp"][:10], "aurora-com")
number = 0
while not stop.exists():
    line = record[:-1] + b',"http.route":"/%d"}\\n' % number
    assert book.put(line, shelf, anonymous=number % 4 == 0)
    number += 1
    time.sleep(0.001)
book.close(timeout=20)
assert book.statistics().written == number
print(number)
"""


# As `frontdesk stream` writes: batches of records that go on where the book ends, and are killed anywhere.
TAKING_IN = """
import orjson
from frontdesk.systemdata.stream.batch import Batch
from frontdesk.systemdata.stream.taken import Taken

book, record = Path(sys.argv[1]), orjson.loads(sys.argv[2])
taken = Taken(book)
taken.take_back()
begun = number = taken.next.get("topic/0", 0)
while True:
    batch = Batch(book)
    for _ in range(20):
        entity = "aurora-com" if number % 3 else "aurora-de"
        each = record | {"http.response.status_code": number, "frontdesk.entity": entity}
        batch.add(each, orjson.dumps(each))
        batch.went_past("topic/0", number)
        number += 1
    batch.write(taken)
    if number == begun + 60:
        print("begun", flush=True)
"""


class Reader:
    """Reads a book again and again, beside whatever befalls it."""

    def __init__(self, book: Path) -> None:
        self.seen: list[Counter[bytes]] = []
        self._book = book
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.seen.append(Counter(lines_in(self._book)))


@pytest.mark.parametrize("make", BOOKS)
def test_a_compaction_killed_at_any_step_leaves_each_record_once(make: Callable[[Path], None], tmp_path: Path) -> None:
    for step in range(1, _MOST_STEPS):
        book = tmp_path / str(step)
        make(book)
        with Reader(book) as reader, start(COMPACTING, book, str(step)) as child:
            child.wait(60)
        assert all(seen == LINES for seen in reader.seen), step
        assert Counter(lines_in(book)) == LINES, step
        assert not [verdict for verdict in verify(book) if verdict.damage], step
        compact(book, NOW)
        assert Counter(lines_in(book)) == LINES, step
        assert sorted(path.suffix for path in SHELF.folder(book).iterdir()) == [".parquet", ".parquet"], step
        if child.returncode == 0:
            break
    assert step > (15 if make is make_book else 10)


def test_compaction_beside_writers_purges_and_readers_loses_and_doubles_nothing(policy: Policy, tmp_path: Path) -> None:
    book, stop = policy.log.directory, tmp_path / "stop"
    book.mkdir()
    record = orjson.dumps(visit(policy, 5)).decode()
    children = [start(WRITING, book, record, stop) for _ in range(2)]
    compacted = 0
    try:
        with Reader(book) as reader:
            while compacted < 4000:
                compacted += compact(book, NOW).records
                purge(policy, book, NOW)  # takes nothing: nothing has expired
                assert not [verdict for verdict in verify(book) if verdict.damage]
            stop.touch()
            written = sum(int(child.communicate(timeout=60)[0]) for child in children)
    finally:
        stop.touch()
        for child in children:
            child.wait(60)
    assert [child.returncode for child in children] == [0, 0]
    seen = [sum(each.values()) for each in reader.seen]
    assert seen == sorted(seen)  # what was there once is there always
    for each in reader.seen:
        assert len(each) * 2 >= sum(each.values())  # the two writers count alike
        assert max(each.values(), default=0) <= 2
    compact(book, NOW)
    assert sum(Counter(lines_in(book)).values()) == written
    assert purge(policy, book, NOW + timedelta(90)).records == {"visit": written}
    assert list(segments(book)) == []


def test_two_compactions_at_once_are_one_and_a_refusal(tmp_path: Path) -> None:
    make_book(tmp_path)
    children = [start(COMPACTING, tmp_path, "0") for _ in range(2)]
    codes = sorted(child.wait(60) for child in children)
    for child in children:
        assert child.stdout is not None
        child.stdout.close()
    assert codes in ([0, 0], [0, 1])
    assert Counter(lines_in(tmp_path)) == LINES


def test_compaction_beside_an_intake_that_is_killed_again_and_again_loses_and_doubles_nothing(policy: Policy) -> None:
    book = policy.log.directory
    record = orjson.dumps(visit(policy, 5)).decode()
    merged = 0
    for number in range(8):
        with start(TAKING_IN, book, record) as child:
            try:
                assert child.stdout is not None
                assert child.stdout.readline() == b"begun\n"
                deadline = time.monotonic() + number / 8
                while time.monotonic() < deadline:
                    merged += compact(book, NOW).segments
            finally:
                child.kill()
        merged += compact(book, NOW).segments
        assert not [verdict for verdict in verify(book) if verdict.damage]
    taken = Taken(book)
    taken.take_back()
    numbers = Counter(orjson.loads(line)["http.response.status_code"] for line in lines_in(book))
    assert numbers == Counter(range(taken.next["topic/0"]))
    assert merged > 10
