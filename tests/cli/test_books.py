"""What commands do where a book is not there yet: a chore has nothing to do, a question is a mistake in a path."""

from pathlib import Path
from typing import NamedTuple

import pytest

from frontdesk.policy import Entity, Policy, load
from frontdesk.systemdata.hold import Holds
from frontdesk.systemdata.lock import alone

from ..conftest import forget_keys
from ..systemdata.keeping import visit, write
from .conftest import Command
from .test_retention import ago

POLICY = """
version = "1"
default_entity = "com"
[[entities]]
id = "com"
legal_name = "Example, Inc."
[[entities]]
id = "de"
legal_name = "Example GmbH"
residency = "eu"
[log]
directory = "book"
archive = "file://{folder}/archive"
[log.stream]
brokers = ["127.0.0.1:9"]
[[log.books]]
of = "eu"
directory = "eu-book"
archive = "file://{folder}/eu-archive"
"""
EACH_ITS_OWN = """
[[log.books]]
of = "de"
directory = "de-book"
[[log.books]]
of = "com"
directory = "com-book"
"""
NOT_YET = "there is no book yet, so nothing is to be done; one is made when an app starts"
NOT_THERE = "no such folder; a book is made when an app starts (see [log] in the policy)"


class Row(NamedTuple):
    """A command, and what comes of it where none of the policy's books is there, and where one of two is."""

    words: str
    none: int  # its status
    one: int


CHORES = [
    Row("log purge", 0, 0),
    Row("log purge --dry-run", 0, 0),
    Row("log compact", 0, 0),
    Row("log compact --dry-run", 0, 0),
    Row("log archive", 0, 0),
    Row("log archive --dry-run", 0, 0),
]
QUESTIONS = [
    Row("log tail --no-follow", 1, 0),
    Row("log verify", 1, 0),
    Row("log stats", 1, 0),
    Row("log views", 1, 0),
    Row("log export", 1, 0),
    Row("log hold list", 1, 0),
    Row("log subject find --address 128.112.0.77", 1, 0),
    Row("log subject export --address 128.112.0.77", 1, 0),
    Row("log subject erase --address 128.112.0.77", 1, 0),
    Row("log hold add --reason case", 1, 1),  # a hold on everything is on every book, or is not made
    Row("log hold add --reason case --entity com", 1, 0),
    Row("log hold release 2026-11-24-1f3a5c", 1, 1),  # there is no such hold
    Row("report --purpose anonymous_statistics --by country", 1, 0),
]
EVERY = pytest.mark.parametrize("row", [*CHORES, *QUESTIONS], ids=lambda row: row.words)


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    (tmp_path / "p.toml").write_text(POLICY.format(folder=tmp_path))
    return load(tmp_path / "p.toml")


def folders(tmp_path: Path) -> set[str]:
    return {path.name for path in tmp_path.iterdir() if path.is_dir()}


@EVERY
def test_where_no_book_is_there_a_chore_says_so_and_a_question_fails(
    row: Row, policy: Policy, frontdesk: Command, tmp_path: Path
) -> None:
    done = frontdesk(*row.words.split(), "--policy", tmp_path / "p.toml")
    assert done.returncode == row.none
    if row in CHORES:
        assert (done.stdout, done.stderr) == (
            f"{tmp_path / 'book'}: {NOT_YET}\n{tmp_path / 'eu-book'}: {NOT_YET}\n",
            "",
        )
    else:
        assert done.stdout == ""
        assert done.stderr.startswith(f"frontdesk: {tmp_path / 'book'}: {NOT_THERE}")
        assert done.stderr.count("\n") == 1
    assert folders(tmp_path) == set()


@EVERY
def test_where_one_of_two_books_is_there_it_alone_is_asked_or_tended(
    row: Row, policy: Policy, frontdesk: Command, tmp_path: Path
) -> None:
    write(policy.log.directory, visit(policy, ago(1), "com"))
    done = frontdesk(*row.words.split(), "--policy", tmp_path / "p.toml")
    assert done.returncode == row.one
    if row in CHORES:
        assert f"{tmp_path / 'eu-book'}: {NOT_YET}\n" in done.stdout
        assert f"{tmp_path / 'book'}" in done.stdout
    if row.words == "log hold add --reason case":
        assert done.stderr.startswith(f"frontdesk: {tmp_path / 'eu-book'}: {NOT_THERE}. No hold was added")
        assert not (tmp_path / "book" / "holds").exists()
    assert "eu-book" not in folders(tmp_path)


