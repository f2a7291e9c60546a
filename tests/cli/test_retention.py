"""`frontdesk log purge|hold|subject|export`, as a person runs them."""

import errno
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from frontdesk.cli import main
from frontdesk.cli.retention import FIRST_DAY, LAST_DAY, purge
from frontdesk.cli.subject import erase_records
from frontdesk.policy import EXAMPLE, Policy, load
from frontdesk.policy.networks import pack
from frontdesk.systemdata import BookError, Writer
from frontdesk.systemdata.entry import enter
from frontdesk.systemdata.lock import alone
from frontdesk.systemdata.read import read
from frontdesk.systemdata.rewrite import remove, rewrite
from frontdesk.systemdata.seal import seal_lines
from frontdesk.systemdata.shelf import segments
from frontdesk.systemdata.subject import Request

from ..book import eventually
from ..systemdata.keeping import NOW, records_in, security, snapshot, visit, write
from .conftest import Command

ADDRESS = "128.112.0.77"
REVERSED = ["--from", "2026-11-27", "--to", "2026-11-01"]
IS_AFTER = "the first day, 2026-11-27, is after the last, 2026-11-01"
_MAIN = "from frontdesk.cli import main; main()"
AGENCY = """
[[recipients]]
id = "agency"
legal_name = "Northern Lights"
country = "DK"
entities = ["aurora-com"]
classes = ["visit"]
purposes = ["marketing_analytics"]
"""


@pytest.fixture
def own(tmp_path: Path) -> Policy:
    """A policy in a file, `p.toml`, whose book is in the test's folder."""
    (tmp_path / "p.toml").write_text(EXAMPLE.read_text().replace("daily_id = true", "daily_id = false") + AGENCY)
    return load(tmp_path / "p.toml")


def ago(days: float) -> float:
    """The days before the tests' now of so many days before today's now."""
    return (NOW - (datetime.now(UTC) - timedelta(days))).total_seconds() / 86_400


def audits(policy: Policy) -> list[dict[str, Any]]:
    """What the book's audit records tell, oldest first."""
    records = [each for each in records_in(policy.log.directory) if each["event_name"] == "frontdesk.audit"]
    return sorted(records, key=lambda record: str(record["timestamp"]))


Run = Callable[..., str]


@pytest.fixture
def two(tmp_path: Path) -> Policy:
    """The same policy with a second book, for `aurora-de`; each has a visit that has expired."""
    words = EXAMPLE.read_text().replace("daily_id = true", "daily_id = false")
    (tmp_path / "p.toml").write_text(words + '[[log.books]]\nof = "aurora-de"\ndirectory = "de-book"\n')
    policy = load(tmp_path / "p.toml")
    assert policy.directories() == [policy.log.directory, tmp_path / "de-book"]
    for entity, directory in zip(("aurora-com", "aurora-de"), policy.directories(), strict=True):
        write(directory, visit(policy, ago(91), entity))
    return policy


@pytest.fixture
def run(frontdesk: Command) -> Run:
    """Runs `frontdesk log …` with the policy, and gives what it printed; its status must be 0."""

    def run(*words: str, stdin: str = "") -> str:
        done = frontdesk("log", *words, "--policy", "p.toml", stdin=stdin)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return run


def test_purge_tells_what_went_and_the_book_tells_it_too(own: Policy, run: Run) -> None:
    book = own.log.directory
    write(book, visit(own, ago(91)), visit(own, ago(1)), security(own, ago(15), ADDRESS))
    before = snapshot(book)
    would = run("purge", "--dry-run")
    assert "would go    2 records (1 security, 1 visit), 2 files" in would
    assert snapshot(book) == before
    assert "gone        2 records (1 security, 1 visit), 2 files" in run("purge")
    assert "gone        0 records (none), 0 files" in run("purge")
    first, second = audits(own)
    assert first["frontdesk.audit.action"] == "purge"
    assert first["frontdesk.audit.details"]["records"] == 2
    assert first["frontdesk.audit.details"]["keys"] == 1
    assert second["frontdesk.audit.details"]["records"] == 0


