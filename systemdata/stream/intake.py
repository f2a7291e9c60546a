"""Taking a stream in: messages are checked, and become Parquet segments on the shelves of a book, each of them once.

Batches are written by renames, with what the book has taken in noted before and after, and only then committed: what is
killed in between is taken back, and read again. What cannot be a record is passed over, and noted without a word of it.
"""

import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

from frontdesk.policy import FrontdeskError, Policy
from frontdesk.policy.stream import Stream
from frontdesk.systemdata.errors import BookError
from frontdesk.systemdata.lock import alone
from frontdesk.systemdata.stream.batch import Batch
from frontdesk.systemdata.stream.inlet import Inlet, partition_of
from frontdesk.systemdata.stream.library import kafka
from frontdesk.systemdata.stream.message import Rules, UnfitError, place_in, record_of
from frontdesk.systemdata.stream.rejects import Rejects
from frontdesk.systemdata.stream.taken import Taken
from frontdesk.systemdata.table import arrow

PATIENCE = 60.0
"""Seconds without any message or end of a partition after which a run that is to end there gives up."""

_PAUSE = 0.5  # seconds for one look


class TakenIn(NamedTuple):
    """What was taken in since the beginning."""

    written: int  # records that are in the book
    segments: int
    twice: int  # messages of records that were in the book before
    expired: int
    rejected: int  # messages that are no records, or not of this book


class Intake:
    """Takes the stream of one book in. `run` may be called once."""

    def __init__(self, policy: Policy, directory: Path, stream: Stream, group: str, every: float) -> None:
        """`every` is in seconds: how long a record may wait for others before it is written.

        Raises `BookError` where the book cannot be kept, and `FrontdeskError` where a library is missing.
        """
        arrow()
        kafka()
        ours = [entity.id for entity in policy.entities if policy.directory_of(entity) == directory]
        self._rules = Rules(stream, frozenset(ours))
        self._directory = directory
        self._group = group
        self._every = every
        self._taken = Taken(directory)
        self._rejects = Rejects(self._taken.folder / "rejects.jsonl")
        self._batch = Batch(directory)
        self._begun = self._heard = time.monotonic()
        self._written = self._segments = self._twice = self._expired = 0
        self._inlet: Inlet | None = None
        self.behind: int | None = None
        """Messages that were not read yet and records that wait to be written; None before the first look."""

    def totals(self) -> TakenIn:
        """What was done so far."""
        rejected = self._rejects.reasons.total()
        return TakenIn(self._written, self._segments, self._twice, self._expired, rejected)

    def reasons(self) -> dict[str, int]:
        """Why messages were rejected, and how many."""
        return dict(self._rejects.reasons)

    def run(self, stop: Event, *, once: bool = False) -> None:
        """Take in until `stop` is set, or, once, until the end of all partitions; what was read is written at the end.

        Raises `BookError` where another process does it, or the book cannot be written; and `FrontdeskError`.
        """
        with alone(self._taken.folder, "another process takes a stream into this book"):
            self._taken.load()  # as it is now that nobody else changes it
            self._taken.take_back()
            try:
                self._inlet = Inlet(
                    self._rules.stream,
                    self._group,
                    self._taken.id,
                    lambda: self._taken.next,
                    self._leave,
                    self._lose,
                )
                while not stop.is_set() and not (once and self._inlet.is_at_end):
                    self._turn(self._inlet, once=once)
                self._write()
            finally:
                if self._inlet is not None:
                    with suppress(BookError):
                        self._inlet.close()
                self._taken.leave()

    def _turn(self, inlet: Inlet, *, once: bool) -> None:
        for message in inlet.read(_PAUSE):
            self._heard = time.monotonic()
            self._take(message)
            if self._batch.is_full:
                self._write()
        self.behind = inlet.left() + self._batch.records
        if not self._batch:
            self._begun = time.monotonic()
        elif time.monotonic() - self._begun >= self._every:
            self._write()
        if once and time.monotonic() - self._heard > PATIENCE:
            raise FrontdeskError(f"no broker gave anything for {PATIENCE:.0f} seconds")

    def _take(self, message: Any) -> None:
        """Check a message, put its record into the batch, and go past it when that is done and not before."""
        partition, offset = partition_of(message), message.offset()
        value = message.value()
        try:
            record = record_of(message.topic(), value, self._rules, datetime.now(UTC))
        except UnfitError as unfit:
            self._pass_over(partition, offset, str(unfit))
        else:
            place = place_in(message.headers())
            if place is not None and self._taken.is_known(partition, *place):
                self._twice += 1
            else:
                self._batch.add(record, value)
        self._batch.went_past(partition, offset)

    def _pass_over(self, partition: str, offset: int, reason: str) -> None:
        if reason == "expired":
            self._expired += 1
        else:
            self._rejects.add(partition, offset, reason)

    def _write(self) -> None:
        """Write the batch, note it, and commit it."""
        batch, self._batch = self._batch, Batch(self._directory)
        self._begun = time.monotonic()
        self._rejects.write()
        if not batch:
            return
        try:
            segments, unfit = batch.write(self._taken)
        except OSError as error:
            raise BookError(error.filename or self._directory, f"cannot be written: {error.strerror}") from None
        self._segments += segments
        self._written += batch.records
        if unfit:
            self._rejects.reasons["no_table"] += unfit
        if self._inlet is not None:
            self._inlet.commit(self._taken.next)

    def _leave(self) -> None:
        """Write what was read, and commit, also what could not be committed before: another machine goes on there."""
        self._write()
        if self._inlet is not None:
            self._inlet.commit(self._taken.next)

    def _lose(self) -> None:
        """Forget what was read and not written: whoever has the partitions now reads it."""
        self._batch = Batch(self._directory)
        self._taken.load()