def test_a_book_that_no_company_has_any_more_is_tended_and_asked(
    policy: Policy, frontdesk: Command, tmp_path: Path
) -> None:
    for directory, entity in (("book", "com"), ("eu-book", "de")):
        write(tmp_path / directory, visit(policy, ago(91), entity), visit(policy, ago(1), entity))
    with (tmp_path / "p.toml").open("a") as file:
        file.write(EACH_ITS_OWN)
    for directory in ("com-book", "de-book"):
        (tmp_path / directory).mkdir()

    def run(*words: str) -> str:
        done = frontdesk("log", *words, "--policy", tmp_path / "p.toml")
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    hold = run("hold", "add", "--reason", "case").strip()
    assert run("purge").count("held        1 records have expired") == 2
    assert run("hold", "list").count(hold) == 4
    assert run("hold", "release", hold).count("released") == 4
    assert run("purge").count("gone        1 records (1 visit)") == 2
    assert run("export").count('"frontdesk.visit"') == 2
    shown = [run("tail", "--no-follow", "-n", "100"), run("verify"), run("views")]
    for directory in ("book", "eu-book"):
        assert f"{tmp_path / directory}: 0 records" in run("subject", "find", "--address", "128.112.0.77")
        assert str(tmp_path / directory) in shown[1]
        assert str(tmp_path / directory) in shown[2]
    assert shown[0].count("(-)") == 2  # a visit in each
    assert run("stats", "--json").count('"retention_class":"visit"') == 2


@pytest.mark.parametrize("command", ["purge", "compact", "archive"])
def test_a_chore_fails_where_what_is_there_is_no_folder(
    command: str, policy: Policy, frontdesk: Command, tmp_path: Path
) -> None:
    (tmp_path / "book").write_text("")
    done = frontdesk("log", command, "--policy", tmp_path / "p.toml")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "there is no book here" in done.stderr


@pytest.mark.parametrize(
    ("options", "status"),
    [("--once", 0), ("--once --json", 0), ("", 1), ("--lag", 1)],
    ids=["once", "json", "on", "lag"],
)
def test_shipping_once_is_a_chore_and_going_on_is_not(
    options: str, status: int, policy: Policy, frontdesk: Command, tmp_path: Path
) -> None:
    done = frontdesk("log", "ship", *options.split(), "--policy", tmp_path / "p.toml")
    forget_keys(policy.log.directory)
    told = NOT_YET if status == 0 else "there is no book here; one is made when an app starts"
    assert done.returncode == status
    assert done.stdout + done.stderr == f"{'frontdesk: ' if status else ''}{tmp_path / 'book'}: {told}\n"
    assert (done.stdout == "") == (options != "--once")  # what reads JSON reads no words
    assert folders(tmp_path) == set()


def test_a_hold_is_on_every_book_or_on_none_where_another_command_changes_one(
    policy: Policy, frontdesk: Command, tmp_path: Path
) -> None:
    for entity in ("com", "de"):
        write(policy.directory_of(entity_of(policy, entity)), visit(policy, ago(1), entity))
    with alone(tmp_path / "eu-book"):
        done = frontdesk("log", "hold", "add", "--reason", "case", "--policy", tmp_path / "p.toml")
    assert (done.returncode, done.stdout) == (1, "")
    assert "eu-book: another command is changing this book" in done.stderr
    assert not (tmp_path / "book" / "holds").exists()
    assert not (tmp_path / "book" / "audit").exists()


def test_a_hold_is_on_every_book_or_on_none_where_one_cannot_be_written(
    policy: Policy, frontdesk: Command, tmp_path: Path
) -> None:
    for entity in ("com", "de"):
        write(policy.directory_of(entity_of(policy, entity)), visit(policy, ago(1), entity))
    (tmp_path / "eu-book" / "holds").write_text("in the way")
    done = frontdesk("log", "hold", "add", "--reason", "case", "--policy", tmp_path / "p.toml")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{tmp_path / 'eu-book' / 'holds'}" in done.stderr
    assert Holds(tmp_path / "book").all() == []
    assert not (tmp_path / "book" / "audit").exists()


def entity_of(policy: Policy, entity_id: str) -> Entity:
    return next(entity for entity in policy.entities if entity.id == entity_id)
