"""A book in a test: a shelf to write to, and everything that is in it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

from frontdesk.systemdata import Shelf, Statistics
from frontdesk.systemdata.read import read
from frontdesk.systemdata.shelf import segments

# A day that does not end while a test runs.
SHELF = Shelf("visit", "2999-12-31", "us")
NAME = "29991231T140000000000-1-"
"""What a segment's name may begin with."""


def open_segments(directory: Path) -> list[Path]:
    """The segments that are written to."""
    return [path for path in segments(directory) if path.suffix == ".open"]


def sealed_segments(directory: Path) -> list[Path]:
    """The segments that are sealed."""
    return [path for path in segments(directory) if path.suffix == ".zst"]


def lines_in(directory: Path, retention_class: str = "") -> list[bytes]:
    """Every whole line of a book, or of one class in it, segment by segment."""
    there = [path for path in segments(directory) if retention_class in {"", path.parents[2].name}]
    return [line for path in there for line in read(path)]


def content(directory: Path) -> bytes:
    """Everything that can be read in a book."""
    return b"".join(lines_in(directory))


def files(directory: Path) -> Iterator[Path]:
    """Every file of a book, whatever it is."""
    return (path for path in directory.rglob("*") if not path.is_dir())


def conserved(statistics: Statistics) -> bool:
    """Whether every line is accounted for."""
    return statistics.accepted == statistics.written + statistics.buffered + sum(statistics.dropped.values())


def eventually(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something is so."""
    deadline = monotonic() + seconds
    while not condition():
        assert monotonic() < deadline
        sleep(0.01)
