"""The board: what processes tell of themselves is seen whole, and no count is lost or told twice when they end."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from frontdesk.middleware.board import Pin, folder_of, read_board
from frontdesk.middleware.report import Report

from ..conftest import forget_keys
from .reports import report, stream_report, totals

ACCEPTED = 10
PROCESS = """
import sys
from pathlib import Path
from frontdesk.middleware.board import Pin
from frontdesk.middleware.report import Report
import msgspec

report = msgspec.json.decode(sys.argv[2], type=Report)
pin = Pin(Path(sys.argv[1]), lambda: report)
pin.put()
print("up", flush=True)
if sys.stdin.readline():
    pin.take_down()
"""


@pytest.fixture(params=["memory", "book"])
def book(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A book whose board is in memory, or in the book itself as on a host without a memory file system."""
    if request.param == "book":
        monkeypatch.setattr("frontdesk.middleware.board.memory_keys", lambda *_: None)
    place = tmp_path / "book"
    place.mkdir(mode=0o700)
    yield place
    forget_keys(place)


@pytest.fixture
def in_memory(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "book"
    place.mkdir(mode=0o700)
    if folder_of(place).is_relative_to(place):
        pytest.skip("this host has no memory file system")
    yield place
    forget_keys(place)


def accepted(book: Path) -> int:
    return read_board(book).total().counts.get("accepted", 0)


def another(book: Path) -> subprocess.Popen[str]:
    """Another process of the book, with its report pinned up."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROCESS, book, msgspec.json.encode(report())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


def test_a_board_on_which_nobody_has_pinned_anything_is_empty(book: Path) -> None:
    told = read_board(book)
    assert told.reports == []
    assert told.total().counts == {}


def test_a_report_is_read_as_it_was_pinned_up_and_the_last_one_counts(book: Path) -> None:
    now = [report()]
    pin = Pin(book, lambda: now[0])
    pin.put()
    assert read_board(book).reports == [report()]
    now[0] = report(queue_bytes=7)
    pin.put()
    assert [each.queue_bytes for each in read_board(book).reports] == [7]
    pin.take_down()


def test_the_last_process_clears_the_board(book: Path) -> None:
    first, second = Pin(book, report), Pin(book, report)
    first.put()
    second.put()
    assert accepted(book) == 2 * ACCEPTED
    first.take_down()
    told = read_board(book)
    assert (len(told.reports), told.ended.ended, accepted(book)) == (1, 1, 2 * ACCEPTED)
    second.take_down()
    assert not folder_of(book).exists()
    second.take_down()


def test_what_is_counted_last_is_told_last(book: Path) -> None:
    other = Pin(book, report)
    other.put()
    now: list[Report] = [report()]
    pin = Pin(book, lambda: now[0])
    pin.put()
    now[0] = report(totals=totals(counts={"accepted": 100}))
    pin.take_down()
    assert accepted(book) == ACCEPTED + 100
    other.take_down()


def test_a_shipper_stands_beside_the_workers_and_its_counts_stay(book: Path) -> None:
    worker, shipper, intake = Pin(book, report), Pin(book, stream_report), Pin(book, lambda: stream_report("intake"))
    worker.put()
    shipper.put()
    intake.put()
    told = read_board(book)
    assert (len(told.reports), {each.side for each in told.streams}) == (1, {"ship", "intake"})
    before = told.total()
    assert (before.streams["frontdesk"]["ship_delivered"], before.streams["frontdesk"]["intake_written"]) == (20, 15)
    shipper.take_down()
    intake.take_down()
    told = read_board(book)
    assert (told.streams, told.total()) == ([], before)
    assert told.ended.ended == 0
    worker.take_down()
    assert not folder_of(book).exists()


def test_a_board_that_was_taken_away_is_made_again(book: Path) -> None:
    pin = Pin(book, report)
    pin.put()
    for file in folder_of(book).iterdir():
        file.unlink()
    folder_of(book).rmdir()
    pin.put()
    assert accepted(book) == ACCEPTED
    pin.take_down()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]", b'{"process": 1}', b"0" * 100])
def test_a_file_that_is_no_report_is_passed_over_and_removed(book: Path, content: bytes) -> None:
    pin = Pin(book, report)
    pin.put()
    stray = folder_of(book) / "1-abcd.report"
    stray.write_bytes(content)
    assert accepted(book) == ACCEPTED
    another_one = Pin(book, report)
    another_one.put()
    assert not stray.exists()
    pin.take_down()
    another_one.take_down()


def test_a_process_of_another_version_stays_on_the_board_while_it_lives(book: Path) -> None:
    elder, pin = Pin(book, report), Pin(book, report)
    elder.put()
    (file,) = folder_of(book).glob("*.report")
    file.write_bytes(b'{"of": "another version"}')
    pin.put()
    assert accepted(book) == ACCEPTED
    pin.take_down()
    assert (file.exists(), accepted(book)) == (True, ACCEPTED)
    elder.take_down()
    assert not folder_of(book).exists()


def test_a_link_is_not_followed(book: Path, tmp_path: Path) -> None:
    pin = Pin(book, report)
    pin.put()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(msgspec.json.encode(report()))
    (folder_of(book) / "1-abcd.report").symlink_to(elsewhere)
    assert accepted(book) == ACCEPTED
    pin.take_down()


def test_a_folder_that_others_may_write_in_is_neither_read_nor_written(book: Path) -> None:
    pin = Pin(book, report)
    pin.put()
    folder_of(book).chmod(0o777)
    assert accepted(book) == 0
    folder_of(book).chmod(0o700)
    pin.take_down()
    folder_of(book).mkdir(parents=True)
    folder_of(book).chmod(0o777)
    with pytest.raises(PermissionError):
        Pin(book, report).put()


def test_the_board_is_its_owners_alone(book: Path) -> None:
    pin = Pin(book, report)
    pin.put()
    assert folder_of(book).stat().st_mode & 0o077 == 0
    assert all(file.stat().st_mode & 0o077 == 0 for file in folder_of(book).iterdir())
    pin.take_down()


def test_a_killed_process_is_counted_as_ended_and_its_counts_stay(in_memory: Path) -> None:
    pin = Pin(in_memory, report)
    pin.put()
    with another(in_memory) as other:
        assert len(read_board(in_memory).reports) == 2
        other.send_signal(signal.SIGKILL)
        other.wait()
        told = read_board(in_memory)
        assert (len(told.reports), told.ended.ended, accepted(in_memory)) == (1, 1, 2 * ACCEPTED)
    with another(in_memory) as third:  # at its start the dead one's file goes into the sum
        told = read_board(in_memory)
        assert (len(told.reports), told.ended.ended, accepted(in_memory)) == (2, 1, 3 * ACCEPTED)
        third.communicate("end\n")
    told = read_board(in_memory)
    assert (len(told.reports), told.ended.ended, accepted(in_memory)) == (1, 2, 3 * ACCEPTED)
    assert len(list(folder_of(in_memory).iterdir())) == 2
    pin.take_down()


def test_a_process_that_stands_still_is_alive_however_old_its_report(in_memory: Path) -> None:
    with another(in_memory) as other:
        other.send_signal(signal.SIGSTOP)
        pin = Pin(in_memory, report)
        pin.put()
        assert len(read_board(in_memory).reports) == 2
        other.send_signal(signal.SIGCONT)
        other.communicate("end\n")
        pin.take_down()
    assert not folder_of(in_memory).exists()


def test_a_process_that_is_stopped_while_it_changes_the_board_keeps_nobody(
    in_memory: Path, eventually_locked: Callable[[Path], None]
) -> None:
    pin = Pin(in_memory, report)
    pin.put()
    eventually_locked(folder_of(in_memory))
    assert accepted(in_memory) == ACCEPTED
    other = Pin(in_memory, report)
    other.put()
    other.take_down()  # its file stays, as that of one who died
    assert accepted(in_memory) == 2 * ACCEPTED


@pytest.fixture
def eventually_locked() -> Iterator[Callable[[Path], None]]:
    """Has another process hold the board, until the test ends."""
    held: list[subprocess.Popen[str]] = []

    def lock(folder: Path) -> None:
        script = (
            "import fcntl, os, sys; fd = os.open(sys.argv[1], os.O_RDONLY); fcntl.flock(fd, fcntl.LOCK_EX);"
            " print('held', flush=True); sys.stdin.read()"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", script, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        held.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"

    yield lock
    for process in held:
        process.communicate()


def test_after_a_fork_parent_and_child_are_two(in_memory: Path) -> None:
    script = """
import os, sys, json
from pathlib import Path
from frontdesk.middleware import FrontDesk
from frontdesk.middleware.board import read_board
from frontdesk.policy import EXAMPLE, load
import msgspec

policy = load(EXAMPLE)
policy = msgspec.structs.replace(policy, log=msgspec.structs.replace(policy.log, directory=Path(sys.argv[1])))
desk = FrontDesk(None, policy=policy)
desk.counts["forwarding_refused"] = 5
desk._pin.show()
child = os.fork()
if child == 0:
    desk.counts["forwarding_refused"] += 1
    desk._pin.show()
    told = read_board(Path(sys.argv[1]))
    print(json.dumps(sorted(each.totals.counts["forwarding_refused"] for each in told.reports)), flush=True)
    desk.take_down()
    os._exit(0)
os.waitpid(child, 0)
told = read_board(Path(sys.argv[1]))
print(json.dumps([len(told.reports), told.total().counts["forwarding_refused"], told.ended.ended]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, in_memory], capture_output=True, text=True, timeout=60, check=True
    )
    assert [json.loads(line) for line in done.stdout.splitlines()] == [[1, 5], [1, 6, 1]]
    assert not folder_of(in_memory).exists()


def test_a_board_of_another_user_is_found_by_the_books_owner(in_memory: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can be two users")
    os.chown(in_memory, 65534, 65534)
    place = folder_of(in_memory, 65534)
    place.mkdir(parents=True, mode=0o700)
    try:
        file = place / "1-abcd.report"
        file.write_bytes(msgspec.json.encode(report()))
        assert accepted(in_memory) == 0, "what root put there is not that user's"
        for each in (place.parent, place, file):
            os.chown(each, 65534, 65534)
            each.chmod(0o600 if each == file else 0o700)
        assert accepted(in_memory) == ACCEPTED
    finally:
        file.unlink()
        place.rmdir()
        place.parent.rmdir()
