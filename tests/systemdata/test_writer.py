"""The writer: every line is written, buffered, or counted with a reason, whatever the disk does."""

import errno
import fcntl
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from frontdesk.systemdata import BookError, Statistics, Writer
from frontdesk.systemdata.pen import Pen
from frontdesk.systemdata.recover import recover


def lines_in(directory: Path) -> list[bytes]:
    return [line for file in sorted(directory.iterdir()) for line in file.read_bytes().splitlines(keepends=True)]


def conserved(statistics: Statistics) -> bool:
    return statistics.accepted == statistics.written + statistics.buffered + sum(statistics.dropped.values())


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_lines_are_on_disk_soon_and_in_order(tmp_path: Path) -> None:
    writer = Writer(tmp_path, flush_interval=0.01)
    written = [b"%d\n" % number for number in range(1000)]
    for line in written:
        assert writer.put(line)
    eventually(lambda: writer.statistics().written == 1000)
    assert lines_in(tmp_path) == written
    assert [file.suffix for file in tmp_path.iterdir()] == [".open"]
    writer.close()
    assert lines_in(tmp_path) == written
    assert [file.suffix for file in tmp_path.iterdir()] == [".jsonl"]
    assert writer.statistics() == Statistics(1000, 1000, 0, {}, 0, (0, 0), "closed")  # type: ignore[arg-type]


def test_a_book_and_its_segments_are_their_owner_s_alone(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "new" / "book")
    writer.put(b"1\n")
    writer.close()
    (segment,) = (tmp_path / "new" / "book").iterdir()
    assert segment.stat().st_mode & 0o777 == 0o600
    assert segment.parent.stat().st_mode & 0o777 == 0o700


def test_the_buffer_is_bounded_in_bytes_and_drops_the_newest(tmp_path: Path) -> None:
    writer = Writer(tmp_path, capacity=100, flush_interval=60)
    taken = [writer.put(b"%09d\n" % number) for number in range(15)]
    assert taken == [True] * 10 + [False] * 5
    statistics = writer.statistics()
    assert (statistics.buffered, statistics.buffered_bytes, statistics.dropped) == (10, 100, {"queue_full": 5})
    assert conserved(statistics)
    writer.close()
    assert lines_in(tmp_path) == [b"%09d\n" % number for number in range(10)]


