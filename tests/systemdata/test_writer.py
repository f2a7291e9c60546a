"""The writer: every line is written, buffered, or counted with a reason, whatever the disk does."""

import errno
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from itertools import cycle
from pathlib import Path

import pytest

from frontdesk.systemdata import BookError, Shelf, Statistics, Writer
from frontdesk.systemdata.disk import DISK, Disk
from frontdesk.systemdata.pen import Habits, Pen
from frontdesk.systemdata.read import read
from frontdesk.systemdata.recover import Recovered, recover
from frontdesk.systemdata.shelf import Place, segments, shelves
from frontdesk.systemdata.writer import CAPACITY

from ..book import NAME, SHELF, conserved, eventually, files, lines_in, open_segments, sealed_segments


def test_lines_are_on_disk_soon_and_in_order(tmp_path: Path) -> None:
    writer = Writer(tmp_path, flush_interval=0.01)
    written = [b"%d\n" % number for number in range(1000)]
    for line in written:
        assert writer.put(line, SHELF)
    eventually(lambda: writer.statistics().written == 1000)
    assert lines_in(tmp_path) == written
    assert [file.parent for file in open_segments(tmp_path)] == [SHELF.folder(tmp_path)]
    writer.close()
    assert lines_in(tmp_path) == written
    assert len(sealed_segments(tmp_path)) == len(list(files(tmp_path))) == 1
    told = writer.statistics()
    assert told[:10] == Statistics(1000, 1000, 0, {}, 0, {"visit": 1000}, Recovered(), 0, 0, "closed")[:10]
    assert told.capacity == CAPACITY
    assert 1 <= sum(told.writes.buckets) <= 1000
    assert told.writes.seconds > 0


def test_a_book_and_its_segments_are_their_owner_s_alone(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "new" / "book")
    writer.put(b"1\n", SHELF)
    writer.close()
    (segment,) = files(tmp_path)
    assert segment.stat().st_mode & 0o777 == 0o600
    for folder in list(segment.parents)[:4]:
        assert folder.stat().st_mode & 0o777 == 0o700


def test_the_buffer_is_bounded_in_bytes_and_drops_the_newest(tmp_path: Path) -> None:
    writer = Writer(tmp_path, capacity=100, flush_interval=60)
    taken = [writer.put(b"%09d\n" % number, SHELF) for number in range(15)]
    assert taken == [True] * 10 + [False] * 5
    statistics = writer.statistics()
    assert (statistics.buffered, statistics.buffered_bytes, statistics.dropped) == (10, 100, {"queue_full": 5})
    assert conserved(statistics)
    writer.close()
    assert lines_in(tmp_path) == [b"%09d\n" % number for number in range(10)]


