"""What one task does: some blocks of one log, written beside their places in the book."""

import secrets
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from frontdesk.enrich.logs.formats import named
from frontdesk.enrich.logs.source import Block, Source
from frontdesk.enrich.spark import opened
from frontdesk.middleware.bulk.block import write
from frontdesk.middleware.bulk.receive import Besides, Receiver
from frontdesk.middleware.bulk.spark.plan import Cut, changed
from frontdesk.policy import FrontdeskError, Policy
from frontdesk.systemdata.disk import Disk
from frontdesk.systemdata.pending import JOURNAL

_PROCESSES = 10**10


class Order(NamedTuple):
    """What all tasks of a run have in common. It goes to the executors in memory, and is never written."""

    run: str
    book: Path
    policy: Policy
    database: str | None  # see `shipped`
    as_of: float
    besides: Besides
    secret: bytes  # that the ids of the day come of
    latest: float | None = None  # later lines are rejected

    def __repr__(self) -> str:
        """The run, and nothing that is secret: an exception may show it."""
        return f"Order({self.run})"

    def sign(self) -> Path:
        """A file in the book that is there while the run is."""
        return self.book / JOURNAL / f"run-{self.run}"


class Task(NamedTuple):
    """Blocks of one log that follow one another; `plan` is the number of the log's plan."""

    plan: int
    log: Path
    format: str
    cuts: Sequence[Cut]


class Done(Struct, frozen=True):
    """What became of one block."""

    totals: tuple[int, int, int, int, int, int]
    rejects: list[tuple[int, int]]  # the number of a line, and which of the reasons
    reasons: list[str]
    last_written: bool
    last: int
    until: int
    files: list[tuple[str, str]]  # that are to be put into a place


class Answer(Struct, frozen=True):
    """What became of the blocks of a task, in their order, or why it is of no use to try again."""

    done: list[Done] = []
    error: str | None = None


class Attempt(Disk):
    """The disk of one attempt at a task: what it writes stays beside its place, for the driver to put it there.

    The names say at random which attempt it was, in the place of a process, for two may be made at once.
    """

    def __init__(self) -> None:
        self.files: list[tuple[str, str]] = []
        self._number = secrets.randbelow(_PROCESSES)

    def unfinished(self, path: Path) -> Path:
        start, _, name = path.name.split("-", 2)
        return super().unfinished(path.with_name(f"{start}-{self._number}-{name}"))

    def rename(self, path: Path, target: Path) -> None:
        self.files.append((str(path), str(target)))


_receivers: dict[str, Receiver] = {}


def do(order: Order, task: Task) -> Answer:
    """Write the blocks of a task. Raises `OSError`, which may pass, and `FrontdeskError`, which will not."""
    done = []
    with Source(task.log) as source:
        source.pass_to(task.cuts[0].start)
        for cut in task.cuts:
            block = source.skip_to(cut.end)
            if block is None or zlib.crc32(block.data) != cut.crc:
                raise changed(task.log)
            if not order.sign().exists():
                raise FrontdeskError(f"{order.book}: is not the driver's: it must lie where all machines see it")
            done.append(_written(order, task, cut, Block(cut.start, cut.first, block.data)))
    return Answer(done)


def _written(order: Order, task: Task, cut: Cut, block: Block) -> Done:
    disk = Attempt()
    format_ = named(task.format).resumed(cut.before) if cut.before else named(task.format)
    written = write(_receiver(order), format_, block, cut.name, order.book, disk)
    reasons = sorted({reason for _, reason in written.rejects})
    rejects = [(line, reasons.index(reason)) for line, reason in written.rejects]
    return Done(written.totals, rejects, reasons, written.last_written, written.last, written.until, disk.files)


def _receiver(order: Order) -> Receiver:
    """The receiver of a run in this process: it has learnt from the blocks before. That of another run goes."""
    if order.run not in _receivers:
        _receivers.clear()
        database = opened(order.database)
        given = (order.as_of, order.besides, order.secret, order.latest)
        _receivers[order.run] = Receiver(order.policy, database, *given)
    return _receivers[order.run]
