"""What a task of a cluster does, and the driver with it, whatever is done twice, too late or only in part."""

import gzip
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
import zstandard
from msgspec.structs import replace

from frontdesk.enrich.logs.source import Source
from frontdesk.geodb import Database
from frontdesk.middleware.bulk.hands import Here
from frontdesk.middleware.bulk.journal import HEAD, NAME, Journal, digest
from frontdesk.middleware.bulk.receive import NOTHING_BESIDES, Receiver
from frontdesk.middleware.bulk.rejects import Rejects
from frontdesk.middleware.bulk.run import Run
from frontdesk.middleware.bulk.spark.commit import commit, tidy
from frontdesk.middleware.bulk.spark.plan import Asked, families, plan
from frontdesk.middleware.bulk.spark.task import Answer, Order, Task, do
from frontdesk.middleware.bulk.totals import Totals
from frontdesk.policy import FrontdeskError, Policy
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.disk import DISK, UNFINISHED
from frontdesk.systemdata.shelf import segments
from frontdesk.systemdata.verify import verify

from .test_run import Failing, lines
from .visits import records

BLOCK = 2000


@pytest.fixture
def order(policy: Policy, tmp_path: Path) -> Order:
    """The order of a run that is going on."""
    run, book = secrets.token_hex(8), tmp_path / "book"
    given = Order(run, book, policy, None, 0, NOTHING_BESIDES, b"a secret of 32 bytes, of all ids")
    given.sign().parent.mkdir(parents=True)
    given.sign().touch()
    return given


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of some blocks."""
    path = tmp_path / "access.log"
    path.write_text(lines(0, 60))
    return path


def task_of(log: Path) -> Task:
    """The whole of a log as one task."""
    with Source(log) as source:
        head = source.head[:HEAD]
    told = plan(Asked(log, digest(head), len(head), [], "combined", BLOCK))
    return Task(0, log, told.format, [replace(cut, name=cut.sha256[:NAME]) for cut in told.cuts])


def left(book: Path) -> list[Path]:
    """What lies beside the book's files."""
    return list(book.rglob(f"*{UNFINISHED}"))


def commit_all(order: Order, task: Task, answer: Answer) -> None:
    """Make what a task has written part of the book."""
    journal = Journal(order.book)
    head = task.log.read_bytes()[:HEAD]
    entry = (journal.known(head) or [journal.begin(task.log.name, head)])[0]
    commit(journal, entry, list(zip(task.cuts, answer.done, strict=True)), DISK)


def test_a_task_that_is_done_twice_at_once_is_in_the_book_once(order: Order, log: Path) -> None:
    task, both = task_of(log), Barrier(2)

    def attempt() -> Answer:
        both.wait()
        return do(order, task)

    with ThreadPoolExecutor(2) as pool:
        first, second = (each.result() for each in [pool.submit(attempt), pool.submit(attempt)])
    assert first.done[0].files != second.done[0].files
    assert list(segments(order.book)) == []  # until the driver has taken one
    commit_all(order, task, second)
    assert left(order.book)
    tidy(order.book, {cut.name for cut in task.cuts}, DISK)
    assert left(order.book) == []
    assert len(list(records(order.book))) == 60
    assert all(each.damage is None for each in verify(order.book))


def test_an_attempt_that_nobody_waits_for_any_more_writes_nothing(order: Order, log: Path) -> None:
    task = task_of(log)
    order.sign().unlink()
    with pytest.raises(FrontdeskError, match="book: is not the driver's: it must lie where all machines see it"):
        do(order, task)
    assert left(order.book) == []


def test_what_lies_beside_the_book_s_files_and_is_of_others_stays(order: Order, log: Path) -> None:
    task = task_of(log)
    do(order, task)
    there = left(order.book)
    (there[0].parent / "somebody's.tmp").touch()
    tidy(order.book, {"0" * 16}, DISK)
    assert len(left(order.book)) == len(there) + 1


@pytest.mark.parametrize("after", range(5))
def test_a_driver_that_dies_while_it_puts_files_into_place_leaves_nothing_twice(
    after: int, order: Order, log: Path, database: Database, tmp_path: Path
) -> None:
    task = task_of(log)
    answer = do(order, task)
    journal = Journal(order.book)
    entry = journal.begin(log.name, log.read_bytes()[:HEAD])
    with pytest.raises(OSError, match="No space left"):
        commit(journal, entry, list(zip(task.cuts, answer.done, strict=True)), Failing("rename", after))
    receiver = Receiver(order.policy, database, 0)
    again = Run(Here(receiver), order.book, Rejects(tmp_path / "rejects"), format_="combined")
    assert again.run([log]) == Totals(60, 60)
    assert len(list(records(order.book))) == 60


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress])
def test_a_log_that_was_rotated_since_it_was_planned_is_refused(
    pack: Callable[[bytes], bytes], order: Order, log: Path
) -> None:
    log.write_bytes(pack(log.read_bytes()))
    task = task_of(log)
    log.write_bytes(pack(lines(100, 160).encode()))
    with pytest.raises(FrontdeskError, match=r"access.log: is another file than it was"):
        do(order, task)
    log.write_bytes(pack(b""))
    with pytest.raises(FrontdeskError, match=r"access.log: is another file than it was"):
        do(order, task)
    with pytest.raises(FrontdeskError, match=r"access.log: is another file than it was"):
        plan(Asked(log, digest(b"1"), 1, [], "combined", BLOCK))


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress])
@pytest.mark.parametrize("place", [0, 1, 70_000, 10_000_000, 30_000_000])
def test_a_source_is_passed_to_any_place(pack: Callable[[bytes], bytes], place: int, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    plain = b"".join(b"%07d\n" % number for number in range(2_000_000))
    log.write_bytes(pack(plain))
    with Source(log) as source:
        source.pass_to(place)
        block = source.skip_to(place + 10)
    assert (block.data if block else b"") == plain[place : place + 10]
    assert source.packed == (pack is not bytes)


def test_logs_that_begin_alike_are_of_one_family(tmp_path: Path) -> None:
    texts = {"a": "xy", "b": "q", "c": "xyz", "d": "", "e": "x" * 5000, "f": "x" * 5001, "g": "xya"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    found = families([tmp_path / name for name in texts])
    assert sorted(sorted(path.name for path, _ in family) for family in found) == [["a", "c", "g"], ["b"], ["e", "f"]]


def test_an_order_does_not_show_its_secret(order: Order) -> None:
    assert repr(order) == f"Order({order.run})"


def test_processes_that_share_a_run_s_secret_give_the_same_ids_and_another_run_others(order: Order, log: Path) -> None:
    found = []
    for secret in (b"1" * 32, b"1" * 32, b"2" * 32):
        run = secrets.token_hex(8)
        given = order._replace(run=run, secret=secret, book=order.book.with_name(run))
        given.sign().parent.mkdir(parents=True)
        given.sign().touch()
        task = task_of(log)
        commit_all(given, task, do(given, task))
        found.append({record[f.DAILY_ID] for record in records(given.book)})
    assert found[0] == found[1]
    assert len(found[0]) == 60
    assert not found[0] & found[2]


def test_a_task_rejects_lines_later_than_the_run_says(order: Order, log: Path) -> None:
    given = order._replace(latest=1_899_997_200 + 9)  # when the tenth was
    answer = do(given, task_of(log))
    assert sum(block.totals[1] for block in answer.done) == 10
    assert {reason for block in answer.done for reason in block.reasons} == {"the time is yet to come"}
    assert sum(len(block.rejects) for block in answer.done) == 50