def test_a_hold_stops_the_purge_until_it_is_released(own: Policy, run: Run) -> None:
    write(own.log.directory, visit(own, ago(91)))
    hold = run("hold", "add", "--class", "visit", "--entity", "aurora-com", "--reason", "case 4711").strip()
    assert f"{hold}  visit, aurora-com, the beginning to whenever: case 4711" in run("hold", "list")
    told = run("purge")
    assert "gone        0 records" in told
    assert "held        1 records have expired and stay because of a hold" in told
    assert f"released {hold}" in run("hold", "release", hold)
    assert "gone        1 records" in run("purge")
    assert [record["frontdesk.audit.action"] for record in audits(own)] == ["hold", "purge", "release", "purge"]
    assert audits(own)[0]["frontdesk.audit.details"] == {
        "hold": hold,
        "reason": "case 4711",
        "class": "visit",
        "entity": "aurora-com",
    }


def test_a_hold_on_a_company_covers_what_lies_in_the_common_book_too(two: Policy, run: Run) -> None:
    book = two.log.directory
    write(book, visit(two, ago(92), "aurora-de"))  # from before it had a book of its own
    hold = run("hold", "add", "--entity", "aurora-de", "--reason", "case 4711").strip()
    assert run("hold", "list").count(hold) == 2
    told = run("purge")
    assert told.count("held        1 records have expired") == 2
    assert told.count("gone        1 records (1 visit)") == 1  # of aurora-com
    assert run("hold", "release", hold).count(f"released {hold}") == 2
    assert run("purge").count("gone        1 records (1 visit)") == 2
    assert run("hold", "list") == ""


@pytest.mark.parametrize("words", [["--reason", "ä" * 1000], ["--reason", "x", "--from", "0001-01-01"]])
def test_a_hold_that_was_added_can_be_listed_and_released(words: list[str], own: Policy, run: Run) -> None:
    write(own.log.directory, visit(own, ago(91)))
    hold = run("hold", "add", *words).strip()
    assert hold in run("hold", "list")
    assert "held        1 records have expired" in run("purge")
    assert f"released {hold}" in run("hold", "release", hold)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["hold", "add", "--reason", "x", "--entity", "nobody"], "no entity has the id 'nobody'"),
        (["hold", "add", "--reason", "x", "--from", "2026-11-02", "--to", "2026-11-01"], "ends before it begins"),
        (["hold", "add", "--reason", ""], "a hold's reason has 1 to 1,000 characters"),
        (["hold", "add", "--reason", "x" * 1001], "characters, not all of them spaces; this one has 1,001"),
        (["hold", "add", "--reason", "\udcff"], "the hold cannot be written"),
        (["hold", "release", "nothing"], "there is no hold 'nothing'"),
        (["subject", "find", "--address", ADDRESS, *REVERSED], IS_AFTER),
        (["subject", "export", "--address", ADDRESS, *REVERSED], IS_AFTER),
        (["subject", "erase", "--address", ADDRESS, *REVERSED], IS_AFTER),
        (["export", *REVERSED], IS_AFTER),
        (["subject", "find", "--address", "nobody"], "is not one IPv4 or IPv6 address"),
        (["export", "--recipient", "nobody"], "the policy has no recipient 'nobody'; known are agency"),
    ],
)
def test_a_mistake_is_one_line(words: list[str], problem: str, own: Policy, frontdesk: Command) -> None:
    write(own.log.directory, visit(own, ago(1)))
    done = frontdesk("log", *words, "--policy", "p.toml")
    assert (done.returncode, done.stdout) == (1, "")
    assert problem in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_subject_s_records_are_found_exported_and_erased_and_the_address_is_nowhere(own: Policy, run: Run) -> None:
    book = own.log.directory
    write(book, security(own, ago(2), ADDRESS), security(own, ago(2), "128.112.0.78"))
    write(book, visit(own, ago(2), **{"client.address": "128.112.0.0/24"}))
    found = run("subject", "find", "--address", "-", stdin=f"{ADDRESS}\n")
    assert ": 1 records of this address" in found
    assert "1 visits come from the same network; whose they are cannot be told" in found
    exported = json.loads(run("subject", "export", "--address", ADDRESS))
    (record,) = exported["books"][0]["records"]
    assert record["frontdesk.security.kind"] == "brute_force"
    assert "frontdesk.security.address" not in record
    erased = run("subject", "erase", "--address", "-", stdin=ADDRESS)
    assert ": 1 records erased" in erased
    assert ": 0 records of this address" in run("subject", "find", "--address", "-", stdin=ADDRESS)
    assert [each["frontdesk.audit.action"] for each in audits(own)] == [
        "subject_find",
        "subject_export",
        "subject_erase",
        "subject_find",
    ]
    for told in (found, erased, json.dumps(exported), json.dumps(records_in(book))):
        assert ADDRESS not in told


