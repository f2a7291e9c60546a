"""Messages that could not be taken in: where each stood, and why. Nothing that stands in one."""

import os
from collections import Counter
from contextlib import suppress
from pathlib import Path

import orjson

from frontdesk.systemdata.disk import DISK, Disk
from frontdesk.systemdata.seal import write_all

MOST_BYTES = 16 << 20
"""How large the file grows; what comes then is counted only."""


class Rejects:
    """A file of a line for each, made with the first; its owner's alone."""

    def __init__(self, path: Path, disk: Disk = DISK) -> None:
        self._path = path
        self._disk = disk
        self._waiting: list[bytes] = []
        self.reasons: Counter[str] = Counter()

    def add(self, partition: str, offset: int, reason: str) -> None:
        """Remember one, to be written with the next batch."""
        self.reasons[reason] += 1
        told = {"partition": partition, "offset": offset, "reason": reason}
        self._waiting.append(orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE))

    def write(self) -> None:
        """Write down what waits. A file that cannot be written stops no stream: the reasons are counted anyway."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        with suppress(OSError):
            fd = self._disk.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            try:
                if os.fstat(fd).st_size < MOST_BYTES:
                    write_all(fd, b"".join(waiting), self._disk)
            finally:
                self._disk.close(fd)
