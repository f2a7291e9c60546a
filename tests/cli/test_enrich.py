"""`frontdesk enrich`, as a person runs it, and every other command on the book that it made."""

import gzip
import json
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from frontdesk.systemdata.read import read
from frontdesk.systemdata.shelf import segments

from .conftest import Command

TOTALS = {"read": 0, "written": 0, "counted": 0, "expired": 0, "rejected": 0, "known": 0}


def log_of(folder: Path, visits: int, days: int = 3, name: str = "access.log") -> Path:
    """A log of visits from many addresses of one university, some days ago."""
    start = datetime.now(UTC) - timedelta(days=days)
    path = folder / name
    with path.open("w") as stream:
        for number in range(visits):
            at = (start + timedelta(seconds=number)).strftime("%d/%b/%Y:%H:%M:%S +0000")
            request = f'"GET /products/{number % 7}?token=secret HTTP/1.1" 200 5'
            stream.write(
                f'128.112.{number % 200}.{number % 199 + 1} - - [{at}] {request} "-" "Mozilla/5.0 Firefox/140.0"\n'
            )
    return path


def totals(told: str) -> dict[str, Any]:
    """The totals of a run."""
    found: dict[str, Any] = json.loads(told.splitlines()[-1])
    return found


def test_a_log_becomes_a_book_that_every_other_command_takes_for_its_own(frontdesk: Command, tmp_path: Path) -> None:
    log_of(tmp_path, 300)
    done = frontdesk("enrich", "access.log", "--out", "visitors-book", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert totals(done.stdout) == TOTALS | {"read": 300, "written": 300}
    assert all(path.suffix == ".parquet" for path in segments(tmp_path / "visitors-book") if "visit" in path.parts)
    verified = frontdesk("log", "verify", "visitors-book")
    assert verified.returncode == 0
    assert " 0 damaged, 0 suspect" in verified.stdout
    report = frontdesk("report", "--purpose", "marketing_analytics", "--by", "organisation", "--format", "csv")
    assert report.returncode == 0, report.stderr
    assert "Princeton University" in report.stdout
    assert frontdesk("log", "purge", "--dry-run").returncode == 0
    again = frontdesk("enrich", "access.log", "--out", "visitors-book", "--json")
    assert totals(again.stdout) == TOTALS | {"known": 300}


def test_a_run_that_is_refused_leaves_nothing(frontdesk: Command, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("these are\nno lines\nof a log\n")
    before = sorted(tmp_path.rglob("*"))
    done = frontdesk("enrich", "notes.txt", "--out", "years/2026/visitors-book")
    assert done.returncode != 0
    assert "is in no format that is known" in done.stderr
    assert sorted(tmp_path.rglob("*")) == before
    log_of(tmp_path, 5)
    frontdesk("enrich", "access.log", "--out", "book")
    before = sorted(tmp_path.rglob("*"))
    assert frontdesk("enrich", "notes.txt", "--out", "book").returncode == done.returncode
    assert sorted(tmp_path.rglob("*")) == before


def test_what_was_written_before_a_run_failed_is_in_the_audit_record(frontdesk: Command, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("these are\nno lines\nof a log\n")
    log_of(tmp_path, 7)
    assert frontdesk("enrich", "access.log", "notes.txt", "--out", "visitors-book").returncode == 1
    begun, end = details(tmp_path / "visitors-book")
    assert (begun["logs"], begun["state"], "read" in begun) == (2, "begun", False)
    assert (end["logs"], end["state"], end["read"], end["written"]) == (2, "broken_off", 7, 7)


# Reads a log in small blocks, and waits for ever before the third.
_SLOWLY = """
import sys, time
from frontdesk.cli import main
from frontdesk.enrich.logs.source import Source

def slowly(source):
    for number, block in enumerate(blocks(source, 500)):
        if number == 2:
            print("two", flush=True)
            time.sleep(600)
        yield block

blocks, Source.blocks = Source.blocks, slowly
main()
"""


def test_a_run_that_is_killed_is_in_the_audit_records(frontdesk: Command, tmp_path: Path) -> None:
    log_of(tmp_path, 30)
    words = ["enrich", "access.log", "--out", "book", "--json"]
    with subprocess.Popen(
        [sys.executable, "-c", _SLOWLY, *words], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"two\n"
        process.kill()
    assert [each["state"] for each in details(tmp_path / "book")] == ["begun"]
    assert totals(frontdesk(*words).stdout)["rejected"] == 0
    assert [each["state"] for each in details(tmp_path / "book")] == ["begun", "begun", "ended"]
    frontdesk(*words)  # everything is known: nothing is written, and so no record of that
    assert len(details(tmp_path / "book")) == 3


def details(book: Path) -> list[dict[str, Any]]:
    """What the audit records of a book tell, oldest first."""
    there = (path for path in segments(book) if "audit" in path.parts)
    return [json.loads(line)["frontdesk.audit.details"] for path in there for line in read(path)]


def test_purge_takes_what_enrich_wrote_when_it_expires(frontdesk: Command, tmp_path: Path) -> None:
    log_of(tmp_path, 50, days=2000)
    as_of = f"{datetime.now(UTC) - timedelta(days=1990):%Y-%m-%d}"
    done = frontdesk("enrich", "access.log", "--out", "visitors-book", "--as-of", as_of, "--json")
    assert totals(done.stdout) == TOTALS | {"read": 50, "written": 50}
    would = frontdesk("log", "purge", "--dry-run")
    assert "journal     1 logs would go" in would.stdout
    book = tmp_path / "visitors-book"
    assert len(list((book / ".enriched").glob("*.json"))) == 1
    done = frontdesk("log", "purge")
    assert done.returncode == 0
    assert "journal     1 logs gone: all that came of them has expired" in done.stdout
    assert [path for path in segments(book) if "audit" not in path.parts] == []
    assert list((book / ".enriched").glob("*.json")) == []
    for more in ((), ("--as-of", as_of)):
        again = frontdesk("enrich", "access.log", "--out", "visitors-book", "--json", *more)
        assert totals(again.stdout) == TOTALS | {"read": 50, "expired": 50}


def test_what_has_expired_is_counted_and_as_of_is_told_in_the_audit_record(frontdesk: Command, tmp_path: Path) -> None:
    log_of(tmp_path, 20, days=2000)
    done = frontdesk("enrich", "access.log", "--out", "book", "--json")
    assert totals(done.stdout) == TOTALS | {"read": 20, "expired": 20}
    frontdesk("enrich", "access.log", "--out", "book", "--as-of", "2015-06-01")
    told = details(tmp_path / "book")
    assert [each.get("as_of") for each in told] == [None, None, "2015-06-01", "2015-06-01"]
    assert [each.get("written") for each in told] == [None, 0, None, 20]


def test_nothing_of_a_line_but_what_a_record_may_have_is_written_anywhere(frontdesk: Command, tmp_path: Path) -> None:
    log_of(tmp_path, 30)
    with (tmp_path / "access.log").open("a") as stream:
        stream.write("a broken line of 198.51.100.77 with a secret\n")
    done = frontdesk("enrich", "access.log", "--out", "book")
    assert "book: 31 lines read: 30 written, 0 expired, 1 rejected" in done.stdout
    assert "1 lines could not be read; book.rejects.jsonl has their numbers and the reasons" in done.stderr
    rejects = tmp_path / "book.rejects.jsonl"
    assert json.loads(rejects.read_text()) == {
        "log": "access.log",
        "line": 31,
        "reason": "the line is not of the format",
    }
    assert stat.S_IMODE(rejects.stat().st_mode) == 0o600
    said = done.stdout + done.stderr + rejects.read_text()
    lines = [line for path in segments(tmp_path / "book") for line in read(path)]
    for text in [said, b"".join(lines).decode()]:
        assert "198.51.100.77" not in text
        assert "secret" not in text
        assert "token" not in text
    assert b'"http.route":"/products/{product}"' in b"".join(lines)


def test_a_log_comes_from_standard_input_too(frontdesk: Command, tmp_path: Path) -> None:
    text = log_of(tmp_path, 40).read_text()
    done = frontdesk("enrich", "-", "--out", "book", "--json", stdin=text)
    assert totals(done.stdout) == TOTALS | {"read": 40, "written": 40}
    done = frontdesk("enrich", "-", "--out", "book", "--json", stdin=text + log_of(tmp_path, 1, days=1).read_text())
    assert totals(done.stdout) == TOTALS | {"read": 1, "written": 1, "known": 40}


def test_several_logs_go_into_one_book(frontdesk: Command, tmp_path: Path) -> None:
    log_of(tmp_path, 10, name="a.log")
    packed = log_of(tmp_path, 15, days=4, name="b.log")
    packed.with_suffix(".gz").write_bytes(gzip.compress(packed.read_bytes()))
    done = frontdesk(
        "enrich", "a.log", "b.gz", "--out", "book", "--json", "--host", "DE.aurora.example:443", "--scheme", "https"
    )
    assert totals(done.stdout) == TOTALS | {"read": 25, "written": 25}
    records = [json.loads(line) for path in segments(tmp_path / "book") if "visit" in path.parts for line in read(path)]
    assert {(each["server.address"], each["url.scheme"], each["frontdesk.entity"]) for each in records} == {
        ("de.aurora.example", "https", "aurora-de")
    }


def test_a_log_that_is_taken_for_a_known_one_without_proof_is_told(frontdesk: Command, tmp_path: Path) -> None:
    text = log_of(tmp_path, 200).read_text()
    frontdesk("enrich", "access.log", "--out", "book")
    (tmp_path / "short.log").write_text(text[:9_000])
    done = frontdesk("enrich", "short.log", "--out", "book", "--json")
    assert done.returncode == 0
    assert totals(done.stdout) == TOTALS | {"known": text[:9_000].count("\n")}
    assert done.stderr.startswith("frontdesk: short.log: nothing of it was written, as its first 4,096 bytes are those")
    assert done.stderr.count("\n") == 1


def test_a_line_of_a_time_to_come_is_rejected_whatever_as_of_says(frontdesk: Command, tmp_path: Path) -> None:
    log = log_of(tmp_path, 3, days=0)
    late = log_of(tmp_path, 2, days=-2, name="late.log").read_text()
    log.write_text(log.read_text() + late + late.replace(f"{datetime.now(UTC):%Y}", "2096"))  # a leap year too
    done = frontdesk("enrich", "access.log", "--out", "book", "--json", "--as-of", "2015-06-01")
    assert totals(done.stdout.splitlines()[-1]) == TOTALS | {"read": 7, "written": 3, "rejected": 4}
    told = [json.loads(line) for line in (tmp_path / "book.rejects.jsonl").read_text().splitlines()]
    assert {each["reason"] for each in told} == {"the time is yet to come"}
    assert [each["line"] for each in told] == [4, 5, 6, 7]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["missing.log", "--out", "book"], "frontdesk: missing.log: there is no such file; - is standard input"),
        (["text.log", "--out", "book"], "frontdesk: text.log: is in no format that is known: give it as --format"),
        (["access.log", "--out", "book", "--format", "nope"], "frontdesk: --format 'nope': is no known format"),
        (["access.log", "--out", "book", "--route", "/a?b"], "frontdesk: /a?b: is no template of a path"),
        (
            ["access.log", "--out", "book", "--host", "nosuch.example"],
            "frontdesk: --host nosuch.example: no company of the policy has this host; known are www.aurora.example, ",
        ),
        (
            ["access.log", "--out", "book", "--host", "https://de.aurora.example"],
            "frontdesk: --host https://de.aurora.example: no company",
        ),
        (["access.log", "--out", "text.log"], "frontdesk: text.log: cannot be made"),
        (["access.log", "--out", "/"], "frontdesk: --out /: is no folder of a book's own: name one in it"),
    ],
)
def test_a_mistake_is_told_in_one_line(arguments: list[str], told: str, frontdesk: Command, tmp_path: Path) -> None:
    log_of(tmp_path, 3)
    (tmp_path / "text.log").write_text("hello\nworld\n")
    done = frontdesk("enrich", *arguments)
    assert done.returncode == 1
    assert done.stderr.startswith(told)
    assert done.stderr.count("\n") == 1


def test_a_folder_is_no_log(frontdesk: Command, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    done = frontdesk("enrich", "logs", "--out", "book")
    assert done.returncode == 1
    assert done.stderr == "frontdesk: logs: is a folder: name the logs in it, such as logs/*.log\n"


@pytest.mark.parametrize("out", [".", "", "nothing/.."])
def test_the_folder_that_one_is_in_may_be_the_book(out: str, frontdesk: Command, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    log_of(tmp_path, 3)
    done = frontdesk("enrich", "access.log", "--out", out, "--json")
    assert (done.returncode, totals(done.stdout)) == (0, TOTALS | {"read": 3, "written": 3})
