"""Reading a book while it is written: each whole line once, across rotation and sealing."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from frontdesk.systemdata.errors import BookError
from frontdesk.systemdata.segment import segments


class Follower:
    """Remembers how far each segment was read, by its name without the ending, which sealing changes."""

    def __init__(self, directory: Path, *, from_now: bool = False) -> None:
        """Follow the book in a folder, from its beginning or from what is written from now on."""
        self._directory = directory
        self._offsets: dict[str, int] = {}
        if from_now:
            self._offsets = {path.stem: path.stat().st_size for path in segments(directory)}

    def read(self) -> Iterator[bytes]:
        """The whole lines that are new since the last call, oldest segment first.

        Raises `BookError` where the book, or a segment, cannot be read.
        """
        try:
            for path in segments(self._directory):
                with suppress(FileNotFoundError):  # sealed or purged since it was listed
                    yield from self._new_lines(path)
        except OSError as error:
            raise BookError(error.filename or self._directory, f"cannot be read: {error.strerror}") from None

    def _new_lines(self, path: Path) -> Iterator[bytes]:
        with path.open("rb") as stream:
            stream.seek(self._offsets.get(path.stem, 0))
            for line in stream:
                if not line.endswith(b"\n"):
                    return  # still being written
                self._offsets[path.stem] = self._offsets.get(path.stem, 0) + len(line)
                yield line
