"""Day sums: what reports keep of a day that is over, beside the book. Here is where they lie, and that they go in time.

They hold no more than counts, but of few visitors too; so with the first record that leaves a day they go, and are made
anew of what is left when somebody asks.
"""

from contextlib import suppress
from pathlib import Path


def folder_of(book: Path) -> Path:
    """Where the day sums of a book lie: no shelf, for no class of records is called so."""
    return book / "day-sums"


def drop_sums(segment: Path) -> None:
    """Remove the sums of the day that a segment of a book is of, before a record of it goes. Raises `OSError`."""
    day, book = segment.parents[1].name, segment.parents[3]
    for path in folder_of(book).glob(f"{day}-*.parquet"):
        with suppress(FileNotFoundError):
            path.unlink()
