"""A log goes into a book once, whatever happens on the way."""

import gzip
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest

from frontdesk.analytics import Question, ask
from frontdesk.enrich.logs.source import Source
from frontdesk.geodb import Database
from frontdesk.middleware.bulk.hands import Here
from frontdesk.middleware.bulk.journal import Journal, forgotten, sweep
from frontdesk.middleware.bulk.receive import Receiver
from frontdesk.middleware.bulk.rejects import Rejects
from frontdesk.middleware.bulk.run import Run
from frontdesk.middleware.bulk.totals import Totals
from frontdesk.policy import FrontdeskError, Policy, Treatment
from frontdesk.systemdata import BookError
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.compact import compact
from frontdesk.systemdata.disk import Disk
from frontdesk.systemdata.move import move
from frontdesk.systemdata.pending import JOURNAL
from frontdesk.systemdata.purge import purge
from frontdesk.systemdata.read import read
from frontdesk.systemdata.shelf import segments
from frontdesk.systemdata.verify import verify
from frontdesk.systemdata.whole import files

from .visits import records

AT = "17/Mar/2030:17:{:02d}:{:02d} +0000"


def line(number: int, agent: str = "Mozilla/5.0 Firefox/140.0") -> str:
    """One line of the combined format; each is another visit."""
    at = AT.format(number // 60 % 60, number % 60)
    return (
        f'128.112.{number // 250 % 250}.{number % 250} - - [{at}] "GET / HTTP/1.1" {200 + number % 7} 1 "-" "{agent}"\n'
    )


def lines(first: int, last: int) -> str:
    """Several."""
    return "".join(map(line, range(first, last)))


Enrich = Callable[..., Totals]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """The folder of a book that is not there yet."""
    return tmp_path / "book"


@pytest.fixture
def enrich(policy: Policy, database: Database, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Enrich:
    """Enriches logs, in blocks of some lines each."""
    blocks = Source.blocks
    monkeypatch.setattr(Source, "blocks", lambda source: blocks(source, 2000))

    def enriched(
        *logs: Path,
        as_of: float = 0,
        disk: Disk | None = None,
        policy: Policy = policy,
        latest: float | None = None,
        format_: str = "combined",
    ) -> Totals:
        receiver = Receiver(policy, database, as_of, latest=latest)
        rejects = Rejects(tmp_path / "rejects")
        return Run(Here(receiver), book, rejects, format_=format_, disk=disk or Disk()).run(list(logs))

    return enriched


def statuses(book: Path) -> list[int]:
    """What tells visits apart here: the second and the status."""
    return sorted(
        int(record[f.STATUS]) * 10_000 + int(record[f.TIMESTAMP][14:16]) * 60 + int(record[f.TIMESTAMP][17:19])
        for record in records(book)
    )


def whole(book: Path, visits: int) -> bool:
    """Whether a book has so many visits, each once, its hours count as many, and it is sound."""
    found = statuses(book)
    counted = sum(record[f.VISITS] for record in records(book, "aggregate"))
    return len(found) == len(set(found)) == counted == visits and all(each.damage is None for each in verify(book))


def test_a_log_that_is_given_twice_is_written_once(enrich: Enrich, book: Path, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text(lines(0, 100))
    before = log.stat()
    assert enrich(log) == Totals(100, 100)
    again = tmp_path / "access.log.1.gz"
    again.write_bytes(gzip.compress(lines(0, 100).encode()))
    assert enrich(log, again) == Totals(known=200)
    assert whole(book, 100)
    assert (log.stat().st_mtime_ns, log.read_text()) == (before.st_mtime_ns, lines(0, 100))


def test_of_a_log_that_grew_only_what_is_new_is_written(enrich: Enrich, book: Path, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    for last in (1, 40, 41, 100):
        log.write_text(lines(0, last))
        enrich(log)
        assert whole(book, last)
    log.write_text(lines(0, 60))
    assert enrich(log) == Totals(known=60)
    assert whole(book, 100)


def test_a_log_that_begins_alike_and_goes_on_otherwise_is_another(enrich: Enrich, book: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one.log", tmp_path / "other.log"
    one.write_text(lines(0, 60) + lines(60, 100))
    other.write_text(lines(0, 60) + lines(200, 240))
    assert enrich(one) == Totals(100, 100)
    assert enrich(other) == Totals(100, 100)
    assert enrich(one, other) == Totals(known=200)


@pytest.fixture
def run(policy: Policy, database: Database, book: Path, tmp_path: Path) -> Run:
    """Enriches logs of whatever lines."""
    return Run(Here(Receiver(policy, database, 0)), book, Rejects(tmp_path / "rejects"), format_="combined")


def test_of_a_shorter_log_that_begins_as_a_known_one_nothing_is_written_and_that_is_told(
    run: Run, book: Path, tmp_path: Path
) -> None:
    known, other, copy = (tmp_path / name for name in ("known.log", "other.log", "copy.log"))
    known.write_text(lines(0, 100))
    run.run([known])
    other.write_text(lines(0, 60) + lines(200, 210))
    copy.write_text(lines(0, 60))
    assert run.run([other, copy]) == Totals(known=130)
    assert [doubt.partition(":")[0] for doubt in run.doubts] == [str(other), str(copy)]
    assert run.doubts[0].endswith(
        "nothing of it was written, as its first 4,096 bytes are those of known.log, which is known and longer: if it"
        " is no earlier copy of that log, enrich it into another folder"
    )
    assert run.run([known]) == Totals(known=100)
    assert run.doubts == []
    assert whole(book, 100)


def test_an_earlier_copy_that_ends_where_its_log_was_read_before_is_known_beyond_doubt(
    run: Run, book: Path, tmp_path: Path
) -> None:
    log = tmp_path / "access.log"
    for last in (60, 80, 100):
        log.write_text(lines(0, last))
        run.run([log])
    log.write_text(lines(0, 80))
    assert run.run([log]) == Totals(known=80)
    assert run.doubts == []
    assert whole(book, 100)


def test_a_log_is_known_beyond_doubt_though_a_longer_one_begins_as_it_does(
    run: Run, book: Path, tmp_path: Path
) -> None:
    long, short = tmp_path / "long.log", tmp_path / "short.log"
    short.write_text(lines(0, 60) + lines(200, 210))
    run.run([short])
    long.write_text(lines(0, 60) + lines(60, 150))
    run.run([long])
    assert run.run([short]) == Totals(known=70)
    assert run.doubts == []
    short.write_text(lines(0, 60) + lines(200, 220))
    assert run.run([short]) == Totals(10, 10, known=70)
    assert run.doubts == []


@pytest.mark.parametrize("zeros", [8_000, 70_000, 200_000])
@pytest.mark.parametrize("more", [0, 1_000])
def test_zero_bytes_at_their_beginnings_do_not_make_one_log_of_two(
    zeros: int, more: int, run: Run, book: Path, tmp_path: Path
) -> None:
    """A log that is emptied under its writer goes on behind as many of them as it had been long."""
    one, other, copy = (tmp_path / name for name in ("one.log", "other.log", "copy.log"))
    one.write_text("\0" * zeros + "\n" + lines(0, 3_000))
    other.write_text("\0" * (zeros + more) + "\n" + lines(3_000, 3_100))
    copy.write_text("\0" * zeros + "\n" + lines(0, 1_000))
    assert run.run([one]) == Totals(3_001, 3_000, 0, 0, 1)
    assert run.run([other]) == Totals(101, 100, 0, 0, 1)
    assert run.run([one, other]) == Totals(known=3_102)
    assert run.doubts == []
    assert run.run([copy]) == Totals(known=1_001)
    assert len(run.doubts) == 1


@pytest.mark.parametrize("cut", [1, 5, 60, 90])
def test_a_last_line_that_was_torn_is_read_once_it_is_whole(
    cut: int, enrich: Enrich, book: Path, tmp_path: Path
) -> None:
    log = tmp_path / "access.log"
    text = lines(0, 30)
    log.write_text(text[:-cut])
    first = enrich(log)
    assert first.read == 30
    assert first.written == (30 if cut == 1 else 29)
    log.write_text(text + lines(30, 35))
    second = enrich(log)
    assert whole(book, 35)
    assert second.written == 35 - first.written
    assert enrich(log).read == 0


def test_a_last_line_that_is_torn_again_and_again_is_read_once_it_is_whole(
    enrich: Enrich, book: Path, tmp_path: Path
) -> None:
    log = tmp_path / "access.log"
    text = lines(0, 30)
    for cut in (90, 60, 60, 5):
        log.write_text(text[:-cut])
        enrich(log)
        assert whole(book, 29)
    log.write_text(text + lines(30, 35))
    assert enrich(log).written == 6
    assert whole(book, 35)


def test_of_a_torn_last_line_that_has_not_grown_nothing_is_new(enrich: Enrich, book: Path, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text(lines(0, 30)[:-60])
    assert enrich(log) == Totals(30, 29, 0, 0, 1)
    for _ in range(3):
        assert enrich(log) == Totals(known=29)
    assert whole(book, 29)


IIS = "#Fields: date time s-ip cs-method cs-uri-stem c-ip sc-status\n"
IIS_LATER = "#Fields: date time c-ip cs-method cs-uri-stem sc-status s-ip\n"


def iis_lines(first: int, last: int) -> str:
    """Several lines of IIS, which have the fields that it names first."""
    return "".join(
        f"2030-03-17 17:{number // 60:02d}:{number % 60:02d} 10.0.0.1 GET / 128.112.0.{number} {200 + number % 7}\n"
        for number in range(first, last)
    )


@pytest.mark.parametrize("cuts", [[1], [8], [60, 40], [55, 55, 20], [20, 1]])
def test_a_line_that_names_the_fields_and_was_torn_is_heard_once_it_is_whole(
    cuts: list[int], enrich: Enrich, book: Path, tmp_path: Path
) -> None:
    log = tmp_path / "u_ex.log"
    before = IIS_LATER + "".join(_as_later(line) for line in iis_lines(0, 30).splitlines()) + IIS
    for cut in cuts:
        log.write_text(before[:-cut])
        enrich(log, format_="iis")
        assert whole(book, 30)
    log.write_text(before + iis_lines(30, 50))
    assert enrich(log, format_="iis").read == 20
    assert whole(book, 50)


def _as_later(line: str) -> str:
    day, time, server, method, target, client, status = line.split()
    return f"{day} {time} {client} {method} {target} {status} {server}\n"


def test_lines_that_have_expired_are_counted_and_not_written(
    enrich: Enrich, book: Path, tmp_path: Path, policy: Policy
) -> None:
    log = tmp_path / "access.log"
    log.write_text(lines(0, 100))
    at = 1_899_997_200 + policy.retention.visit.days * 86_400  # when what is of 17:00:00 expires
    assert enrich(log, as_of=at + 100) == Totals(100, 0, 0, 100)
    assert list(book.glob("visit/*")) == []
    # Nothing of it is there, so it may be tried again, of another day.
    assert enrich(log, as_of=at + 39) == Totals(100, 60, 0, 40)
    assert whole(book, 60)


def test_lines_that_cannot_be_read_are_named_by_number_and_reason_only(enrich: Enrich, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text(
        lines(0, 30)
        + "secret 203.0.113.77\n"
        + line(31)
        + line(32).replace("128.112", "host")
        + line(33).replace("Mar", "Mai")
    )
    assert enrich(log) == Totals(34, 31, 0, 0, 3)
    rejects = tmp_path / "rejects"
    assert stat.S_IMODE(rejects.stat().st_mode) == 0o600
    told = [orjson.loads(each) for each in rejects.read_bytes().splitlines()]
    assert [(each["log"], each["line"], each["reason"]) for each in told] == [
        ("access.log", 31, "the line is not of the format"),
        ("access.log", 33, "the client's address cannot be read"),
        ("access.log", 34, "the time cannot be read"),
    ]
    assert b"203.0.113.77" not in rejects.read_bytes()


def test_lines_later_than_now_are_rejected_with_a_reason_of_their_own(
    enrich: Enrich, book: Path, tmp_path: Path
) -> None:
    log = tmp_path / "access.log"
    late, unknown = line(100).replace("2030", "2099"), line(200).replace("128.112", "host")
    log.write_text(lines(0, 3) + late + unknown + late.replace("128.112", "host") + lines(210, 213))
    at_the_last = 1_899_997_200 + 212  # when the last of the others was
    assert enrich(log, latest=at_the_last) == Totals(9, 6, 0, 0, 3)
    assert whole(book, 6)
    told = [orjson.loads(each) for each in (tmp_path / "rejects").read_bytes().splitlines()]
    assert [(each["line"], each["reason"]) for each in told] == [
        (4, "the time is yet to come"),
        (5, "the client's address cannot be read"),
        (6, "the time is yet to come"),
    ]


def test_a_last_line_that_is_later_than_now_was_not_written(enrich: Enrich, book: Path, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    late = line(100).replace("2030", "2099")
    log.write_text(lines(0, 3) + late[:-1])
    assert enrich(log, latest=1_900_000_000) == Totals(4, 3, 0, 0, 1)
    log.write_text(lines(0, 3) + late + lines(3, 6))
    enrich(log, latest=1_900_000_000)
    assert whole(book, 6)


def test_nobody_else_can_read_what_is_written(enrich: Enrich, book: Path, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text(lines(0, 30))
    enrich(log)
    for path in [book, *book.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_no_file_has_a_whole_address(enrich: Enrich, book: Path, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text(lines(0, 200).replace("128.112.0.", "128.112.99."))
    enrich(log)
    for record in records(book):
        assert record[f.CLIENT_NETWORK].endswith(".0/24")
    assert all(b"128.112.99.1" not in path.read_bytes() for path in book.rglob("*") if path.is_file())


class Failing(Disk):
    """A disk on which the n-th renaming, or any other call, fails, and whatever comes after."""

    def __init__(self, call: str, after: int) -> None:
        self.left = after
        self._call = call

    def _fail(self, call: str) -> None:
        if call == self._call:
            self.left -= 1
            if self.left < 0:
                raise OSError(28, "No space left on device", "the disk")

    def rename(self, path: Path, target: Path) -> None:
        self._fail("rename")
        super().rename(path, target)

    def write(self, fd: int, data: memoryview | bytes) -> int:
        self._fail("write")
        return super().write(fd, data)

    def sync(self, fd: int) -> None:
        self._fail("sync")
        super().sync(fd)


@pytest.mark.parametrize("call", ["rename", "write", "sync"])
@pytest.mark.parametrize("after", [0, 1, 2, 3, 5, 8, 13, 21])
def test_a_run_that_failed_anywhere_goes_on_and_nothing_is_twice(
    call: str, after: int, enrich: Enrich, book: Path, tmp_path: Path
) -> None:
    log = tmp_path / "access.log"
    log.write_text(lines(0, 150))
    with pytest.raises(BookError, match="No space left on device"):
        enrich(log, disk=Failing(call, after))
    done = enrich(log)
    assert done.known + done.read == 150
    assert whole(book, 150)


def test_what_a_failed_run_left_is_written_anew_under_another_policy(
    enrich: Enrich, book: Path, tmp_path: Path, policy: Policy
) -> None:
    log = tmp_path / "access.log"
    log.write_text(lines(0, 60))
    with pytest.raises(BookError):
        enrich(log, disk=Failing("rename", 5))
    entities = tuple(reversed(policy.entities))
    moved = tuple(
        msgspec.structs.replace(entity, countries=other.countries)
        for entity, other in zip(policy.entities, entities, strict=True)
    )
    enrich(log, policy=msgspec.structs.replace(policy, entities=moved))
    assert whole(book, 60)


_KILLED = """
import os, signal, sys
from pathlib import Path
from frontdesk.enrich.logs.source import Source
from frontdesk.geodb import Database
from frontdesk.middleware.bulk import run
from frontdesk.middleware.bulk.hands import Here
from frontdesk.middleware.bulk.receive import Receiver
from frontdesk.middleware.bulk.rejects import Rejects
from frontdesk.policy import EXAMPLE, load
from frontdesk.systemdata.disk import Disk

class Killing(Disk):
    left = 7
    def rename(self, path, target):
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)
        super().rename(path, target)

blocks = run.Source.blocks
run.Source.blocks = lambda source: blocks(source, 2000)
book, log = map(Path, sys.argv[1:])
receiver = Receiver(load(EXAMPLE), Database(), 0)
run.Run(Here(receiver), book, Rejects(Path("rejects")), format_="combined", disk=Killing()).run([log])
"""


def test_a_run_that_was_killed_goes_on_and_nothing_is_twice(enrich: Enrich, book: Path, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text(lines(0, 150))
    done = subprocess.run([sys.executable, "-c", _KILLED, book, log], cwd=tmp_path, check=False)
    assert done.returncode == -signal.SIGKILL
    assert Journal(book).entries[0].pending
    totals = enrich(log)
    assert totals.known + totals.read == 150
    assert whole(book, 150)


def test_what_a_killed_run_left_is_neither_compacted_nor_archived_until_it_is_written_anew(
    enrich: Enrich, book: Path, tmp_path: Path
) -> None:
    log = tmp_path / "access.log"
    log.write_text(lines(0, 150))
    subprocess.run([sys.executable, "-c", _KILLED, book, log], cwd=tmp_path, check=False)
    (tmp_path / "archive").mkdir()
    later, url = datetime(2030, 3, 20, tzinfo=UTC), f"file://{tmp_path}/archive"
    begun = Journal(book).entries[0].pending
    left = [path for path in segments(book) if any(name in path.name for name in begun)]
    assert left
    compact(book, later)
    move(book, url, later)
    assert list(segments(book)) == left
    enrich(log)
    for _ in range(2):
        assert visits_and_counts(book) == (150, 150)
        compact(book, later)
        move(book, url, later)
    assert list(segments(book)) == []


def visits_and_counts(book: Path) -> tuple[int, int]:
    """How many visits a book and its archive have, and how many their hours count."""
    found = [orjson.loads(line) for _, path in files(book) for line in read(path)]
    counts = [record[f.VISITS] for record in found if record[f.RETENTION_CLASS] == "aggregate"]
    return len(found) - len(counts), sum(counts)


@pytest.mark.parametrize("change", [compact, partial(move, url="file:///nowhere")])
def test_a_journal_that_cannot_be_read_keeps_a_book_as_it_is(
    change: Callable[..., object], enrich: Enrich, book: Path, tmp_path: Path
) -> None:
    log = tmp_path / "access.log"
    log.write_text(lines(0, 3))
    enrich(log)
    (entry,) = (book / JOURNAL).iterdir()
    entry.write_text("{")
    with pytest.raises(BookError, match="is no entry of the journal"):
        change(book, now=datetime(2030, 3, 20, tzinfo=UTC))


def test_a_journal_that_cannot_be_read_stops_the_run(enrich: Enrich, book: Path, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text(lines(0, 3))
    enrich(log)
    (entry,) = (book / JOURNAL).iterdir()
    entry.write_text("{")
    with pytest.raises(BookError, match="is no entry of the journal"):
        enrich(log)


def test_visits_that_are_only_counted_are_in_the_hours_counts_and_nowhere_else(
    policy: Policy, database: Database, book: Path, tmp_path: Path
) -> None:
    signals = msgspec.structs.replace(policy.signals, dnt=Treatment.COUNT)
    log = tmp_path / "access.log"
    log.write_text("".join(f'{line(number).rstrip()} "1"\n' for number in range(5)))
    text = '$remote_addr - $remote_user [$time_local] "$request" $status $size "$http_referer" "$http_user_agent"'
    text += ' "$http_dnt"'
    receiver = Receiver(msgspec.structs.replace(policy, signals=signals), database, 0)
    run = Run(Here(receiver), book, Rejects(tmp_path / "rejects"), format_=text)
    assert run.run([log]) == Totals(5, 0, 5)
    assert list(records(book)) == []
    assert sum(record[f.COUNTED] for record in records(book, "aggregate")) == 5
    assert [entry.until for entry in Journal(book).entries] == [EXPIRES + 4]
    assert run.run([log]) == Totals(known=5)


def test_nothing_is_known_of_a_log_before_it_could_be_said_that_it_is_written(
    policy: Policy, database: Database, book: Path, tmp_path: Path
) -> None:
    log = tmp_path / "access.log"
    log.write_text(lines(0, 10))
    hands, rejects = Here(Receiver(policy, database, 0)), Rejects(tmp_path / "rejects")

    def refuse() -> None:
        assert entries(book) == []
        raise BookError(book, "cannot be written")

    with pytest.raises(BookError):
        Run(hands, book, rejects, begins=refuse).run([log])
    assert [path for path in book.rglob("*") if path.is_file() and path.stat().st_size] == []
    begun: list[int] = []
    run = Run(hands, book, rejects, begins=lambda: begun.append(len(list(records(book)))))
    assert run.run([log, log]).written == 10
    assert begun == [0]
    assert run.run([log]).known == 10
    assert begun == [0]


def test_an_empty_log_is_no_log(enrich: Enrich, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text("")
    assert enrich(log) == Totals()


def test_a_folder_that_cannot_be_made_is_told(enrich: Enrich, book: Path, tmp_path: Path) -> None:
    book.write_text("")
    log = tmp_path / "access.log"
    log.write_text(line(1))
    with pytest.raises(FrontdeskError, match=r"book: cannot be made"):
        enrich(log)


def test_a_log_that_grows_does_not_make_one_person_ten(enrich: Enrich, book: Path, policy: Policy) -> None:
    """Each run has keys of its own, so one address has twelve ids of one day: a report takes them for one visitor."""
    log = book.parent / "grow.log"
    for number in range(12):
        with log.open("a") as grows:
            grows.write(f'128.112.0.7 - - [{AT.format(9, number)}] "GET / HTTP/1.1" 200 1 "-" "Firefox/140.0"\n')
        enrich(log)
    assert len({record[f.DAILY_ID] for record in records(book)}) == 12
    kept = msgspec.structs.replace(policy, log=msgspec.structs.replace(policy.log, directory=book))
    day = date(2030, 3, 17)
    question = Question("marketing_analytics", ("organisation", "day"), day, day, "anna")
    answer = ask(kept, question, now=datetime(2030, 3, 18, tzinfo=UTC), witness=lambda _: None)
    assert answer.rows == ()
    assert answer.summary.visitors is None


EXPIRES = 1_899_997_200 + 90 * 86_400  # what is of 17:00:00


def entries(book: Path) -> list[Path]:
    """The files of a book's journal."""
    return sorted((book / ".enriched").glob("*.json"))


def test_the_journal_forgets_a_log_when_its_last_visit_expires(enrich: Enrich, book: Path, tmp_path: Path) -> None:
    one, more = tmp_path / "one.log", tmp_path / "more.log"
    one.write_text(line(0))
    more.write_text(lines(1, 100))
    enrich(one, more)
    for path in entries(book):
        os.utime(path, (EXPIRES, EXPIRES))
    assert sweep(book, EXPIRES - 1, 90) == 0
    assert sweep(book, EXPIRES, 90, dry_run=True) == 1
    assert len(entries(book)) == 2
    assert sweep(book, EXPIRES, 90) == 1
    assert sweep(book, EXPIRES + 98, 90) == 0
    assert sweep(book, EXPIRES + 99, 90) == 1
    assert entries(book) == []
    assert forgotten(book) == EXPIRES + 99 - 90 * 86_400
    assert enrich(one, more, as_of=EXPIRES + 99) == Totals(100, 0, 0, 100)
    assert sweep(book, EXPIRES + 10_000, 90) == 0
    assert forgotten(book) == EXPIRES + 99 - 90 * 86_400


@pytest.mark.parametrize(
    "change", [{"last": 0, "until": 0}, {"pending": ["a"]}], ids=["of an older version", "of a run that failed"]
)
def test_the_journal_forgets_an_entry_that_does_not_know_by_when_it_was_written(
    change: dict[str, Any], enrich: Enrich, book: Path, tmp_path: Path
) -> None:
    log = tmp_path / "access.log"
    log.write_text(lines(0, 10))
    enrich(log)
    (path,) = entries(book)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    os.utime(path, (EXPIRES, EXPIRES))
    assert sweep(book, EXPIRES + 91 * 86_400 - 1, 90) == 0
    assert sweep(book, EXPIRES + 91 * 86_400, 90) == 1


@pytest.mark.parametrize("compacted", [False, True])
def test_the_counts_of_an_hour_go_within_the_hour(
    compacted: bool, enrich: Enrich, book: Path, tmp_path: Path, policy: Policy
) -> None:
    log = tmp_path / "access.log"
    log.write_text("".join(line(0).replace("17:00:00", f"{hour:02d}:30:00") for hour in range(24)))
    enrich(log)
    if compacted:
        compact(book, datetime(2030, 3, 20, tzinfo=UTC))
    first = datetime(2030, 3, 17, tzinfo=UTC) + timedelta(policy.retention.aggregate.days)
    for hour in range(24):
        now = first + timedelta(hours=hour + 1)
        purge(policy, book, now)
        left = [record[f.EXPIRES_AT] for record in records(book, "aggregate")]
        assert all(datetime.fromisoformat(each) > now - timedelta(hours=1) for each in left)
        assert len(left) <= 24 - hour
    assert purge(policy, book, now).records == {}
    assert all(each.damage is None for each in verify(book))
