"""The board: where the processes that keep one book pin up what they tell of themselves.

It is a folder in memory, of the user's own, beside the daily keys; where there is no memory file system, a folder in
the book. Each process has one file, which it replaces whole every few seconds and holds a lock on. Whoever reads knows
by that alone whether the process lives: ids of processes come again, and clocks jump. What a process counted that is no
more is kept in a sum, so that no counter goes back as long as any process goes on; the last one clears the board.
"""

import fcntl
import logging
import os
import secrets
import stat
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import msgspec

from frontdesk.middleware.report import AnyReport, Report, StreamReport, Totals, total
from frontdesk.policy.seldom import Seldom
from frontdesk.systemdata.daily_id import memory_keys
from frontdesk.systemdata.disk import DISK

_log = logging.getLogger("frontdesk")

_ENDED = "ended.json"
_REPORT = ".report"
_PART = ".part"
_LONGEST = 1 << 20
_MOST = 4096  # files that are looked at; nobody has so many workers
_PATIENCE = 0.5  # seconds to wait for another process that changes the board
_PAUSE = 0.01
_OTHERS = stat.S_IWGRP | stat.S_IWOTH


class Told(NamedTuple):
    """What stands on a board: the reports of living processes, and the sum of those that are no more."""

    reports: list[Report]  # of the app's workers
    ended: Totals
    streams: Sequence[StreamReport] = ()  # of shippers and intakes

    def total(self) -> Totals:
        """What all of them counted."""
        living: Iterable[AnyReport] = chain(self.reports, self.streams)
        return total([*(report.totals for report in living), self.ended])


def folder_of(book: Path, owner: int | None = None) -> Path:
    """Where the board of a book is: of our own user's processes, or of another's."""
    memory = memory_keys(book, owner)
    return (memory.folder if memory else book) / "running"


def read_board(book: Path) -> Told:
    """What the processes of a book tell, whichever user of theirs and ours may read it."""
    owners = {os.geteuid()}
    with suppress(OSError):
        owners.add(book.stat().st_uid)
    there = [_read(folder, owner) for owner in sorted(owners) for folder in [folder_of(book, owner)]]
    reports = [report for told in there for report in told.reports]
    streams = [report for told in there for report in told.streams]
    return Told(
        sorted(reports, key=lambda report: report.began),
        total(told.ended for told in there),
        sorted(streams, key=lambda report: report.began),
    )


class Pin:
    """What holds one process's report on the board. For any thread; after a fork the child has one of its own."""

    def __init__(self, book: Path, report: Callable[[], AnyReport]) -> None:
        """`report` tells how things are; it is asked in the thread that pins it up."""
        self._folder = folder_of(book)
        self._report = report
        self._seldom = Seldom()
        self.start_afresh()

    def start_afresh(self) -> None:
        """Hold nothing: at first, and in a child after a fork, where the file is the parent's."""
        self._lock = threading.Lock()
        self._file: Path | None = None
        self._fd = -1

    def let_go(self) -> None:
        """Close what is the parent's, in a child after a fork; the parent's lock stays the parent's."""
        fd = self._fd
        self.start_afresh()
        if fd >= 0:
            os.close(fd)

    def show(self) -> None:
        """Pin the report up, as `put` does. Where that fails it is warned of now and then, and nothing else fails."""
        try:
            self.put()
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing but the view from outside depends on it
            if self._seldom.admits():
                told = getattr(error, "strerror", None) or type(error).__name__
                _log.warning("metrics and `frontdesk top` are not told of process %d: %s", os.getpid(), told)

    def put(self) -> None:
        """Pin the report up, in place of the one before. Raises `OSError`."""
        with self._lock:
            content = msgspec.json.encode(self._report())
            try:
                file = self._file or self._begin()
                fd = _write(file, content)
            except FileNotFoundError:  # the last of the others has cleared the board just now, or somebody else did
                file = self._begin()
                fd = _write(file, content)
            self._file, before, self._fd = file, self._fd, fd
            if before >= 0:
                os.close(before)

    def take_down(self) -> None:
        """Leave what was counted on the board, and nothing else; the last process clears it. Raises `OSError`."""
        if self._file is None:
            return
        with suppress(OSError):
            self.put()
        with self._lock:
            if self._fd >= 0:
                os.close(self._fd)
            self._file, self._fd = None, -1
            with _alone(self._folder) as alone:
                if alone:
                    _fold(self._folder)
                    _clear(self._folder)

    def _begin(self) -> Path:
        _make(self._folder)
        with _alone(self._folder) as alone:
            if alone:
                _fold(self._folder)
        return self._folder / f"{os.getpid()}-{secrets.token_hex(4)}{_REPORT}"


