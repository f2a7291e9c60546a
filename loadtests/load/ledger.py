"""The ledger: one line for each request that a visitor sent, and what became of it."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from sys import intern
from typing import NamedTuple, Self, TextIO

ANSWERED, CUT, REFUSED, LATE, STOPPED = "answered", "cut", "refused", "late", "stopped"
"""What becomes of a request: answered whole; its connection ended before that; no connection could be made; no answer
in time; or the run ended while it was under way."""

OURS, BARE = "ours", "bare"
"""Whom it was sent to: the app behind the front desk, or the same app without."""


class Entry(NamedTuple):
    """One request."""

    at: float  # when it ended, on the clock that all processes of a machine share (monotonic)
    target: str
    kind: str  # page, slow-reader, slow-sender
    id: str
    outcome: str
    status: int  # 0 without an answer
    expected: bool  # whether the status is the one that the page has
    ms: float  # until the whole answer was there
    worker: int  # the process that answered, 0 where it is not known

    @property
    def failed(self) -> bool:
        """Whether the visitor did not get what they asked for."""
        return not (self.outcome == STOPPED or (self.outcome == ANSWERED and self.expected))


class Ledger:
    """The entries of one process, in a file of its own."""

    def __init__(self, folder: Path) -> None:
        self._name = f"{os.getpid():x}"
        self._file: TextIO = (folder / f"{self._name}.ledger").open("w", encoding="ascii", buffering=1 << 16)
        self._last = 0
        self.entries = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def next_id(self) -> str:
        """An id that no other request of the run has."""
        self._last += 1
        return f"{self._name}-{self._last:x}"

    def add(self, entry: Entry) -> None:
        """Write one entry."""
        self.entries += 1
        self._file.write(
            f"{entry.at:.4f} {entry.target} {entry.kind} {entry.id} {entry.outcome} {entry.status}"
            f" {entry.expected:d} {entry.ms:.3f} {entry.worker}\n"
        )

    def flush(self) -> None:
        """Bring everything to the file."""
        self._file.flush()


def read(folder: Path) -> Iterator[Entry]:
    """All entries of a run, those of each process in order."""
    for path in sorted(folder.glob("*.ledger")):
        with path.open(encoding="ascii") as file:
            for line in file:
                at, target, kind, id_, outcome, status, expected, ms, worker = line.split()
                # There may be a million, of few words.
                words = intern(target), intern(kind), id_, intern(outcome)
                yield Entry(float(at), *words, int(status), expected == "1", float(ms), int(worker))


def now() -> float:
    """The time of the ledger."""
    return time.monotonic()
