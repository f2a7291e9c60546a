"""The cursor: how far each segment of a book was delivered, on the disk beside the book.

One small file for each day, in `stream-cursor`, which is written anew when something of the day was delivered, and
goes with the last shelf of the day.
"""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from frontdesk.systemdata.disk import DISK, Disk
from frontdesk.systemdata.errors import BookError
from frontdesk.systemdata.stream.note import damaged, read_note, write_note

FOLDER = "stream-cursor"
"""Where in a book its cursor lies."""

_DAY_FILE = re.compile(r"\d{4}-\d\d-\d\d\.json\Z")


class Position(NamedTuple):
    """How far a segment was read."""

    offset: int = 0  # in bytes of its plain content
    records: int = 0
    digest: int = 0  # of the record before, by which one knows the segment again
    epoch: int = 0  # how often records were taken out of it before it was delivered whole
    done: bool = False  # nothing more will come
    stays: bool = False  # something in it was refused, or is damaged, and is in the book only


class Cursor:
    """The positions of all segments of a book. `positions` is what is on the disk."""

    def __init__(self, directory: Path, disk: Disk = DISK) -> None:
        """Read what was noted. Raises `BookError` where there is no book, or a file of ours is damaged."""
        if not directory.is_dir():
            raise BookError(directory, "there is no book here; one is made when an app starts")
        self.folder = directory / FOLDER
        self._disk = disk
        self._days: dict[str, dict[str, Position]] = {}
        self.load()

    def load(self) -> None:
        """Read what was noted; nothing where there is no cursor yet, and none is made. Raises `BookError`."""
        try:
            files = sorted(path for path in self.folder.iterdir() if _DAY_FILE.match(path.name))
        except FileNotFoundError:
            files = []
        except OSError as error:
            raise BookError(self.folder, f"cannot be read: {error.strerror}") from None
        self._days = {path.stem: _positions(path) for path in files}

    def make(self) -> None:
        """Make the cursor's folder: from now on a stream flows out of this book. Raises `BookError`."""
        try:
            self._disk.make_folder(self.folder)
        except OSError as error:
            raise BookError(self.folder, f"cannot be kept here: {error.strerror}") from None

    def positions(self) -> dict[str, Position]:
        """Every segment's position, by its place in the book."""
        return {place: position for day in self._days.values() for place, position in day.items()}

    def note(self, moved: Mapping[str, Position]) -> None:
        """Note new positions: afterwards they are on the disk. Raises `BookError`, and notes nothing more then."""
        self.make()
        for day in sorted({_day(place) for place in moved}):
            of_day = {place: position for place, position in moved.items() if _day(place) == day}
            known = self._days.setdefault(day, {}) | of_day
            try:
                told = {place: list(position) for place, position in known.items()}
                write_note(self.folder / f"{day}.json", told, self._disk)
            except OSError as error:
                raise BookError(self.folder, f"cannot be written: {error.strerror}") from None
            self._days[day] = known

    def forget(self, days: Iterable[str], before: str) -> None:
        """Forget the days before one of which there is no shelf any more."""
        for day in self._days.keys() - set(days):
            if day < before:
                del self._days[day]
                with suppress(OSError):
                    self._disk.unlink(self.folder / f"{day}.json")


def _positions(path: Path) -> dict[str, Position]:
    try:
        return {place: Position(*told) for place, told in read_note(path).items()}
    except TypeError:
        raise damaged(path) from None


def _day(place: str) -> str:
    return place.split("/")[1]
