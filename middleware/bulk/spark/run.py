"""Enriching logs on a cluster: planned, written in rounds, each of which is in the book when the next begins."""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from frontdesk.enrich.logs.source import BLOCK
from frontdesk.enrich.spark import shipped
from frontdesk.middleware.bulk.block import undo
from frontdesk.middleware.bulk.journal import Entry, Journal, digest
from frontdesk.middleware.bulk.receive import NOTHING_BESIDES, Besides
from frontdesk.middleware.bulk.rejects import Rejects
from frontdesk.middleware.bulk.spark.commit import commit, tidy
from frontdesk.middleware.bulk.spark.plan import Asked, Cut, Plan, families
from frontdesk.middleware.bulk.spark.session import attempts, keeps_secrets
from frontdesk.middleware.bulk.spark.spread import spread
from frontdesk.middleware.bulk.spark.task import Answer, Done, Order, Task
from frontdesk.middleware.bulk.spark.told import done, planned
from frontdesk.middleware.bulk.totals import Totals
from frontdesk.policy import FrontdeskError, Policy
from frontdesk.systemdata.disk import DISK
from frontdesk.systemdata.errors import BookError
from frontdesk.systemdata.ipcrypt import KEY_BYTES
from frontdesk.systemdata.lock import alone
from frontdesk.systemdata.pending import JOURNAL

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_ROUND, _MOST = 16, 512
"""Blocks of a round for each core of the cluster, so that few cores wait for the last one; and at most, for what the
driver has to hold."""
_PACKED = 16
"""Blocks of a packed log in one task: all before them has to be unpacked once more for each task."""


_Given = tuple[Path, bytes]
"""A log and how it begins."""


class _Log(NamedTuple):
    path: Path
    entry: Entry
    before: Totals  # what the entry said

    def new(self) -> Totals:
        """What became of the lines that are new."""
        return self.entry.totals.minus(self.before)


