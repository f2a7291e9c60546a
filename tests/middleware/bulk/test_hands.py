"""Blocks are written by this process or by several: the book is the same, and nothing is lost or doubled with one."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from frontdesk.enrich.logs.source import BLOCK, Block, Source
from frontdesk.geodb import EMBEDDED, Database, DatabaseError
from frontdesk.middleware.bulk import crew, hands, piece
from frontdesk.middleware.bulk.block import Written
from frontdesk.middleware.bulk.crew import Crew
from frontdesk.middleware.bulk.hands import Here
from frontdesk.middleware.bulk.journal import Journal, digest
from frontdesk.middleware.bulk.piece import Piece, Write
from frontdesk.middleware.bulk.receive import Besides
from frontdesk.middleware.bulk.rejects import Rejects
from frontdesk.middleware.bulk.rules import Rules
from frontdesk.middleware.bulk.run import Run
from frontdesk.middleware.bulk.totals import Totals
from frontdesk.policy import FrontdeskError, Policy
from frontdesk.systemdata import BookError
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.disk import Disk
from frontdesk.systemdata.lock import alone
from frontdesk.systemdata.pending import JOURNAL
from frontdesk.systemdata.shelf import segments

from .test_run import lines, whole
from .visits import records

_FIRST = 100


@pytest.fixture
def rules(policy: Policy, database: Database) -> Rules:
    """By what the blocks are written."""
    return Rules(policy, EMBEDDED, database.manifest.sha256, 0, secret=bytes(32))


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log of several small blocks, and one line that cannot be read."""
    blocks = Source.blocks
    monkeypatch.setattr(Source, "blocks", lambda source: blocks(source, 2000))
    path = tmp_path / "access.log"
    path.write_text(lines(0, _FIRST) + "no line of a log\n" + lines(_FIRST, 200))
    return path


def run(made: hands.Hands, book: Path, log: Path) -> Totals:
    return Run(made, book, Rejects(book.with_name(f"{book.name}.rejects")), format_="combined").run([log])


def test_a_crew_writes_what_one_process_does(rules: Rules, log: Path, tmp_path: Path) -> None:
    books = [tmp_path / "one", tmp_path / "several"]
    both: tuple[hands.Hands, ...] = (Here(rules.receiver(), 1), Crew(2, rules))
    for book, made in zip(books, both, strict=True):
        assert run(made, book, log) == Totals(201, 200, 0, 0, 1)
    told = [sorted(records(book), key=lambda record: str(record[f.TIMESTAMP])) for book in books]
    assert told[0] == told[1]
    assert {record.get(f.DAILY_ID) is None for record in told[0]} == {False}
    rejected = [book.with_name(f"{book.name}.rejects").read_bytes() for book in books]
    assert rejected[0] == rejected[1]
    assert run(Crew(2, rules), books[1], log) == Totals(known=201)
    assert whole(books[1], 200)