@pytest.mark.parametrize("command", ["find", "export", "erase"])
@pytest.mark.parametrize(
    ("given", "problem"),
    [(f"{ADDRESS}\n128.112.0.78\n", "more than one address was given"), ("\n", "is not one"), ("ä", "is not one")],
)
def test_a_request_of_a_subject_is_about_one_address(
    command: str, given: str, problem: str, own: Policy, frontdesk: Command
) -> None:
    write(own.log.directory, security(own, ago(2), ADDRESS))
    done = frontdesk("log", "subject", command, "--address", "-", "--policy", "p.toml", stdin=given)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert problem in done.stderr
    assert ADDRESS not in done.stderr
    assert len(records_in(own.log.directory)) == 1


def test_a_recipient_gets_what_it_may_have_and_no_more(own: Policy, run: Run) -> None:
    write(
        own.log.directory,
        visit(own, ago(1), **{"http.route": "/"}),
        visit(own, ago(1)) | {"frontdesk.signal.gpc": True, "frontdesk.transfer": "entity"},
        visit(own, ago(1), "aurora-de"),
        security(own, ago(1), ADDRESS),
    )
    (given,) = map(json.loads, run("export", "--recipient", "agency").splitlines())
    assert (given["http.route"], given["frontdesk.purposes"]) == ("/", ["marketing_analytics"])
    assert [each["frontdesk.audit.details"] for each in audits(own)] == [
        {"recipient": "agency", "state": "begun"},
        {"recipient": "agency", "state": "ended", "records": 1},
    ]
    ecs = [json.loads(line) for line in run("export", "--format", "ecs").splitlines()]
    assert {each["data_stream"]["namespace"] for each in ecs} == {"visit", "security", "audit"}


@pytest.mark.parametrize("words", [[], ["--recipient", "agency"]])
def test_what_has_expired_is_given_to_nobody_also_if_a_hold_keeps_it(words: list[str], own: Policy, run: Run) -> None:
    write(own.log.directory, visit(own, ago(91)), visit(own, ago(89), **{"http.route": "/"}))
    run("hold", "add", "--class", "visit", "--reason", "case 4711")
    assert "held        1 records have expired" in run("purge")
    given = map(json.loads, run("export", *words).splitlines())
    assert [each["http.route"] for each in given if each["event_name"] == "frontdesk.visit"] == ["/"]


def test_a_policy_that_has_become_shorter_is_applied_to_what_is_given(own: Policy, run: Run, tmp_path: Path) -> None:
    write(own.log.directory, visit(own, ago(31)), visit(own, ago(29)))
    text = (tmp_path / "p.toml").read_text()
    (tmp_path / "p.toml").write_text(text.replace("[retention.visit]\ndays = 90", "[retention.visit]\ndays = 30"))
    assert load(tmp_path / "p.toml").retention.visit.days == 30
    assert len(run("export", "--recipient", "agency").splitlines()) == 1


