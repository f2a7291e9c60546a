"""The damaged segment that a question failed by: DuckDB says what is wrong, and not always in which file."""

from collections.abc import Iterable
from pathlib import Path

from frontdesk.systemdata.errors import SegmentError
from frontdesk.systemdata.follow import day_of
from frontdesk.systemdata.shelf import segments
from frontdesk.systemdata.verify import check


def first_damage(books: Iterable[Path], first: str, last: str) -> SegmentError | None:
    """What is wrong with the first segment of some days that is damaged; None where those on the disks are whole."""
    for book in books:
        for path in segments(book, since=first):
            if day_of(path) > last:
                break
            try:
                check(path)
            except SegmentError as damage:
                return damage
            except FileNotFoundError:
                pass  # purged meanwhile
    return None
