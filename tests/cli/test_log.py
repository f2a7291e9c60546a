"""`frontdesk log tail`."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from frontdesk.cli.tail import readable
from frontdesk.policy import Policy
from frontdesk.systemdata import Shelf, Writer
from frontdesk.systemdata.seal import seal_lines
from frontdesk.systemdata.shelf import segments

from ..book import NAME, SHELF
from .conftest import Command

RECORD = {
    "timestamp": "2026-11-23T14:42:04.123Z",
    "geo.country.iso_code": "US",
    "frontdesk.network.type": "education",
    "frontdesk.organisation.name": "Princeton University",
    "frontdesk.entity": "aurora-com",
    "http.request.method": "GET",
    "http.route": "/products/{id}",
    "http.response.status_code": 200,
}


def line(number: int) -> bytes:
    return json.dumps(RECORD | {"http.response.status_code": 200 + number}).encode() + b"\n"


def test_tail_shows_the_last_records_readably_or_as_json(frontdesk: Command, tmp_path: Path) -> None:
    book = tmp_path / "book"
    SHELF.folder(book).mkdir(parents=True)
    seal_lines(SHELF.folder(book) / f"{NAME}1.jsonl.zst", [*map(line, range(20)), b"damaged\n"])
    done = frontdesk("log", "tail", book, "--no-follow", "-n", "3")
    assert done.returncode == 0
    first, second, last = done.stdout.splitlines()
    assert "Princeton University" in first
    assert "GET /products/{id} 218" in first
    assert "damaged line" in last
    done = frontdesk("log", "tail", book, "--no-follow", "--json", "-n", "2")
    assert json.loads(done.stdout.splitlines()[0])["http.response.status_code"] == 219
    assert second


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (
            {
                "event_name": "frontdesk.security",
                "frontdesk.security.kind": "brute_force",
                "frontdesk.security.count": 3,
            },
            "security    kind brute_force, count 3",
        ),
        (
            {
                "event_name": "frontdesk.audit",
                "frontdesk.audit.action": "hold",
                "frontdesk.audit.details": {"a": "\x1b"},
            },
            "audit       action hold, details {'a': '\\x1b'}",
        ),
        ({"event_name": "frontdesk.aggregate", "frontdesk.aggregate.visits": 7}, "aggregate   visits 7"),
        ({"event_name": "frontdesk.gap", "frontdesk.gap.records": 4}, "gap         records 4"),
    ],
)
def test_a_record_that_is_no_visit_is_told_as_what_it_is(record: dict[str, Any], told: str) -> None:
    line = readable({"timestamp": "2026-11-23T14:42:04.123Z", "frontdesk.entity": "aurora-com"} | record)
    assert line == f"2026-11-23T14:42:04.123Z  aurora-com      {told}"


def test_tail_follows_until_interrupted(policy: Policy, tmp_path: Path) -> None:
    writer = Writer(policy.log.directory, flush_interval=0.01)
    program = Path(sys.executable).with_name("frontdesk")
    with subprocess.Popen(
        [program, "log", "tail", policy.log.directory, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as tail:
        assert tail.stdout is not None
        for number in range(3):
            writer.put(line(number), SHELF)
            assert json.loads(tail.stdout.readline())["http.response.status_code"] == 200 + number
        writer.close()
        time.sleep(0.3)
        tail.send_signal(signal.SIGINT)
        rest, errors = tail.communicate(timeout=10)
    assert (tail.returncode, rest, errors) == (0, b"", b"")


def test_tail_of_a_folder_that_is_not_there_is_one_clear_line(frontdesk: Command, tmp_path: Path) -> None:
    done = frontdesk("log", "tail", "none")
    assert done.returncode == 1
    assert done.stderr.startswith("frontdesk: none: no such folder")


def test_tail_takes_the_folder_from_the_policy(frontdesk: Command, tmp_path: Path) -> None:
    (tmp_path / "visitors-book").mkdir()
    (tmp_path / "frontdesk.toml").write_text(
        'version = "1"\ndefault_entity = "us"\nentities = [{ id = "us", legal_name = "US Inc." }]\n'
    )
    assert frontdesk("log", "tail", "--policy", "frontdesk.toml", "--no-follow").returncode == 0


def test_tail_survives_whatever_a_book_holds(frontdesk: Command, tmp_path: Path) -> None:
    book = tmp_path / "book"
    folder = SHELF.folder(book)
    (folder / f"{NAME}9.open").mkdir(parents=True)
    lines = [b"null", b"[]", b'"text"', b'{"timestamp": null, "http.route": "\\u001b[31m"}', b"\xff"]
    (folder / f"{NAME}1.open").write_bytes(b"\n".join(lines) + b"\n")
    done = frontdesk("log", "tail", book, "--no-follow")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == len(lines)
    assert "\x1b" not in done.stdout


def test_a_full_disk_behind_the_output_is_one_clear_line(frontdesk: Command, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("frontdesk")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [program, "lookup", "8.8.8.8"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == "frontdesk: the output cannot be written: No space left on device\n"


def line_of(shelf: Shelf, number: int) -> bytes:
    """A line whose record says that it belongs on a shelf."""
    where = {"timestamp": f"{shelf.day}T14:42:04.123Z", "frontdesk.entity": shelf.entity}
    return json.dumps(json.loads(line(number)) | where).encode() + b"\n"


def book_of(tmp_path: Path) -> Path:
    book = tmp_path / "book"
    writer = Writer(book)
    for number in range(5):
        writer.put(line_of(SHELF, number), SHELF)
    writer.put(line_of(SHELF._replace(entity="de"), 0), SHELF._replace(entity="de"))
    writer.close()
    return book


def test_verify_proves_a_book_whole(frontdesk: Command, tmp_path: Path) -> None:
    book = book_of(tmp_path)
    done = frontdesk("log", "verify", book)
    assert (done.returncode, done.stdout) == (0, f"{book}: 2 segments with 6 records: 0 damaged, 0 suspect\n")


def test_verify_names_what_is_damaged(frontdesk: Command, tmp_path: Path) -> None:
    book = book_of(tmp_path)
    damaged = next(segments(book, SHELF))
    damaged.write_bytes(damaged.read_bytes()[:-1])
    done = frontdesk("log", "verify", book)
    assert done.returncode == 1
    first, last = done.stdout.splitlines()
    assert first.startswith(f"{damaged}: at byte ")
    assert "the seal is missing" in first
    assert last == f"{book}: 2 segments with 1 records: 1 damaged, 0 suspect"


def test_stats_counts_by_class_day_and_entity(frontdesk: Command, tmp_path: Path) -> None:
    book = book_of(tmp_path)
    shown = frontdesk("log", "stats", book).stdout.splitlines()
    assert [row.split()[:5] for row in shown[1:]] == [
        ["visit", "2999-12-31", "de", "1", "1"],
        ["visit", "2999-12-31", "us", "5", "1"],
        ["all", "6", "2", "0", shown[-1].split()[-1]],
    ]
    first, second = map(json.loads, frontdesk("log", "stats", "--json", book).stdout.splitlines())
    assert (first["entity"], first["records"], second["entity"], second["records"]) == ("de", 1, "us", 5)


@pytest.mark.parametrize("command", ["verify", "stats"])
def test_a_book_that_is_not_there_is_one_clear_line(command: str, frontdesk: Command, tmp_path: Path) -> None:
    done = frontdesk("log", command, "none")
    assert done.returncode == 1
    assert done.stderr.startswith("frontdesk: none: no such folder")


@pytest.fixture
def two_books(tmp_path: Path) -> Path:
    """A policy whose companies have a book each."""
    policy = tmp_path / "frontdesk.toml"
    policy.write_text(
        'version = "1"\ndefault_entity = "us"\n[log]\ndirectory = "book"\n'
        'books = [{ of = "de", directory = "german" }]\n[[entities]]\nid = "us"\nlegal_name = "Us"\n'
        '[[entities]]\nid = "de"\nlegal_name = "De"\n'
    )
    return policy


def test_tail_shows_every_book_of_a_policy_in_the_order_of_time(
    two_books: Path, frontdesk: Command, tmp_path: Path
) -> None:
    for book, minutes in (("book", (1, 3)), ("german", (2, 4))):
        SHELF.folder(tmp_path / book).mkdir(parents=True)
        records = [RECORD | {"timestamp": f"2026-11-23T14:0{minute}:00.000Z"} for minute in minutes]
        lines = [json.dumps(record, separators=(",", ":")).encode() + b"\n" for record in records]
        seal_lines(SHELF.folder(tmp_path / book) / f"{NAME}1.jsonl.zst", lines)
    done = frontdesk("log", "tail", "--policy", two_books, "--no-follow", "-n", "3", "--json")
    assert [json.loads(line)["timestamp"][14:16] for line in done.stdout.splitlines()] == ["02", "03", "04"]


def test_verify_and_stats_look_at_every_book_of_a_policy(two_books: Path, frontdesk: Command, tmp_path: Path) -> None:
    policy = two_books
    for book, entity in (("book", "us"), ("german", "de")):
        folder = Shelf("visit", "2026-11-23", entity).folder(tmp_path / book)
        folder.mkdir(parents=True)
        seal_lines(folder / f"{NAME}1.jsonl.zst", [b"{}\n"])
    counted = frontdesk("log", "stats", "--policy", policy, "--json").stdout.splitlines()
    assert [(told["entity"], told["records"]) for told in map(json.loads, counted)] == [("us", 1), ("de", 1)]
    (folder / f"{NAME}1.jsonl.zst").write_bytes(b"rubbish")
    done = frontdesk("log", "verify", "--policy", policy)
    assert done.returncode == 1
    assert "german" in done.stdout