def test_an_export_whose_reader_goes_away_is_in_the_audit_records(own: Policy, tmp_path: Path) -> None:
    write(own.log.directory, *(visit(own, ago(1), **{"http.route": "/" * 200}) for _ in range(2000)))
    program = Path(sys.executable).with_name("frontdesk")
    words = ["log", "export", "--recipient", "agency", "--policy", "p.toml"]
    with subprocess.Popen([program, *words], stdout=subprocess.PIPE, cwd=tmp_path) as exporting:
        assert exporting.stdout is not None
        assert exporting.stdout.readline()
        begun = audits(own)
        exporting.stdout.close()
    assert exporting.returncode == 1
    assert [each["frontdesk.audit.details"]["state"] for each in begun] == ["begun"]
    told = audits(own)[-1]["frontdesk.audit.details"]
    assert told["state"] == "broken_off"
    assert 1 <= told["records"] < 2000


@pytest.mark.parametrize("damage", ["flipped", "no record"])
def test_an_export_that_is_not_whole_gives_the_rest_and_ends_with_status_1(
    damage: str, own: Policy, frontdesk: Command
) -> None:
    book = own.log.directory
    write(book, visit(own, ago(2), **{"http.route": "/old"}), visit(own, ago(1), **{"http.route": "/new"}))
    old, _ = sorted(segments(book))
    if damage == "flipped":
        content = bytearray(old.read_bytes())
        content[20] ^= 0xFF
        old.write_bytes(content)
    else:
        old.unlink()
        seal_lines(old, [b"{\n", b"[]\n"])
    done = frontdesk("log", "export", "--policy", "p.toml")
    given = [json.loads(line).get("http.route") for line in done.stdout.splitlines()]
    assert (done.returncode, "/new" in given, "/old" in given) == (1, True, False)
    first, last = done.stderr.splitlines()
    assert f"{old.name}: " in first
    assert last == "frontdesk: the export is not whole: 1 segment could not be read whole"
    shutil.rmtree(old.parent)
    assert audits(own)[-1]["frontdesk.audit.details"]["damaged"] == 1


def test_a_book_that_cannot_be_read_is_not_taken_for_an_output_that_cannot_be_written(
    own: Policy, frontdesk: Command
) -> None:
    write(own.log.directory, visit(own, ago(1)))
    (segment,) = segments(own.log.directory)
    segment.unlink()
    segment.symlink_to(segment.name)  # root cannot read that either
    done = frontdesk("log", "export", "--policy", "p.toml")
    assert done.returncode == 1
    assert f"{segment.name}: cannot be read: Too many levels of symbolic links" in done.stderr
    assert "the output" not in done.stderr


def test_nothing_is_given_where_it_cannot_be_written_down(own: Policy, frontdesk: Command) -> None:
    write(own.log.directory, visit(own, ago(1)))
    (own.log.directory / "audit").write_text("in the way")
    done = frontdesk("log", "export", "--recipient", "agency", "--policy", "p.toml")
    assert (done.returncode, done.stdout) == (1, "")
    assert "the audit record of this export could not be written" in done.stderr


def failing_at(entity: str, change: Callable[..., None]) -> Callable[..., None]:
    """What changes a segment, but for those of one shelf, which cannot be written to."""

    def fail(path: Path, *rest: Any) -> None:
        if path.parent.name == entity:
            raise OSError(errno.EROFS, "Read-only file system", str(path))
        change(path, *rest)

    return fail