def _read(folder: Path, owner: int) -> Told:
    """What stands on one board; nothing where there is none, or where it is not its owner's alone."""
    reports: list[AnyReport] = []
    ended: list[Totals] = []
    try:
        _check(folder, owner)
        with _alone(folder, shared=True):
            for file in _files(folder):
                report, lives = _look(file)
                if report is not None and lives:
                    reports.append(report)
                elif report is not None:
                    ended.append(_last(report))
            ended.append(_decode(folder / _ENDED, Totals) or Totals())
    except OSError:
        pass  # nobody has pinned anything up yet, or has taken it down meanwhile
    return Told(
        [report for report in reports if isinstance(report, Report)],
        total(ended),
        [report for report in reports if isinstance(report, StreamReport)],
    )


def _look(file: Path) -> tuple[AnyReport | None, bool]:
    """The report in a file, and whether its process lives: then it holds a lock on what has the name now."""
    try:
        fd = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None, False
    with os.fdopen(fd, "rb") as stream:
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
            lives = file.stat().st_ino != os.fstat(fd).st_ino  # another one: it was replaced meanwhile
        except BlockingIOError:
            lives = True
        except OSError:
            return None, False
        try:
            return msgspec.json.decode(stream.read(_LONGEST), type=AnyReport), lives
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):  # damaged, or of another version of this
            return None, lives


def _fold(folder: Path) -> None:
    """Add what the dead counted to the sum, and remove their files."""
    dead = [(file, report) for file in _files(folder) for report, lives in [_look(file)] if not lives]
    if not dead:
        return
    before = _decode(folder / _ENDED, Totals) or Totals()
    ended = total([before, *(_last(report) for _, report in dead if report is not None)])
    os.close(_write(folder / _ENDED, msgspec.json.encode(ended)))
    for file, _ in dead:
        file.unlink(missing_ok=True)


def _clear(folder: Path) -> None:
    """Remove a board on which no living process is left."""
    if _files(folder):
        return
    for file in folder.iterdir():
        file.unlink(missing_ok=True)
    with suppress(OSError):  # somebody has begun meanwhile, or the folder around it holds keys
        folder.rmdir()
        if _is_in_memory(folder):
            folder.parent.rmdir()


def _last(report: AnyReport) -> Totals:
    """What a process counted that is no more."""
    return msgspec.structs.replace(report.totals, ended=1) if isinstance(report, Report) else report.totals


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix == _REPORT)[:_MOST]


def _decode(file: Path, kind: type[Totals]) -> Totals | None:
    try:
        with file.open("rb") as stream:
            return msgspec.json.decode(stream.read(_LONGEST), type=kind)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def _write(file: Path, content: bytes) -> int:
    """Put a file in place whole. Gives it open, and locked for as long as it is."""
    part = file.with_name(f"{file.name}-{os.getpid()}{_PART}")
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.write(fd, content) != len(content):
            raise OSError("written in part only")
        part.rename(file)
    except OSError:
        os.close(fd)
        part.unlink(missing_ok=True)
        raise
    return fd


def _make(folder: Path) -> None:
    DISK.make_folder(folder)
    _check(folder, os.geteuid())


def _check(folder: Path, owner: int) -> None:
    """See that the folder is its owner's alone, and in memory, where others may make folders too, that around it."""
    for place in (folder, folder.parent) if _is_in_memory(folder) else (folder,):
        facts = place.lstat()
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != owner or facts.st_mode & _OTHERS:
            raise PermissionError(f"{place} is not its owner's alone")


@contextmanager
def _alone(folder: Path, *, shared: bool = False) -> Iterator[bool]:
    """Keep others from changing the board meanwhile. Gives False after half a second: one of them may be stopped."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        patience = time.monotonic() + _PATIENCE
        while not (alone := _locked(fd, shared=shared)) and time.monotonic() < patience:
            time.sleep(_PAUSE)
        yield alone
    finally:
        os.close(fd)


def _is_in_memory(folder: Path) -> bool:
    """Whether everybody may make folders where that around this one lies, as in /dev/shm."""
    return bool(folder.parent.parent.stat().st_mode & stat.S_IWOTH)


def _locked(fd: int, *, shared: bool) -> bool:
    try:
        fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