def test_a_line_that_is_too_large_is_dropped(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    assert not writer.put(b"x" * 70_000 + b"\n", SHELF)
    assert writer.statistics().dropped == {"too_large": 1}
    writer.close()


def test_a_closed_book_takes_no_lines_until_it_is_opened(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    writer.close()
    assert not writer.put(b"1\n", SHELF)
    writer.open()
    assert writer.put(b"2\n", SHELF)
    writer.close()
    assert lines_in(tmp_path) == [b"2\n"]
    assert conserved(writer.statistics())


def test_segments_are_sealed_by_size_and_lose_nothing(tmp_path: Path) -> None:
    writer = Writer(tmp_path, segment_bytes=100, flush_interval=0.001)
    written = [b"%09d\n" % number for number in range(200)]
    for line in written:
        writer.put(line, SHELF)
        time.sleep(0.0005)
    writer.close()
    assert lines_in(tmp_path) == written
    assert len(sealed_segments(tmp_path)) == len(list(files(tmp_path))) > 1


def test_threads_may_share_a_writer(tmp_path: Path) -> None:
    writer = Writer(tmp_path, flush_interval=0.001)
    threads = [
        threading.Thread(target=lambda name=name: [writer.put(b"%d %d\n" % (name, n), SHELF) for n in range(500)])
        for name in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    assert sorted(lines_in(tmp_path)) == sorted(b"%d %d\n" % (name, n) for name in range(8) for n in range(500))


class SmallDisk(Disk):
    """Takes `room` bytes and then fails with an error, until room is given back."""

    def __init__(self, room: int, error: int) -> None:
        self.room = room
        self._error = error

    def write(self, fd: int, data: memoryview | bytes) -> int:
        if self.room <= 0:
            raise OSError(self._error, os.strerror(self._error))
        done = super().write(fd, data[: self.room])
        self.room -= done
        return done


@pytest.mark.parametrize(("error", "reason"), [(errno.ENOSPC, "disk_full"), (errno.EIO, "io_error")])
@pytest.mark.parametrize("room", [0, 5, 10, 25, 99])
def test_a_disk_that_refuses_tears_no_line_and_is_tried_again(
    room: int, error: int, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frontdesk.systemdata.scribe._BACKOFF", 0.01)
    disk = SmallDisk(room, error)
    writer = Writer(tmp_path, capacity=200, flush_interval=0.001, disk=disk)
    written = [b"%09d\n" % number for number in range(10)]
    for line in written:
        writer.put(line, SHELF)
    eventually(lambda: writer.statistics().state == "degraded")
    assert lines_in(tmp_path) == written[: room // 10]
    for _ in range(30):
        writer.put(b"overflow!\n", SHELF)
    assert reason in writer.statistics().dropped
    assert conserved(writer.statistics())
    disk.room = 1 << 20
    eventually(lambda: writer.statistics().buffered == 0)
    writer.close()
    assert lines_in(tmp_path)[:10] == written
    assert conserved(writer.statistics())
    assert writer.statistics().written == len(lines_in(tmp_path))


def test_a_disk_that_refuses_is_left_alone_for_a_while_however_much_waits(tmp_path: Path) -> None:
    class Counted(SmallDisk):
        tries = 0

        def write(self, fd: int, data: memoryview | bytes) -> int:
            self.tries += 1
            return super().write(fd, data)

    disk = Counted(0, errno.ENOSPC)
    writer = Writer(tmp_path, flush_interval=0.001, capacity=64_000, disk=disk)
    for _ in range(100):
        writer.put(b"1" * 500 + b"\n", SHELF)  # far beyond where the writer is woken for what waits
        time.sleep(0.002)
    assert writer.statistics().buffered == 100
    assert disk.tries < 10
    writer.close(timeout=0.1)


def test_trouble_is_warned_of_once_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("frontdesk.systemdata.scribe._BACKOFF", 0.001)
    writer = Writer(tmp_path, flush_interval=0.001, disk=SmallDisk(0, errno.ENOSPC))
    writer.put(b"1\n", SHELF)
    time.sleep(0.2)
    writer.close(timeout=0.2)
    cannot, closed = [record.getMessage() for record in caplog.records if record.name == "frontdesk"]
    assert "No space left on device" in cannot
    assert "closed with 1 records unwritten" in closed


def test_a_folder_that_is_taken_away_comes_back(tmp_path: Path) -> None:
    book = tmp_path / "book"
    writer = Writer(book, flush_interval=0.001)
    writer.put(b"1\n", SHELF)
    eventually(lambda: writer.statistics().written == 1)
    shutil.rmtree(book)
    writer.put(b"2\n", SHELF)
    writer.close()
    assert lines_in(book) == [b"2\n"]


def test_closing_ends_in_time_and_counts_what_is_left(tmp_path: Path) -> None:
    writer = Writer(tmp_path, flush_interval=0.001, disk=SmallDisk(0, errno.ENOSPC))
    for _ in range(10):
        writer.put(b"123456789\n", SHELF)
    started = time.monotonic()
    writer.close(timeout=0.3)
    assert time.monotonic() - started < 2
    statistics = writer.statistics()
    assert statistics.dropped == {"disk_full": 10}
    assert conserved(statistics)


@pytest.mark.parametrize("fault", ["file", "permission"])
def test_a_book_that_cannot_be_kept_is_one_clear_line(fault: str, tmp_path: Path) -> None:
    if fault == "file":
        (tmp_path / "taken").write_text("")
        place = tmp_path / "taken" / "book"
    else:
        place = Path("/proc/frontdesk")
    with pytest.raises(BookError) as caught:
        Writer(place)
    assert str(place) in str(caught.value)
    assert "\n" not in str(caught.value)


FORKING = """
import os, sys, time
from pathlib import Path
from frontdesk.systemdata import Shelf, Writer
SHELF = Shelf("visit", "2999-12-31", "us")
writer = Writer(Path(sys.argv[1]), flush_interval=60)
writer.put(b"before\\n", SHELF)
child = os.fork()
writer.put(b"%s\\n" % (b"parent" if child else b"child"), SHELF)
if child:
    os.waitpid(child, 0)
writer.close()
print(writer.statistics().accepted)
os._exit(0)
"""


def run_python(code: str, *args: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *args], capture_output=True, text=True, timeout=30, check=True
    )
    return done.stdout


def test_a_fork_gives_the_child_a_writer_of_its_own(tmp_path: Path) -> None:
    run_python(FORKING, str(tmp_path))
    assert sorted(lines_in(tmp_path)) == [b"before\n", b"child\n", b"parent\n"]
    assert len(sealed_segments(tmp_path)) == len(list(files(tmp_path))) == 2


def test_leaving_without_closing_loses_nothing(tmp_path: Path) -> None:
    run_python(
        "import sys; from pathlib import Path; from frontdesk.systemdata import Shelf, Writer;"
        " Writer(Path(sys.argv[1]), flush_interval=60).put(b'1\\n', Shelf('visit', '2999-12-31', 'us'))",
        str(tmp_path),
    )
    assert lines_in(tmp_path) == [b"1\n"]


KILLED = """
import sys, time
from pathlib import Path
from frontdesk.systemdata import Shelf, Writer
SHELF = Shelf("visit", "2999-12-31", "us")
writer = Writer(Path(sys.argv[1]), flush_interval=0.01)
for number in range(1000):
    writer.put(b"%09d\\n" % number, SHELF)
while writer.statistics().buffered:
    time.sleep(0.01)
print("written", flush=True)
time.sleep(60)
"""


def test_a_killed_process_leaves_a_segment_that_the_next_one_seals(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE) as killed:
        assert killed.stdout is not None
        killed.stdout.readline()
        assert list(recover(tmp_path)) == []  # while its owner lives, a segment is left alone
        killed.kill()
    (segment,) = open_segments(tmp_path)
    with segment.open("ab") as stream:
        stream.write(b"torn")
    writer = Writer(tmp_path, flush_interval=0.001)
    writer.open()
    eventually(lambda: writer.statistics().recovered == Recovered(segments=1, torn=1))
    writer.close()
    assert lines_in(tmp_path) == [b"%09d\n" % number for number in range(1000)]
    assert len(sealed_segments(tmp_path)) == len(list(files(tmp_path))) == 1


def test_recovery_touches_no_file_that_is_not_a_segment_of_ours(tmp_path: Path) -> None:
    book = tmp_path / "book"
    folder = SHELF.folder(book)
    folder.mkdir(parents=True)
    strangers = tmp_path / "important.db"
    strangers.write_bytes(b"x" * 5000)
    (folder / f"{NAME}1.open").symlink_to(strangers)
    (folder / f"{NAME}2.open").mkdir()
    os.mkfifo(folder / f"{NAME}3.open")
    drafts = [book / "draft.open", book / f"{NAME}4.open", folder / "draft.open", folder / "draft.tmp"]
    for draft in drafts:
        draft.write_bytes(b"no newline")
        os.utime(draft, (0, 0))
    (book / "link").symlink_to(tmp_path, target_is_directory=True)
    before = sorted(files(book))
    assert list(recover(book)) == []
    assert sorted(files(book)) == before
    assert strangers.read_bytes() == b"x" * 5000
    assert {draft.read_bytes() for draft in drafts} == {b"no newline"}


def test_a_book_where_everybody_may_write_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(BookError, match="everybody may write"):
        Writer(tmp_path)


class Interrupted(Disk):
    """Another process comes between making a segment and locking it, and takes it for an orphan."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._came = False

    def lock(self, fd: int) -> None:
        if not self._came:
            self._came = True
            assert list(recover(self._directory)) != []
        super().lock(fd)


def test_a_segment_that_was_sealed_as_an_orphan_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frontdesk.systemdata.scribe._BACKOFF", 0.01)
    writer = Writer(tmp_path, flush_interval=0.001, disk=Interrupted(tmp_path))
    writer.put(b"1\n", SHELF)
    eventually(lambda: writer.statistics().written == 1)
    writer.close()
    assert lines_in(tmp_path) == [b"1\n"]
    assert len(list(files(tmp_path))) == 1


class Lockless(Disk):
    """A file system without locks."""

    def lock(self, fd: int) -> None:
        raise OSError(errno.ENOLCK, f"No locks available for {fd}")


def test_a_lock_that_cannot_be_had_leaks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontdesk.systemdata.scribe._BACKOFF", 0.001)
    before = len(list(Path("/proc/self/fd").iterdir()))
    writer = Writer(tmp_path, flush_interval=0.001, disk=Lockless())
    writer.put(b"1\n", SHELF)
    time.sleep(0.2)
    writer.close(timeout=0.2)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 1
    assert list(files(tmp_path)) == []
    assert conserved(writer.statistics())


class StuckDisk(Disk):
    """Takes nothing until it is told to go on."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.stuck = threading.Event()

    def write(self, fd: int, data: memoryview | bytes) -> int:
        self.stuck.set()
        self.go_on.wait(10)
        return super().write(fd, data)


def test_a_thread_that_was_given_up_has_no_say_any_more(tmp_path: Path) -> None:
    disk = StuckDisk()
    writer = Writer(tmp_path, flush_interval=0.001, disk=disk)
    writer.put(b"1\n", SHELF)
    assert disk.stuck.wait(10)
    writer.close(timeout=0.05)
    assert writer.statistics().dropped == {"shutdown_deadline": 1}
    writer.open()
    writer.put(b"2\n", SHELF)
    disk.go_on.set()
    eventually(lambda: writer.statistics().written == 1)
    writer.close()
    statistics = writer.statistics()
    assert (statistics.accepted, statistics.written, statistics.dropped) == (2, 1, {"shutdown_deadline": 1})
    assert b"2\n" in lines_in(tmp_path)


def test_an_error_of_any_kind_does_not_end_the_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Odd(Disk):
        calls = 0

        def write(self, fd: int, data: memoryview | bytes) -> int:
            self.calls += 1
            if self.calls == 1:
                raise ValueError("what was that")
            return super().write(fd, data)

    monkeypatch.setattr("frontdesk.systemdata.scribe._BACKOFF", 0.001)
    writer = Writer(tmp_path, flush_interval=0.001, disk=Odd())
    writer.put(b"1\n", SHELF)
    eventually(lambda: writer.statistics().written == 1)
    writer.close()
    assert lines_in(tmp_path) == [b"1\n"]


def test_closing_twice_at_once_drops_nothing(tmp_path: Path) -> None:
    writer = Writer(tmp_path, flush_interval=60)
    for number in range(1000):
        writer.put(b"%d\n" % number, SHELF)
    threads = [threading.Thread(target=writer.close) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert writer.statistics().written == 1000
    assert writer.statistics().dropped == {}


def test_records_stand_on_shelves_by_class_day_and_entity(tmp_path: Path) -> None:
    there = [Shelf("visit", "2999-01-01", "us"), Shelf("visit", "2999-01-01", "de"), Shelf("audit", "2999-01-02", "us")]
    writer = Writer(tmp_path)
    for shelf in there * 3:
        writer.put(f"{shelf}\n".encode(), shelf)
    writer.close()
    assert sorted(shelves(tmp_path)) == sorted(there)
    for shelf in there:
        (segment,) = segments(tmp_path, shelf)
        assert list(read(segment)) == [f"{shelf}\n".encode()] * 3
    assert writer.statistics().written_by_class == {"visit": 6, "audit": 3}


def test_an_entity_s_records_may_lie_elsewhere(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    writer = Writer(here, elsewhere={"de": there})
    writer.put(b"us\n", SHELF)
    writer.put(b"de\n", SHELF._replace(entity="de"))
    writer.close()
    assert (lines_in(here), lines_in(there)) == ([b"us\n"], [b"de\n"])


def test_an_entity_that_joins_has_its_records_in_a_folder_that_is_open(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    writer = Writer(here, elsewhere={"de": there})
    writer.admit({"fr": there})
    for entity in ("de", "fr", "us"):
        writer.put(f"{entity}\n".encode(), SHELF._replace(entity=entity))
    writer.close()
    assert (lines_in(here), sorted(lines_in(there))) == ([b"us\n"], [b"de\n", b"fr\n"])


def test_one_place_s_trouble_is_not_another_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontdesk.systemdata.scribe._BACKOFF", 0.01)
    here, there = tmp_path / "here", tmp_path / "there"
    writer = Writer(here, elsewhere={"de": there}, flush_interval=0.001)
    there.rmdir()
    there.write_text("in the way")
    writer.put(b"de\n", SHELF._replace(entity="de"))
    writer.put(b"us\n", SHELF)
    eventually(lambda: writer.statistics().written == 1)
    assert lines_in(here) == [b"us\n"]
    there.unlink()
    writer.close()
    assert lines_in(there) == [b"de\n"]


def test_open_segments_are_bounded(tmp_path: Path) -> None:
    writer = Writer(tmp_path, flush_interval=0.001, open_segments=2)
    for number in range(6):
        writer.put(b"1\n", SHELF._replace(entity=f"e{number}"))
        eventually(lambda number=number: writer.statistics().written == number + 1)  # type: ignore[misc]
    eventually(lambda: len(sealed_segments(tmp_path)) == 4)
    assert [path.parent.name for path in open_segments(tmp_path)] == ["e4", "e5"]
    writer.close()


def test_a_day_that_is_over_is_sealed(tmp_path: Path) -> None:
    writer = Writer(tmp_path, flush_interval=0.001)
    writer.put(b"1\n", Shelf("visit", "2026-11-20", "us"))
    eventually(lambda: len(sealed_segments(tmp_path)) == 1)
    writer.close()


def test_no_more_segments_wait_to_be_sealed_than_may_be_open_as_far_as_there_is_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frontdesk.systemdata.pen._CATCHING_UP", 60)
    habits = Habits(sync_interval=None, segment_bytes=1000, segment_seconds=3600, open_segments=4)
    pen = Pen(lambda shelf: shelf.folder(tmp_path), habits, DISK)
    for _ in range(10):  # the day is over: each turn leaves four more to be sealed
        for number in range(4):
            pen.append(Place(Shelf("visit", "2026-11-20", f"e{number}")), [b"1\n"])
        pen.keep_house()
        assert len(open_segments(tmp_path)) <= 4
    pen.seal(time.monotonic() + 60)
    assert len(sealed_segments(tmp_path)) == 40


class SlowDisk(Disk):
    """Takes its time to sync."""

    def sync(self, fd: int) -> None:
        time.sleep(0.01)
        super().sync(fd)


def test_files_are_closed_whatever_it_takes_where_far_too_many_are_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frontdesk.systemdata.pen._CATCHING_UP", 0)
    habits = Habits(sync_interval=None, segment_bytes=1000, segment_seconds=3600, open_segments=2)
    pen = Pen(lambda shelf: shelf.folder(tmp_path), habits, SlowDisk())
    there = []
    for _ in range(6):
        for number in range(6):
            pen.append(Place(Shelf("visit", "2999-12-31", f"e{number}")), [b"1\n"])
        pen.keep_house()
        there.append(len(open_segments(tmp_path)))
    # One is sealed in a turn, for there is no time, until four times as many wait as may be open.
    assert there == [5, 10, 10, 10, 10, 10]
    pen.seal(time.monotonic() + 60)


def test_what_joins_while_segments_are_sealed_waits_for_another_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frontdesk.systemdata.pen._CATCHING_UP", 60)
    monkeypatch.setattr("frontdesk.systemdata.pen.BLOCK", 1)  # else nothing would be written meanwhile
    habits = Habits(sync_interval=None, segment_bytes=1000, segment_seconds=3600, open_segments=2)
    pen = Pen(lambda shelf: shelf.folder(tmp_path), habits, DISK)
    places = cycle([Place(Shelf("visit", "2999-12-31", f"e{number}")) for number in range(6)])

    def breathe() -> None:  # as lines of more places than may be open come in while a segment is sealed
        for _ in range(6):
            pen.append(next(places), [b"1\n"])

    pen.breathe = breathe
    for _ in range(6):
        pen.append(next(places), [b"1\n"])
    pen.keep_house()  # would not end where it sealed whatever there is
    assert len(sealed_segments(tmp_path)) == 2  # as many as waited beyond those that may


def test_an_anonymous_line_has_no_neighbours_that_tell_when_it_came(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    writer.put(b"before\n", SHELF)
    writer.put(b"anonymous\n", SHELF, anonymous=True)
    writer.put(b"after\n", SHELF)
    writer.close()
    anonymous, named = sorted(segments(tmp_path), key=lambda path: "anonymous" not in path.name)
    assert list(read(anonymous)) == [b"anonymous\n"]
    assert list(read(named)) == [b"before\n", b"after\n"]
    assert re.match(r"\d{8}T\d\d0{10}-", anonymous.name)
