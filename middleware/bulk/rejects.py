"""The file of lines that could not be read: which line of which log, and why. Nothing that stands in a line."""

import os
from collections.abc import Sequence
from pathlib import Path

import orjson

from frontdesk.policy import FrontdeskError
from frontdesk.systemdata.disk import DISK
from frontdesk.systemdata.seal import write_all


class Rejects:
    """One file, made with the first line that is rejected; its owner's alone."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, log: str, lines: Sequence[tuple[int, str]]) -> None:
        """Note lines by their numbers, with reasons. Raises `FrontdeskError` where they cannot be noted."""
        if not lines:
            return
        told = b"".join(
            orjson.dumps({"log": log, "line": number, "reason": reason}, option=orjson.OPT_APPEND_NEWLINE)
            for number, reason in lines
        )
        try:
            fd = DISK.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            try:
                write_all(fd, told, DISK)
                DISK.sync_data(fd)
            finally:
                DISK.close(fd)
        except OSError as error:
            raise FrontdeskError(f"{self.path}: rejected lines cannot be noted: {error.strerror}") from None
