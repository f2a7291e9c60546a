"""The key of a book's rounding: with it one could tell which way a figure was rounded, so it stays with the book."""

from pathlib import Path

from frontdesk.systemdata.keys import Keys

_NAME = "rounding"


def rounding_key(directory: Path) -> bytes:
    """The key, made when it is first asked for. Raises `BookError`, and `OSError`."""
    return Keys(directory / "keys" / "reports").make(_NAME)