class SparkRun:
    """Writes logs into one book, on the executors of a session. Book and logs lie where all of them see them."""

    def __init__(
        self,
        spark: "SparkSession",
        book: Path,
        rejects: Rejects,
        policy: Policy,
        database: Path,
        as_of: float,
        *,
        besides: Besides = NOTHING_BESIDES,
        format_: str | None = None,
        progress: Callable[[int], object] = lambda _: None,
        begins: Callable[[], object] = lambda: None,
        block: int = BLOCK,
        latest: float | None = None,
    ) -> None:
        """Make ready. `format_` is a name or a string, and None is told by what a log holds; `latest` as in `Receiver`.
        `begins` is called once in a run, before the first of what is new is written.

        Raises `FrontdeskError` where Spark would lay the secret of the ids of the day on disks as it is.
        """
        if policy.visitors.daily_id and not keeps_secrets(spark):
            raise FrontdeskError(
                "daily ids come of a secret, and Spark may lay it on disks: set spark.io.encryption.enabled=true"
            )
        self._spark = spark
        self._book = book.absolute()
        self._rejects = rejects
        self._format = format_
        self._progress = progress
        self._begins = begins
        self._has_begun = False
        self._block = block
        self._round = min(_MOST, _ROUND * spark.sparkContext.defaultParallelism)
        run, secret = secrets.token_hex(8), secrets.token_bytes(KEY_BYTES)
        self._order = Order(run, self._book, policy, shipped(spark, database), as_of, besides, secret, latest)
        self.totals = Totals()
        """What became of the lines of this run, also of one that failed."""
        self.doubts: list[str] = []
        """A line for each log that was taken for a known one, and may be another."""

    def run(self, logs: Sequence[Path]) -> Totals:
        """Write all that is new in the logs. Raises `FrontdeskError`; the rounds that were written until then stay."""
        self.totals, self.doubts, self._has_begun, names = Totals(), [], False, set[str]()
        try:
            DISK.make_folder(self._book / JOURNAL)
            with alone(self._book):
                journal = Journal(self._book)
                self._sign()
                try:
                    # Of logs that begin alike one is written after another: they may be copies.
                    for wave in zip_longest(*families([log.absolute() for log in logs])):
                        left = [each for each in wave if each]
                        while left:
                            left = self._wave(journal, left, names)
                finally:
                    self._order.sign().unlink(missing_ok=True)
                    tidy(self._book, names, DISK)
        except OSError as error:
            raise BookError(error.filename or self._book, f"cannot be written: {error.strerror}") from None
        return self.totals

    def _sign(self) -> None:
        """Let tasks see that the run is going on; what runs before left that were killed goes."""
        for left in (self._book / JOURNAL).glob("run-*"):
            left.unlink(missing_ok=True)
        self._order.sign().touch(mode=0o600)

    def _wave(self, journal: Journal, wave: Sequence[_Given], names: set[str]) -> list[_Given]:
        """Write what is new in some logs. Give those that must be planned anew afterwards: they begin as one does that
        is written now, and may go on otherwise."""
        asked = [
            Asked(log, digest(head), len(head), journal.known(head), self._format, self._block) for log, head in wave
        ]
        plans = [msgspec.msgpack.decode(told, type=Plan) for told in spread(self._spark, planned, asked)]
        for plan in plans:
            if plan.error:
                raise FrontdeskError(plan.error)
        self.doubts += [plan.doubt for plan in plans if plan.doubt]
        wave, plans, later = _one_for_each_entry(wave, plans)
        logs = {
            number: self._begin(journal, log, plan)
            for number, (log, plan) in enumerate(zip(wave, plans, strict=True))
            if plan.entry or plan.cuts
        }
        plans = [_named(plan, logs[number].entry) if plan.cuts else plan for number, plan in enumerate(plans)]
        names.update(cut.name for plan in plans for cut in plan.cuts)
        self.totals = self.totals.plus(Totals(known=sum(plan.known for plan in plans)))
        try:
            for tasks in _rounds(list(_tasks(logs, plans)), self._round):
                self._write(journal, logs, tasks)
        finally:
            for log in logs.values():
                self.totals = self.totals.plus(log.new())
        for log in logs.values():
            if not log.entry.written and not log.entry.counted:
                journal.forget(log.entry)  # nothing of it is in the book, so nothing can be there twice
        return later

    def _begin(self, journal: Journal, log: _Given, plan: Plan) -> _Log:
        """A log in which there may be something new, with nothing in the book that its entry does not know of."""
        path, head = log
        if plan.entry is None:
            return _Log(path, journal.begin(path.name, head), Totals())
        entry = next(each for each in journal.entries if each.id == plan.entry)
        for name in entry.pending:
            undo(self._book, name)
        entry.pending.clear()
        return _Log(path, entry, entry.totals)

    def _write(self, journal: Journal, logs: Mapping[int, _Log], tasks: Sequence[Task]) -> None:
        """One round: its blocks are written by the executors, and then put into the book."""
        if not self._has_begun:
            self._begins()
            self._has_begun = True
        work = partial(done, self._order, attempts(self._spark))
        answers = [msgspec.msgpack.decode(told, type=Answer) for told in spread(self._spark, work, tasks)]
        for answer in answers:
            if answer.error:
                raise FrontdeskError(answer.error)
        written = zip(tasks, answers, strict=True)
        for number, of_log in groupby(written, key=lambda each: each[0].plan):
            log = logs[number]
            blocks = [pair for task, answer in of_log for pair in zip(task.cuts, answer.done, strict=True)]
            self._reject(log.path.name, blocks)
            commit(journal, log.entry, blocks, DISK)
            self._progress(sum(cut.raw for cut, _ in blocks))

    def _reject(self, name: str, blocks: Sequence[tuple[Cut, Done]]) -> None:
        for _, block in blocks:
            self._rejects.write(name, [(line, block.reasons[reason]) for line, reason in block.rejects])


def _named(plan: Plan, entry: Entry) -> Plan:
    cuts = [msgspec.structs.replace(cut, name=entry.name_of(cut.sha256)) for cut in plan.cuts]
    return msgspec.structs.replace(plan, cuts=cuts)


def _one_for_each_entry(wave: Sequence[_Given], plans: Sequence[Plan]) -> tuple[list[_Given], list[Plan], list[_Given]]:
    """The logs that can be written now, with their plans, and those that wait: they have an entry of another."""
    seen: set[str] = set()
    now: list[tuple[_Given, Plan]] = []
    later: list[_Given] = []
    for log, plan in zip(wave, plans, strict=True):
        if plan.entry is not None and plan.entry in seen:
            later.append(log)
        else:
            seen.update([plan.entry] if plan.entry else [])
            now.append((log, plan))
    return [log for log, _ in now], [plan for _, plan in now], later


def _tasks(logs: Mapping[int, _Log], plans: Sequence[Plan]) -> Iterator[Task]:
    for number, log in logs.items():
        plan = plans[number]
        size = _PACKED if plan.packed else 1
        for start in range(0, len(plan.cuts), size):
            yield Task(number, log.path, plan.format, plan.cuts[start : start + size])


def _rounds(tasks: Sequence[Task], most: int) -> Iterator[Sequence[Task]]:
    """Tasks in their order, as many at once as have so many blocks; at least one."""
    first, blocks = 0, 0
    for place, task in enumerate(tasks):
        if place > first and blocks + len(task.cuts) > most:
            yield tasks[first:place]
            first, blocks = place, 0
        blocks += len(task.cuts)
    if tasks:
        yield tasks[first:]