def test_a_line_that_is_too_large_is_dropped(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    assert not writer.put(b"x" * 70_000 + b"\n")
    assert writer.statistics().dropped == {"too_large": 1}
    writer.close()


def test_a_closed_book_takes_no_lines_until_it_is_opened(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    writer.close()
    assert not writer.put(b"1\n")
    writer.open()
    assert writer.put(b"2\n")
    writer.close()
    assert lines_in(tmp_path) == [b"2\n"]
    assert conserved(writer.statistics())


def test_segments_are_sealed_by_size_and_lose_nothing(tmp_path: Path) -> None:
    writer = Writer(tmp_path, segment_bytes=100, flush_interval=0.001)
    written = [b"%09d\n" % number for number in range(200)]
    for line in written:
        writer.put(line)
        time.sleep(0.0005)
    writer.close()
    assert lines_in(tmp_path) == written
    assert len(list(tmp_path.iterdir())) > 1
    assert {file.suffix for file in tmp_path.iterdir()} == {".jsonl"}


def test_threads_may_share_a_writer(tmp_path: Path) -> None:
    writer = Writer(tmp_path, flush_interval=0.001)
    threads = [
        threading.Thread(target=lambda name=name: [writer.put(b"%d %d\n" % (name, n)) for n in range(500)])
        for name in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    assert sorted(lines_in(tmp_path)) == sorted(b"%d %d\n" % (name, n) for name in range(8) for n in range(500))


class Disk:
    """`os.write` that takes `room` bytes and then fails with an error, until room is given back."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, room: int, error: int) -> None:
        self.room = room
        self._error = error
        self._write = os.write
        monkeypatch.setattr("frontdesk.systemdata.segment.os.write", self)

    def __call__(self, fd: int, data: memoryview) -> int:
        if self.room <= 0:
            raise OSError(self._error, os.strerror(self._error))
        done = self._write(fd, data[: self.room])
        self.room -= done
        return done


@pytest.mark.parametrize(("error", "reason"), [(errno.ENOSPC, "disk_full"), (errno.EIO, "io_error")])
@pytest.mark.parametrize("room", [0, 5, 10, 25, 99])
def test_a_disk_that_refuses_tears_no_line_and_is_tried_again(
    room: int, error: int, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frontdesk.systemdata.writer._BACKOFF", 0.01)
    disk = Disk(monkeypatch, room, error)
    writer = Writer(tmp_path, capacity=200, flush_interval=0.001)
    written = [b"%09d\n" % number for number in range(10)]
    for line in written:
        writer.put(line)
    eventually(lambda: writer.statistics().state == "degraded")
    assert lines_in(tmp_path) == written[: room // 10]
    for _ in range(30):
        writer.put(b"overflow!\n")
    assert reason in writer.statistics().dropped
    assert conserved(writer.statistics())
    disk.room = 1 << 20
    eventually(lambda: writer.statistics().buffered == 0)
    writer.close()
    assert lines_in(tmp_path)[:10] == written
    assert conserved(writer.statistics())
    assert writer.statistics().written == len(lines_in(tmp_path))


def test_trouble_is_warned_of_once_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("frontdesk.systemdata.writer._BACKOFF", 0.001)
    Disk(monkeypatch, 0, errno.ENOSPC)
    writer = Writer(tmp_path, flush_interval=0.001)
    writer.put(b"1\n")
    time.sleep(0.2)
    writer.close(timeout=0.2)
    assert len(caplog.records) == 1
    assert "No space left on device" in caplog.text


def test_a_folder_that_is_taken_away_comes_back(tmp_path: Path) -> None:
    book = tmp_path / "book"
    writer = Writer(book, flush_interval=0.001)
    writer.put(b"1\n")
    eventually(lambda: writer.statistics().written == 1)
    for file in book.iterdir():
        file.unlink()
    book.rmdir()
    writer.put(b"2\n")
    writer.close()
    assert lines_in(book) == [b"2\n"]


def test_closing_ends_in_time_and_counts_what_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Disk(monkeypatch, 0, errno.ENOSPC)
    writer = Writer(tmp_path, flush_interval=0.001)
    for _ in range(10):
        writer.put(b"123456789\n")
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
from frontdesk.systemdata import Writer
writer = Writer(Path(sys.argv[1]), flush_interval=60)
writer.put(b"before\\n")
child = os.fork()
writer.put(b"%s\\n" % (b"parent" if child else b"child"))
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
    assert {file.suffix for file in tmp_path.iterdir()} == {".jsonl"}


def test_leaving_without_closing_loses_nothing(tmp_path: Path) -> None:
    run_python(
        "import sys; from pathlib import Path; from frontdesk.systemdata import Writer;"
        " Writer(Path(sys.argv[1]), flush_interval=60).put(b'1\\n')",
        str(tmp_path),
    )
    assert lines_in(tmp_path) == [b"1\n"]


KILLED = """
import sys, time
from pathlib import Path
from frontdesk.systemdata import Writer
writer = Writer(Path(sys.argv[1]), flush_interval=0.01)
for number in range(1000):
    writer.put(b"%09d\\n" % number)
while writer.statistics().buffered:
    time.sleep(0.01)
print("written", flush=True)
time.sleep(60)
"""


def test_a_killed_process_leaves_a_segment_that_the_next_one_seals(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE) as killed:
        assert killed.stdout is not None
        killed.stdout.readline()
        other = Writer(tmp_path)  # while its owner lives, a segment is left alone
        assert other.statistics().recovered == (0, 0)
        killed.kill()
    (segment,) = tmp_path.glob("*.open")
    with segment.open("ab") as stream:
        stream.write(b"torn")
    recovered = Writer(tmp_path).statistics().recovered
    assert (recovered.segments, recovered.torn) == (1, 1)
    assert lines_in(tmp_path) == [b"%09d\n" % number for number in range(1000)]
    assert {file.suffix for file in tmp_path.iterdir()} == {".jsonl"}


def test_recovery_touches_no_file_that_is_not_a_segment_of_ours(tmp_path: Path) -> None:
    book = tmp_path / "book"
    book.mkdir(mode=0o700)
    strangers = tmp_path / "important.db"
    strangers.write_bytes(b"x" * 5000)
    (book / "visit-1-1-1.open").symlink_to(strangers)
    (book / "draft.open").write_bytes(b"no newline")
    (book / "visit-2-2-2.open").mkdir()
    os.mkfifo(book / "visit-3-3-3.open")
    assert Writer(book).statistics().recovered == (0, 0)
    assert strangers.read_bytes() == b"x" * 5000
    assert (book / "draft.open").read_bytes() == b"no newline"


def test_a_book_where_everybody_may_write_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(BookError, match="everybody may write"):
        Writer(tmp_path)


def test_a_segment_that_was_sealed_as_an_orphan_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = fcntl.flock

    def seal_first(fd: int, how: int) -> None:
        monkeypatch.setattr("frontdesk.systemdata.segment.fcntl.flock", lock)
        recover(tmp_path)
        lock(fd, how)

    monkeypatch.setattr("frontdesk.systemdata.segment.fcntl.flock", seal_first)
    monkeypatch.setattr("frontdesk.systemdata.writer._BACKOFF", 0.01)
    writer = Writer(tmp_path, flush_interval=0.001)
    writer.put(b"1\n")
    eventually(lambda: writer.statistics().written == 1)
    writer.close()
    assert sorted(file.read_bytes() for file in tmp_path.iterdir()) == [b"", b"1\n"]


def test_a_lock_that_cannot_be_had_leaks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("frontdesk.systemdata.segment.fcntl.flock", refuse)
    monkeypatch.setattr("frontdesk.systemdata.writer._BACKOFF", 0.001)
    before = len(list(Path("/proc/self/fd").iterdir()))
    writer = Writer(tmp_path, flush_interval=0.001)
    writer.put(b"1\n")
    time.sleep(0.2)
    writer.close(timeout=0.2)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 1
    assert list(tmp_path.iterdir()) == []
    assert conserved(writer.statistics())


def test_a_thread_that_was_given_up_has_no_say_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    stuck = threading.Event()
    write = os.write

    def stall(fd: int, data: memoryview) -> int:
        stuck.set()
        go_on.wait(10)
        return write(fd, data)

    monkeypatch.setattr("frontdesk.systemdata.segment.os.write", stall)
    writer = Writer(tmp_path, flush_interval=0.001)
    writer.put(b"1\n")
    assert stuck.wait(10)
    writer.close(timeout=0.05)
    assert writer.statistics().dropped == {"shutdown_deadline": 1}
    writer.open()
    writer.put(b"2\n")
    go_on.set()
    eventually(lambda: writer.statistics().written == 1)
    writer.close()
    statistics = writer.statistics()
    assert (statistics.accepted, statistics.written, statistics.dropped) == (2, 1, {"shutdown_deadline": 1})
    assert b"2\n" in lines_in(tmp_path)


def test_an_error_of_any_kind_does_not_end_the_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontdesk.systemdata.writer._BACKOFF", 0.001)
    append, calls = Pen.append, []

    def once(self: Pen, lines: list[bytes]) -> int:
        calls.append(lines)
        if len(calls) == 1:
            raise ValueError("what was that")
        return append(self, lines)

    monkeypatch.setattr(Pen, "append", once)
    writer = Writer(tmp_path, flush_interval=0.001)
    writer.put(b"1\n")
    eventually(lambda: writer.statistics().written == 1)
    writer.close()
    assert lines_in(tmp_path) == [b"1\n"]


def test_closing_twice_at_once_drops_nothing(tmp_path: Path) -> None:
    writer = Writer(tmp_path, flush_interval=60)
    for number in range(1000):
        writer.put(b"%d\n" % number)
    threads = [threading.Thread(target=writer.close) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert writer.statistics().written == 1000
    assert writer.statistics().dropped == {}
