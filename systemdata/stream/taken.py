"""What a book has taken in of topics: up to which offset, and which records last. It lies in `stream-intake`.

A batch is noted before its segments are written, and again when all of them are there. What was killed in between is
taken back with the next start; so each message is in the book once, whatever the brokers remember.
"""

import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

from frontdesk.systemdata.disk import DISK, Disk
from frontdesk.systemdata.errors import BookError
from frontdesk.systemdata.rewrite import remove
from frontdesk.systemdata.shelf import is_segment
from frontdesk.systemdata.stream.cursor import FOLDER as CURSOR
from frontdesk.systemdata.stream.delivery import WINDOW
from frontdesk.systemdata.stream.note import damaged, read_note, write_note

FOLDER = "stream-intake"
"""Where in a book it lies."""

_FILE = "taken.json"


class Taken:
    """What one book has taken in. For one process at a time."""

    def __init__(self, directory: Path, disk: Disk = DISK) -> None:
        """Make the book's folder if need be, and read what was noted. Raises `BookError`."""
        self._directory = directory
        self._disk = disk
        self.folder = directory / FOLDER
        self._refuse_cursor()
        try:
            disk.make_folder(self.folder)
        except OSError as error:
            raise BookError(self.folder, f"cannot be kept here: {error.strerror}") from None
        self.id = secrets.token_hex(8)
        """By which the book knows again what it told others of itself."""
        self.next: dict[str, int] = {}
        self._seen: dict[str, dict[str, int]] = {}
        self._pending: list[str] = []
        self.load()

    def load(self) -> None:
        """Go back to what is noted. Raises `BookError`."""
        note = read_note(self._file)
        try:
            self.id = str(note.get("id", self.id))
            self.next = {str(key): int(offset) for key, offset in note.get("next", {}).items()}
            self._seen = {key: dict(seen) for key, seen in note.get("seen", {}).items()}
            self._pending = list(note.get("pending", []))
        except (TypeError, ValueError, AttributeError):
            raise damaged(self._file) from None

    def take_back(self) -> int:
        """Delete what a batch had written that was not finished; how many segments. Raises `BookError`."""
        found = 0
        try:
            for name in self._pending:
                path = self._directory / name
                if is_segment(path) and path.parents[3] == self._directory and ".." not in path.parts:
                    with suppress(FileNotFoundError):
                        remove(path, self._disk)
                        found += 1
            if self._pending:
                self._write([], self.next)
        except OSError as error:
            raise BookError(error.filename or self._directory, f"cannot be written: {error.strerror}") from None
        return found

    def is_known(self, partition: str, segment: str, offset: int) -> bool:
        """Whether a record of a segment was taken in before; if not, it counts as taken in with the next batch.

        A partition has a segment's records in their order, but that those which a shipper had sent and not noted come
        again. There are no more of them, and so of no more segments, than are remembered.
        """
        seen = self._seen.setdefault(partition, {})
        before = seen.pop(segment, -1)
        seen[segment] = max(before, offset)
        if len(seen) > WINDOW:
            del seen[next(iter(seen))]
        return offset <= before

    def begin(self, paths: list[Path]) -> None:
        """Note which segments will be written. Raises `OSError`, and `BookError` where one ships the book by now."""
        self._refuse_cursor()
        committed = read_note(self._file)
        pending = [path.relative_to(self._directory).as_posix() for path in paths]
        write_note(self._file, committed | {"pending": pending}, self._disk)
        self._pending = pending

    def finish(self, following: dict[str, int]) -> None:
        """Note that they are there, and which offsets come next. Raises `OSError`; `next` stays as it was then."""
        self._write([], self.next | following)

    def leave(self) -> None:
        """Take the folder away where nothing was ever taken in: a mistaken start is not to keep a shipper out."""
        with suppress(OSError):  # something is in it
            self.folder.rmdir()

    def _refuse_cursor(self) -> None:
        if (self._directory / CURSOR).is_dir():
            words = "a stream flows out of this book, so none may flow into it"
            raise BookError(self._directory, f"{words}; {_mend(CURSOR, 'was shipped')}")

    @property
    def _file(self) -> Path:
        return self.folder / _FILE

    def _write(self, pending: list[str], following: dict[str, int]) -> None:
        content: dict[str, Any] = {"id": self.id, "next": following, "seen": self._seen, "pending": pending}
        write_note(self._file, content, self._disk)
        # Not before: what `next` says is committed to the brokers, also by a process that ends as this failed.
        self.next, self._pending = following, pending


def pending(directory: Path) -> frozenset[str]:
    """The segments of a book, by their places, that a batch is to write or has not finished. Raises `BookError`."""
    return frozenset(map(str, read_note(directory / FOLDER / _FILE).get("pending", ())))


def refuse_intake(directory: Path) -> None:
    """Raise `BookError` where a stream flows into a book: what came out of a topic may not go there again."""
    if _holds_anything(directory / FOLDER):  # an empty folder tells of a start, and of no more
        words = "a stream flows into this book, so none may flow out of it"
        raise BookError(directory, f"{words}; {_mend(FOLDER, 'came that way')}")


def _holds_anything(folder: Path) -> bool:
    try:
        return any(folder.iterdir())
    except FileNotFoundError:
        return False
    except OSError as error:
        raise BookError(folder, f"cannot be read: {error.strerror}") from None


def _mend(folder: str, what: str) -> str:
    return f"its folder {folder} says so: if it was begun by mistake, and no record {what}, delete that folder"
