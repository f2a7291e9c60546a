"""What is pending in a book: segments that a batch of a stream, or a block of a log, is to write or has not finished.

Such a batch or block is taken back, by the names of its segments, and written anew. So they stay as and where they are:
what a compaction or an archive has taken by then could not be taken back, and would be there twice.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from frontdesk.systemdata.errors import BookError
from frontdesk.systemdata.shelf import BY_CONTENT, stem
from frontdesk.systemdata.stream import taken

JOURNAL = ".enriched"
"""Where in a book the journal of `frontdesk enrich` lies."""
ENTRY = ".json"
"""The ending of what it has of one log."""

# For who enriches, and for who purges: without an entry its log would be written twice.
_WAY_OUT = (
    "restore it, or start a new folder; where no log is read into this one any more, delete it, as until then no purge"
    " removes what the journal knows of logs"
)


class _Begun(Struct):
    """What matters here of an entry in the journal."""

    pending: list[str] = []


class Pending:
    """What is pending in one book, for who holds it: no log is written then, but a stream may go on."""

    def __init__(self, directory: Path) -> None:
        """Read which blocks are pending. Raises `BookError`."""
        self._directory = directory
        self._blocks = frozenset(_blocks(directory / JOURNAL))

    def among(self, paths: Iterable[Path]) -> set[Path]:
        """The pending ones of some segments: which are listed and not among them are there for good.

        Raises `BookError`.
        """
        batch = taken.pending(self._directory)
        return {
            path
            for path in paths
            if path.relative_to(self._directory).as_posix() in batch or _block(path) in self._blocks
        }


def no_entry(path: Path) -> BookError:
    """The error of a file in the journal that says nothing that makes sense."""
    return BookError(path, f"is no entry of the journal: {_WAY_OUT}")


def _blocks(journal: Path) -> Iterator[str]:
    """The names of the blocks that a run which was stopped had begun."""
    for path in journal.glob(f"*{ENTRY}"):
        try:
            yield from msgspec.json.decode(path.read_bytes(), type=_Begun).pending
        except OSError as error:
            raise BookError(path, f"cannot be read: {error.strerror}") from None
        except msgspec.MsgspecError:
            raise no_entry(path) from None


def _block(path: Path) -> str:
    """The block that a segment is of, by its name; nothing where it is of none."""
    return stem(path).partition(BY_CONTENT)[2].partition("-")[0]