def test_a_purge_that_fails_part_way_tells_in_the_book_what_it_did(
    own: Policy, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(own.log.directory, visit(own, 91, "aurora-com"), visit(own, 91, "aurora-de"))
    monkeypatch.setattr("frontdesk.systemdata.purge.remove", failing_at("aurora-de", remove))
    assert not purge(own, dry_run=False)
    assert "cannot be purged: Read-only file system" in capsys.readouterr().err
    (record,) = audits(own)
    assert record["frontdesk.audit.action"] == "purge"
    told = record["frontdesk.audit.details"]
    assert (told["records"], told["visit_records"], told["broken_off"]) == (1, 1, 1)


def test_an_erasure_that_fails_part_way_tells_in_the_book_what_it_did(
    own: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for entity in ("aurora-com", "aurora-de"):
        write(own.log.directory, security(own, 2, ADDRESS) | {"frontdesk.entity": entity})
    monkeypatch.setattr("frontdesk.systemdata.subject.rewrite", failing_at("aurora-de", rewrite))
    with pytest.raises(BookError, match="cannot be changed: Read-only file system"):
        erase_records(own, Request(pack(ADDRESS) or b"", FIRST_DAY, LAST_DAY))
    (record,) = audits(own)
    assert record["frontdesk.audit.action"] == "subject_erase"
    assert record["frontdesk.audit.details"] == {"erased": 1, "held": 0, "in_open_segments": 0, "broken_off": 1}


def test_purge_erases_what_was_being_written_when_its_subject_asked(own: Policy, run: Run) -> None:
    book = Writer(own.log.directory, flush_interval=0.01, segment_seconds=1e9)
    enter(security(own, ago(0), ADDRESS), book)
    eventually(lambda: book.statistics().written == 1)
    assert "1 records stay for now" in run("subject", "erase", "--address", "-", stdin=ADDRESS)
    assert "data subject" not in run("purge", "--dry-run")
    book.close()
    assert "erased      1 records that a data subject had asked for" in run("purge")
    assert audits(own)[-1]["frontdesk.audit.action"] == "subject_erase"
    assert audits(own)[-1]["frontdesk.audit.details"] == {
        "erased": 1,
        "held": 0,
        "in_open_segments": 0,
        "postponed": 1,
    }
    assert {record["event_name"] for record in records_in(own.log.directory)} == {"frontdesk.audit"}


@pytest.mark.parametrize(
    ("place", "told"),
    [
        (
            ".enriched/0123456789abcdef.json",
            "is no entry of the journal: restore it, or start a new folder; where no log",
        ),
        (
            f"erasures/{'0' * 32}.json",
            "is no erasure that waits: restore it, or answer the request again and delete it",
        ),
    ],
)
def test_a_file_that_cannot_be_read_keeps_purge_from_no_other_book(
    place: str, told: str, two: Policy, frontdesk: Command
) -> None:
    bad = two.log.directory / place
    bad.parent.mkdir()
    bad.write_text("")
    done = frontdesk("log", "purge", "--policy", "p.toml")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"{place}: {told}" in done.stderr
    assert done.stdout.count("gone        1 records (1 visit), 1 files") == 2
    for directory in two.directories():
        assert {record["event_name"] for record in records_in(directory)} == {"frontdesk.audit"}


def test_each_of_several_files_that_cannot_be_read_is_told_by_purge(two: Policy, frontdesk: Command) -> None:
    for directory in two.directories():
        for place in (".enriched/0123456789abcdef.json", f"erasures/{'0' * 32}.json", f"erasures/{'1' * 32}.json"):
            (directory / place).parent.mkdir(exist_ok=True)
            (directory / place).write_text("")
    done = frontdesk("log", "purge", "--policy", "p.toml")
    assert (done.returncode, done.stderr.count("\n")) == (1, 6)
    assert done.stdout.count("gone        1 records (1 visit), 1 files") == 2


def test_a_book_that_cannot_be_purged_keeps_purge_from_no_other_book(two: Policy, frontdesk: Command) -> None:
    bad = two.log.directory / "holds" / "2026-11-24-1f3a5c.json"
    bad.parent.mkdir()
    bad.write_text("{")
    done = frontdesk("log", "purge", "--policy", "p.toml")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"holds/{bad.name}: " in done.stderr
    assert done.stdout.count("gone        1 records (1 visit), 1 files") == 1
    assert [len(records_in(directory)) for directory in two.directories()] == [1, 1]  # a visit, and an audit record


def test_damage_is_told_by_every_answer_to_a_data_subject(own: Policy, frontdesk: Command) -> None:
    write(own.log.directory, security(own, ago(1), ADDRESS))
    (path,) = (path for path in segments(own.log.directory) if "security" in path.parts)
    content = path.read_bytes()
    for damage in (content[:-7], b"\0" * len(content)):
        path.write_bytes(damage)
        for verb in ("find", "export", "erase"):
            done = frontdesk("log", "subject", verb, "--address", "-", "--policy", "p.toml", stdin=ADDRESS)
            assert (done.returncode, done.stderr) == (1, "")
            assert path.name in done.stdout
    path.write_bytes(content)
    for verb in ("find", "export", "erase"):
        done = frontdesk("log", "subject", verb, "--address", "-", "--policy", "p.toml", stdin=ADDRESS)
        assert (done.returncode, done.stderr) == (0, "")


def test_a_line_that_is_no_record_may_have_been_theirs(own: Policy, frontdesk: Command) -> None:
    write(own.log.directory, security(own, ago(1), ADDRESS))
    (path,) = (path for path in segments(own.log.directory) if "security" in path.parts)
    (line,) = read(path)
    seal_lines(path, [b"\0" * 20 + b"\n", line])
    for verb, told in (("find", "1 records of this address"), ("export", "whole"), ("erase", "1 records erased")):
        done = frontdesk("log", "subject", verb, "--address", "-", "--policy", "p.toml", stdin=ADDRESS)
        assert (done.returncode, done.stderr) == (1, "")
        assert told in done.stdout
        assert f"{path.name}: holds lines that are no records" in done.stdout
    assert list(read(path)) == [b"\0" * 20 + b"\n"]


def test_purge_ends_with_1_while_a_damaged_segment_may_keep_what_has_expired(own: Policy, frontdesk: Command) -> None:
    write(own.log.directory, security(own, ago(1), ADDRESS), security(own, ago(16), ADDRESS))
    old, new = sorted(path for path in segments(own.log.directory) if "security" in path.parts)
    for path in (old, new):
        path.write_bytes(path.read_bytes()[:-7])

    def purged() -> tuple[int, str, int]:
        done = frontdesk("log", "purge", "--policy", "p.toml")
        return done.returncode, done.stderr, done.stdout.count("  damaged     ")

    day = old.parents[1].name
    part = ["--from", f"{day}T12:00:00"]
    a_part, whole = (
        frontdesk("log", "hold", "add", "--policy", "p.toml", "--reason", "case 4711", *when).stdout.strip()
        for when in (part, [])
    )
    assert purged() == (0, "", 2)  # a hold keeps all that may be in it
    frontdesk("log", "hold", "release", whole, "--policy", "p.toml")
    assert purged() == (1, "", 2)  # of the morning nobody can tell
    frontdesk("log", "hold", "release", a_part, "--policy", "p.toml")
    assert purged() == (0, "", 2)  # it went
    assert (old.exists(), new.exists()) == (False, True)


def test_an_output_that_fails_is_no_fault_of_a_book_and_stops_no_purge(two: Policy, tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-u", "-c", _MAIN, "log", "purge", "--policy", "p.toml"],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "frontdesk: the output cannot be written: No space left on device\n"
    for directory in two.directories():
        assert [record["event_name"] for record in records_in(directory)] == ["frontdesk.audit"]


def test_what_keeps_every_step_of_a_purge_is_told_once(two: Policy, frontdesk: Command) -> None:
    waiting = two.log.directory / "erasures" / f"{'0' * 32}.json"
    waiting.parent.mkdir()
    waiting.write_text("")
    with alone(two.log.directory):
        done = frontdesk("log", "purge", "--policy", "p.toml")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "another command is changing this book" in done.stderr
    assert done.stdout.count("gone        1 records (1 visit), 1 files") == 1


def audited(policy: Policy) -> list[dict[str, Any]]:
    """The details of the audit records, where other segments cannot be read."""
    there = (path for path in segments(policy.log.directory) if "audit" in path.parts)
    return [json.loads(line)["frontdesk.audit.details"] for path in there for line in read(path)]


def test_purge_tells_that_damage_keeps_what_was_to_be_erased(own: Policy, frontdesk: Command, tmp_path: Path) -> None:
    book = Writer(own.log.directory, flush_interval=0.01, segment_seconds=1e9)
    enter(security(own, ago(0), ADDRESS), book)
    eventually(lambda: book.statistics().written == 1)
    erase_records(own, Request(pack(ADDRESS) or b"", FIRST_DAY, LAST_DAY))
    book.close()
    (path,) = (path for path in segments(own.log.directory) if "security" in path.parts)
    content = bytearray(path.read_bytes())
    content[20] ^= 0xFF
    path.write_bytes(content)
    for _ in range(2):  # it waits on, and is told each time
        done = frontdesk("log", "purge", "--policy", "p.toml")
        assert (done.returncode, done.stderr) == (1, "")
        assert f"damaged     {path.relative_to(tmp_path)}: at byte" in done.stdout
        assert {"erased": 0, "held": 0, "in_open_segments": 0, "damaged": 1, "postponed": 1} in audited(own)
    content[20] ^= 0xFF
    path.write_bytes(content)
    done = frontdesk("log", "purge", "--policy", "p.toml")
    assert (done.returncode, done.stderr) == (0, "")
    assert "erased      1 records that a data subject had asked for" in done.stdout


def test_purge_tells_that_a_hold_keeps_what_was_to_be_erased_until_its_release(own: Policy, run: Run) -> None:
    book = Writer(own.log.directory, flush_interval=0.01, segment_seconds=1e9)
    enter(security(own, ago(0), ADDRESS), book)
    eventually(lambda: book.statistics().written == 1)
    run("subject", "erase", "--address", "-", stdin=ADDRESS)
    book.close()
    hold = run("hold", "add", "--reason", "case 4711").strip()
    assert "held        1 of these stay because of a hold" in run("purge")
    assert audits(own)[-1]["frontdesk.audit.details"]["held"] == 1
    run("hold", "release", hold)
    assert "erased      1 records that a data subject had asked for" in run("purge")


def test_what_is_on_hold_when_its_subject_asks_goes_with_the_purge_after_the_release(own: Policy, run: Run) -> None:
    write(own.log.directory, security(own, ago(2), ADDRESS))
    hold = run("hold", "add", "--reason", "case 4711").strip()
    told = run("subject", "erase", "--address", "-", stdin=ADDRESS)
    assert "1 records stay for now: they are on hold" in told
    assert "the first purge after the release erases them" in told
    assert "held        1 of these stay because of a hold" in run("purge")
    run("hold", "release", hold)
    assert "erased      1 records that a data subject had asked for" in run("purge")
    assert {record["event_name"] for record in records_in(own.log.directory)} == {"frontdesk.audit"}


def test_a_purge_that_fails_and_cannot_write_its_audit_record_says_both(
    own: Policy, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    write(own.log.directory, visit(own, ago(91)))
    (own.log.directory / "audit").write_text("in the way")
    monkeypatch.setattr("frontdesk.systemdata.purge.remove", failing_at("aurora-com", remove))
    monkeypatch.setattr("sys.argv", ["frontdesk", "log", "purge", "--policy", str(tmp_path / "p.toml")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    first, second = capsys.readouterr().err.splitlines()
    assert "cannot be purged: Read-only file system" in first
    assert "the audit record of this purge could not be written" in second