def test_a_process_of_a_crew_that_is_killed_ends_the_run_and_the_next_goes_on(
    rules: Rules, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = crew._Process.answer
    answers = 0

    def kills(process: crew._Process) -> object:
        nonlocal answers
        answers += 1
        if answers == 6:
            process._process.kill()
        return told(process)

    monkeypatch.setattr(crew._Process, "answer", kills)
    book = tmp_path / "book"
    with pytest.raises(FrontdeskError, match=r"wrote a part of the log was ended by SIGKILL, .* goes on"):
        run(Crew(2, rules), book, log)
    monkeypatch.undo()
    blocks = Source.blocks
    monkeypatch.setattr(Source, "blocks", lambda source: blocks(source, 2000))
    done = run(Here(rules.receiver(), 1), book, log)
    assert done.known + done.read == 201
    assert whole(book, 200)


def test_no_process_is_started_for_a_log_that_is_known(
    rules: Rules, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = tmp_path / "book"
    run(Here(rules.receiver(), 1), book, log)

    def started(_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(crew, "_Process", started)
    assert run(Crew(2, rules), book, log) == Totals(known=201)


def test_a_process_that_cannot_be_started_is_told(
    rules: Rules, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", refused)
    with pytest.raises(FrontdeskError, match="no process can be started to write with: Resource temporarily"):
        run(Crew(2, rules), tmp_path / "book", log)


def test_what_a_failed_run_told_is_not_told_again(rules: Rules, log: Path, tmp_path: Path) -> None:
    book = tmp_path / "book"
    rejects = book.with_name("book.rejects")
    first = Run(_Breaking(rules, 7), book, Rejects(rejects), format_="combined")
    with pytest.raises(FrontdeskError, match="broke"):
        first.run([log])
    assert 0 < first.totals.written < 200
    second = run(Here(rules.receiver(), 1), book, log)
    assert first.totals.written + second.written == 200
    assert first.totals.read + second.read == 201
    assert len(rejects.read_bytes().splitlines()) == 1
    assert whole(book, 200)


class _Breaking:
    """One hand that breaks after some blocks."""

    size = 1

    def __init__(self, rules: Rules, after: int) -> None:
        self._here, self._left = Here(rules.receiver(), 1), after

    @contextmanager
    def at(self, book: Path, held: int, disk: Disk) -> Iterator[Write]:
        with self._here.at(book, held, disk) as write:

            def broken(piece: Piece) -> Written:
                self._left -= 1
                if self._left < 0:
                    raise FrontdeskError("broke")
                return write(piece)

            yield broken


def test_no_name_in_the_book_is_a_digest_of_the_log(rules: Rules, tmp_path: Path) -> None:
    log, book = tmp_path / "access.log", tmp_path / "book"
    log.write_text(lines(0, 1))
    run(Here(rules.receiver(), 1), book, log)
    told = digest(log.read_bytes())
    (entry,) = Journal(book).entries
    there = [path for path in segments(book) if "audit" not in path.parts]
    assert len(there) == 2
    assert all(entry.name_of(told) in path.name for path in there)
    (book / JOURNAL / f"{entry.id}.json").unlink()
    assert not any(told[:8] in path.name or told[:8].encode() in path.read_bytes() for path in there)


_SLOW = """
import sys, time
from pathlib import Path
from frontdesk.enrich.logs.source import Source
from frontdesk.geodb import EMBEDDED, Database
from frontdesk.middleware.bulk.crew import Crew
from frontdesk.middleware.bulk.rules import Rules
from frontdesk.middleware.bulk.rejects import Rejects
from frontdesk.middleware.bulk.run import Run
from frontdesk.policy import EXAMPLE, load

def slowly(source):
    for block in blocks(source, 2000):
        yield block
        print("read", flush=True)
        time.sleep(0.1)

blocks = Source.blocks
Source.blocks = slowly
book, log = map(Path, sys.argv[1:])
rules = Rules(load(EXAMPLE), EMBEDDED, Database().manifest.sha256, 0)
Run(Crew(2, rules), book, Rejects(Path("rejects")), format_="combined").run([log])
"""


def test_a_crew_whose_run_is_killed_ends_and_holds_the_book_until_then(rules: Rules, log: Path, tmp_path: Path) -> None:
    book = tmp_path / "book"
    with subprocess.Popen(
        [sys.executable, "-c", _SLOW, book, log], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        for _ in range(4):
            assert process.stdout.readline() == b"read\n"
        crew = _children(process.pid)
        os.kill(crew[0], signal.SIGSTOP)
        process.kill()
        process.wait()
        with pytest.raises(BookError, match="another command is changing this book"), alone(book):
            pass
        os.kill(crew[0], signal.SIGCONT)
        assert process.stderr is not None
        assert process.stderr.read() == b""  # to its end: none of the crew is there any more
    assert len(crew) == 2
    done = run(Here(rules.receiver(), 1), book, log)
    assert done.known + done.read == 201
    assert whole(book, 200)


def _children(process: int) -> list[int]:
    tasks = Path(f"/proc/{process}/task").iterdir()
    return sorted(int(each) for task in tasks for each in (task / "children").read_text().split())


def test_what_a_crew_cannot_begin_with_is_told(rules: Rules, log: Path, tmp_path: Path) -> None:
    with pytest.raises(FrontdeskError, match=r"products/{"):
        run(Crew(2, rules._replace(besides=Besides(routes=("/products/{",)))), tmp_path / "book", log)
    with pytest.raises(FrontdeskError, match=r"frontdesk-lite.mmdb: was replaced just now: run the command again"):
        run(Crew(1, rules._replace(sha256="0" * 64)), tmp_path / "book", log)
    with pytest.raises(DatabaseError, match="was replaced just now"):
        rules._replace(sha256="0" * 64).receiver()


def test_a_full_disk_is_told_through_the_crew(rules: Rules, log: Path, tmp_path: Path) -> None:
    book = tmp_path / "book"
    book.mkdir()
    (book / "visit").write_text("no folder can be made here")
    with pytest.raises(BookError, match="cannot be written: "):
        run(Crew(1, rules), book, log)


def test_a_fault_of_our_own_shows_nothing_of_a_line(
    rules: Rules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ValueError("203.0.113.7 asked for /?name=secret")

    monkeypatch.setattr(piece, "write", fails)
    one = Piece("combined", "", Block(0, 41, b"203.0.113.7 - - secret\n"), "0" * 16)
    with pytest.raises(FrontdeskError, match=r"line 41 .*: ValueError at .*test_hands.py:\d+") as told:
        piece.written(rules.receiver(), one, tmp_path)
    assert told.value.__suppress_context__
    assert "203" not in str(told.value)
    assert "secret" not in str(told.value)


def test_nothing_that_shows_rules_shows_their_secret(rules: Rules) -> None:
    assert "00" not in repr(rules)


@pytest.mark.parametrize(
    ("cores", "sizes", "size"),
    [(1, [10 * BLOCK], 1), (4, [BLOCK // 2], 1), (4, [BLOCK, 2 * BLOCK], 4), (4, [BLOCK, 0], 2), (64, [99 * BLOCK], 8)],
)
def test_there_are_as_many_hands_as_cores_and_blocks(
    cores: int, sizes: list[int], size: int, rules: Rules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)))
    logs = [tmp_path / f"{number}.log" for number in range(len(sizes))]
    for log, each in zip(logs, sizes, strict=True):
        with log.open("wb") as stream:
            stream.truncate(each)
    made = hands.hands(logs, rules)
    assert made.size == size
    assert isinstance(made, Here if size == 1 else Crew)


def test_a_log_whose_length_nobody_knows_gets_all_hands(rules: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    assert hands.hands([Path("-")], rules).size == 2
