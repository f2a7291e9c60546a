"""The book as it grows: the records that this run has written, read from its segments."""

import os
from contextlib import suppress
from pathlib import Path

import orjson

from frontdesk.systemdata.record import Record
from frontdesk.systemdata.segment import segments


class Tail:
    """Reads on from where it stopped. Segments that lay there before, or are another process's, are left out."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._before = {path.stem for path in segments(directory)}
        self._ours = f"-{os.getpid()}-"
        self._read: dict[str, int] = {}

    def records(self) -> list[Record]:
        """The records that were written since the last call."""
        found: list[Record] = []
        # A segment is renamed when it is sealed: what is missed by that is read next time, under its new name.
        with suppress(FileNotFoundError):
            for path in segments(self._directory):
                if path.stem not in self._before and self._ours in path.stem:
                    found += self._rest(path)
        return found

    def _rest(self, path: Path) -> list[Record]:
        with path.open("rb") as file:
            file.seek(self._read.get(path.stem, 0))
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._read[path.stem] = self._read.get(path.stem, 0) + len(whole)
        return [orjson.loads(line) for line in whole.splitlines()]
