"""Who writes blocks: this process, or several, as Python itself works on one core at a time."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from frontdesk.enrich.logs.source import BLOCK
from frontdesk.middleware.bulk.crew import Crew
from frontdesk.middleware.bulk.piece import Write, written
from frontdesk.middleware.bulk.receive import Receiver
from frontdesk.middleware.bulk.routes import Routes
from frontdesk.middleware.bulk.rules import Rules
from frontdesk.systemdata.disk import Disk

_MOST = 8
"""Processes at most: more would wait for the one that reads the log, and each takes half a gigabyte."""
_PACKED = 8
"""How much larger a packed log is, about, when it is unpacked."""


class Hands(Protocol):
    """Some hands that write blocks side by side."""

    size: int

    def at(self, book: Path, held: int, disk: Disk) -> Any:
        """A context in which they write blocks into a book, which is held by a file that is open."""
        ...


class Here:
    """Threads of this process."""

    def __init__(self, receiver: Receiver, size: int = 2) -> None:
        self.size = size
        self._receiver = receiver

    @contextmanager
    def at(self, book: Path, held: int, disk: Disk) -> Iterator[Write]:  # noqa: ARG002 - it is this process that holds it
        """See `Hands`."""
        yield lambda piece: written(self._receiver, piece, book, disk)


def hands(logs: Sequence[Path], rules: Rules) -> Hands:
    """As many hands as there are cores, and as the logs have blocks for. Raises `FrontdeskError`."""
    Routes(rules.policy, rules.besides.routes)  # a mistake in one is told before anything is made
    cores = min(len(os.sched_getaffinity(0)), _MOST)
    blocks = sum(_size(log) for log in logs) // BLOCK + 1
    size = cores if any(str(log) == "-" for log in logs) else min(cores, blocks)
    return Here(rules.receiver(), 1) if size == 1 else Crew(size, rules)


def _size(log: Path) -> int:
    if str(log) == "-":
        return 0
    return log.stat().st_size * (_PACKED if log.suffix in {".gz", ".zst", ".zstd"} else 1)
