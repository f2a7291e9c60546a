"""`frontdesk log compact`, as a person runs it, and every other command on a book that it has been at."""

import json
from pathlib import Path

import pytest

from frontdesk.policy import Policy
from frontdesk.systemdata.shelf import segments

from ..systemdata.keeping import security, snapshot, visit, write
from .conftest import Command
from .test_retention import ADDRESS, Run, ago, audits, own, run

__all__ = ["own", "run"]


def fill(policy: Policy) -> Path:
    """A book with two visits and a security record of a day that is over, and one of today."""
    book = policy.log.directory
    write(book, visit(policy, ago(5)), visit(policy, ago(5)), security(policy, ago(5), ADDRESS), visit(policy, ago(0)))
    return book


def test_compact_tells_what_came_of_it_and_the_book_tells_it_too(own: Policy, run: Run) -> None:
    book = fill(own)
    before = snapshot(book)
    told = run("compact", "--dry-run")
    assert f"{book.name}: would be compacted: 3 records, 2 segments, " in told
    assert told.endswith(" -> 2 files; 1 days would be summed up\n")
    assert snapshot(book) == before
    told = run("compact")
    assert f"{book.name}: 3 records, 2 segments, " in told
    assert told.endswith(" bytes; 1 days summed up\n")
    assert told.count("\n") == 1
    assert sorted(path.suffix for path in segments(book)).count(".parquet") == 2
    assert ": 0 records, 0 segments, 0 bytes -> 0 files, 0 bytes; 0 days summed up" in run("compact")
    first, second = audits(own)
    assert first["frontdesk.audit.action"] == "compact"
    details = first["frontdesk.audit.details"]
    assert (details["records"], details["segments"], details["files"], details["kept"]) == (3, 2, 2, 0)
    assert details["bytes_after"] == sum(path.stat().st_size for path in segments(book) if path.suffix == ".parquet")
    assert (details["summed_days"], second["frontdesk.audit.details"]["summed_days"]) == (1, 0)
    assert second["frontdesk.audit.details"]["records"] == 0


def test_a_segment_that_stays_is_told_and_the_status_is_1(own: Policy, frontdesk: Command) -> None:
    book = fill(own)
    path = next(segments(book))
    path.write_bytes(path.read_bytes()[:-9])
    done = frontdesk("log", "compact", "--policy", "p.toml")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith(f"kept as it is: {path.relative_to(path.parents[4])}: at byte ")
    assert "the seal is missing" in done.stdout
    assert path.exists()


def test_every_command_goes_on_with_a_book_that_holds_parquet(own: Policy, run: Run, frontdesk: Command) -> None:
    book = fill(own)
    exported = sorted(sorted(json.loads(line).items()) for line in run("export").splitlines())
    counted = json.loads(frontdesk("log", "stats", book, "--json").stdout.splitlines()[0])
    run("compact")
    again = [json.loads(line) for line in run("export").splitlines()]
    assert sorted(sorted(each.items()) for each in again if each["event_name"] != "frontdesk.audit") == exported
    stats = [json.loads(line) for line in frontdesk("log", "stats", book, "--json").stdout.splitlines()]
    assert [(each["records"], each["segments"]) for each in stats if each["day"] == counted["day"]] == [(1, 1), (2, 1)]
    assert ": 0 damaged, 0 suspect" in run("verify")
    assert "frontdesk.audit" in run("tail", "--no-follow", "--json")
    tailed = run("tail", "--no-follow", "-n", "100")
    assert tailed.count("brute_force") == 1
    assert ": 1 records of this address" in run("subject", "find", "--address", ADDRESS)
    assert ": 1 records erased" in run("subject", "erase", "--address", ADDRESS)
    assert run("hold", "add", "--class", "visit", "--reason", "case 4711")
    assert "gone        0 records" in run("purge")
    assert ": 0 damaged, 0 suspect" in run("verify")


@pytest.mark.parametrize("words", [["compact", "--help"], ["--help"]])
def test_help_tells_of_it(words: list[str], frontdesk: Command) -> None:
    told = frontdesk("log", *words).stdout
    assert "compact" in told
    assert "Parquet" in told
