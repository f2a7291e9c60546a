"""Enriching logs: block after block into a book, on all cores, so that a run that is stopped goes on where it was."""

import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from frontdesk.enrich.logs.formats import detect, resumed
from frontdesk.enrich.logs.source import Source
from frontdesk.middleware.bulk.block import Written, undo
from frontdesk.middleware.bulk.hands import Hands
from frontdesk.middleware.bulk.journal import Entry, Journal, Mark
from frontdesk.middleware.bulk.piece import Piece, Write
from frontdesk.middleware.bulk.place import where_it_was_left
from frontdesk.middleware.bulk.rejects import Rejects
from frontdesk.middleware.bulk.totals import Totals
from frontdesk.systemdata.disk import DISK, Disk
from frontdesk.systemdata.errors import BookError
from frontdesk.systemdata.lock import alone

Progress = Callable[[int], object]
"""Is told how many bytes of the logs, as they lie, were worked through since it was told last."""

_AHEAD = 1


class _Begun(NamedTuple):
    """A block that is being written."""

    data: bytes | bytearray
    tail: int  # bytes behind its last end of a line
    mark: Mark
    name: str
    done: "Future[Written]"
    raw: int  # how far the log was read, as it lies
    state: str  # of the format behind it


class Run:
    """Writes logs into one book."""

    def __init__(
        self,
        hands: Hands,
        book: Path,
        rejects: Rejects,
        *,
        format_: str | None = None,
        progress: Progress = lambda _: None,
        begins: Callable[[], object] = lambda: None,
        disk: Disk = DISK,
    ) -> None:
        """Make ready. `format_` is a name or a string, and None is told by what a log holds.

        `begins` is called once in a run, before the first of what is new is written.
        """
        self._hands = hands
        self._book = book
        self._rejects = rejects
        self._format = format_
        self._progress = progress
        self._begins = begins
        self._has_begun = False
        self._disk = disk
        self.totals = Totals()
        """What became of the lines of this run, also of one that failed."""
        self.doubts: list[str] = []
        """A line for each log that was taken for a known one, and may be another."""

    def run(self, logs: Sequence[Path]) -> Totals:
        """Write all that is new in the logs. Raises `FrontdeskError`; what was written until then stays."""
        self.totals, self.doubts, self._has_begun = Totals(), [], False
        try:
            self._disk.make_folder(self._book)
        except OSError as error:
            raise BookError(self._book, f"cannot be made: {error.strerror}") from None
        with alone(self._book) as held, self._hands.at(self._book, held, self._disk) as write:
            journal = Journal(self._book, self._disk)
            for log in logs:
                self._log(journal, log, write)
        return self.totals

    def _log(self, journal: Journal, log: Path, write: Write) -> None:
        source, entry, hasher, known, over, doubt = where_it_was_left(log, journal.known)
        self.totals = self.totals.plus(Totals(known=known))
        self.doubts += [doubt] if doubt else []
        with source:
            if over:
                self._progress(source.done())
                return
            entry = entry or journal.begin(source.name, source.head)
            text = self._format or detect(str(log), source.head).name
            before = entry.totals
            self._undo(entry)
            try:
                self._write(journal, entry, source, hasher, text, write)
            except OSError as error:
                raise BookError(error.filename or self._book, f"cannot be written: {error.strerror}") from None
            finally:
                self.totals = self.totals.plus(entry.totals.minus(before))
        if not entry.written and not entry.counted:
            journal.forget(entry)  # nothing of it is in the book, so nothing can be there twice

    def _undo(self, entry: Entry) -> None:
        for name in entry.pending:
            undo(self._book, name, self._disk)
        entry.pending.clear()

    def _write(
        self, journal: Journal, entry: Entry, source: Source, hasher: "hashlib._Hash", text: str, write: Write
    ) -> None:
        begun: deque[_Begun] = deque()
        raw, size = 0, self._hands.size
        format_ = resumed(text, entry.state)
        with ThreadPoolExecutor(size, "enrich") as pool:
            try:
                for block in source.blocks():
                    self._begin()
                    hasher.update(block.data)
                    sha256 = hasher.hexdigest()
                    name = entry.name_of(sha256)
                    entry.pending.append(name)
                    journal.write(entry)
                    done = pool.submit(write, Piece(text, format_.state, block, name))
                    format_ = format_.following(block.data)
                    tail = len(block.data) - block.data.rfind(b"\n") - 1
                    begun.append(
                        _Begun(block.data, tail, Mark(block.end, sha256), name, done, source.done(), format_.state)
                    )
                    while len(begun) > size + _AHEAD or (begun and begun[0].done.done()):
                        raw = self._finish(entry, begun.popleft(), source, raw)
                while begun:
                    raw = self._finish(entry, begun.popleft(), source, raw)
            except BaseException:
                for each in begun:
                    each.done.cancel()
                if self._has_begun:
                    with suppress(BookError):  # what was told and rejected is not to be told and rejected again
                        journal.write(entry)
                raise
        journal.write(entry)

    def _begin(self) -> None:
        if not self._has_begun:
            self._begins()
            self._has_begun = True

    def _finish(self, entry: Entry, begun: _Begun, source: Source, raw: int) -> int:
        """Note a block that is written; the next entry that is written to the disk says so."""
        written = begun.done.result()
        source.take_back(begun.data)
        self._rejects.write(source.name, written.rejects)
        entry.pending.remove(begun.name)
        entry.marks.append(begun.mark)
        entry.state = begun.state
        totals = written.totals
        entry.read += totals.read
        entry.written += totals.written
        entry.counted += totals.counted
        entry.expired += totals.expired
        entry.rejected += totals.rejected
        entry.last, entry.until = max(entry.last, written.last), max(entry.until, written.until)
        entry.tail = begun.tail
        entry.tail_written = written.last_written
        self._progress(begun.raw - raw)
        return begun.raw
