"""`frontdesk report`, as a person types it."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from msgspec.structs import replace

from frontdesk.policy import EXAMPLE, load
from frontdesk.policy.model import Log

from ..analytics.books import crowd, write
from ..book import lines_in
from .conftest import Command

_ASK = ("report", "--purpose", "marketing_analytics", "--by")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """The example policy's book, with two organisations of today, one of which has too few visitors to be told."""
    directory = tmp_path / "visitors-book"
    policy = replace(load(EXAMPLE), log=Log(directory=directory))
    today = datetime.now(UTC).date()
    records = crowd(policy, 20, "Example", day=today) + crowd(policy, 20, "[red]Other\x1b[0m", day=today)
    write(directory, records + crowd(policy, 3, "Few", day=today, country="FR"))
    return directory


def _refused(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that a mistake is answered with."""
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("frontdesk: ")
    return line


def test_report_shows_a_table_and_how_to_read_it(frontdesk: Command, book: Path) -> None:
    done = frontdesk(*_ASK, "country")
    assert done.returncode == 0, done.stderr
    assert "Visits by country" in done.stdout
    assert "rows of 10 visitors or more" in done.stdout
    assert "https://db-ip.com" in done.stdout


def test_report_shows_names_as_text(frontdesk: Command, book: Path) -> None:
    done = frontdesk(*_ASK, "organisation", "--where", "country=DE")
    assert "[red]Other\\x1b[0m" in done.stdout
    assert "\x1b" not in done.stdout
    assert "Few" not in done.stdout


def test_report_finds_an_organisation_by_its_name(frontdesk: Command, book: Path) -> None:
    for name in ("Example", "EXAMPLE Ltd."):
        told = orjson.loads(frontdesk(*_ASK, "country", "--where", f"organisation={name}", "--format", "json").stdout)
        assert [(row["country"], row["visits"]) for row in told["rows"]] == [("DE", 20)]


def test_report_writes_who_asked_into_the_book(frontdesk: Command, book: Path) -> None:
    frontdesk(*_ASK, "country", "--asked-by", "anna@aurora.example", "-k", "12")
    (audit,) = [orjson.loads(line) for line in lines_in(book, "audit")]
    told = audit["frontdesk.audit.details"]
    assert (told["asked_by"], told["purpose"], told["k"]) == ("anna@aurora.example", "marketing_analytics", 12)


@pytest.mark.parametrize("format_", ["csv", "json", "html", "md"])
def test_report_prints_or_writes_each_format(frontdesk: Command, book: Path, tmp_path: Path, format_: str) -> None:
    printed = frontdesk(*_ASK, "kind", "--format", format_)
    assert printed.returncode == 0, printed.stderr
    assert "business" in printed.stdout
    written = frontdesk(*_ASK, "kind", "--format", format_, "--out", "answer")
    assert written.stdout == ""
    assert (tmp_path / "answer").read_bytes().decode() == printed.stdout.replace(
        "\n", "\r\n" if format_ == "csv" else "\n"
    )


def test_report_writes_parquet_to_a_file_only(frontdesk: Command, book: Path, tmp_path: Path) -> None:
    assert "name a file with --out" in _refused(frontdesk(*_ASK, "kind", "--format", "parquet"))
    assert frontdesk(*_ASK, "kind", "--format", "parquet", "--out", "answer.parquet").returncode == 0
    assert (tmp_path / "answer.parquet").read_bytes()[:4] == b"PAR1"


def test_report_by_account(frontdesk: Command, book: Path, tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("account,name\nA-4711,EXAMPLE GmbH\n")
    done = frontdesk(*_ASK, "account", "--accounts", "accounts.csv")
    assert "A-4711" in done.stdout
    assert "--accounts FILE" in _refused(frontdesk(*_ASK, "account"))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--purpose", "marketing_analytics", "--by", "nonsense"), "'nonsense' is no dimension"),
        (("--by", "country"), "refused by the rule purpose-missing"),
        (("--purpose", "advertising", "--by", "country"), "refused by the rule purpose-unknown"),
        (("--purpose", "anonymous_statistics", "--by", "organisation"), "refused by the rule anonymous-only"),
        (("--purpose", "marketing_analytics", "--by", "country", "-k", "4"), "refused by the rule threshold"),
        (("--purpose", "marketing_analytics", "--by", "country", "-k", "12"), "5, 10, 20, 50, 100, 200, 500, 1000"),
        (("--purpose", "marketing_analytics", "--by", "country", "--where", "DE"), "'DE' is no filter"),
        (("--purpose", "marketing_analytics", "--by", "day", "--where", "country=de"), "'de' is no country"),
        (("--purpose", "marketing_analytics", "--by", "country", "--asked-by", "\n"), "say who asks"),
        (
            ("--purpose", "marketing_analytics", "--by", "country", "--until", "0001-01-01"),
            "there is no book of 0001-01-01",
        ),
        (("--purpose", "marketing_analytics", "--by", "country", "--out", "no/such/folder"), "cannot be written"),
        (("--purpose", "marketing_analytics", "--by", "country", "--accounts", "nowhere"), "nowhere: cannot be read"),
    ],
)
def test_report_answers_a_mistake_with_one_line(
    frontdesk: Command, book: Path, arguments: tuple[str, ...], says: str
) -> None:
    assert says in _refused(frontdesk("report", *arguments))


def test_report_of_no_book(frontdesk: Command, tmp_path: Path) -> None:
    assert "no such folder; a book is made when an app starts" in _refused(frontdesk(*_ASK, "country"))
    assert not (tmp_path / "visitors-book").exists()


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "23.11.2026"])
def test_report_a_day_that_is_none(frontdesk: Command, day: str) -> None:
    done = frontdesk(*_ASK, "country", "--since", day)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_report_without_duckdb_says_what_to_install(
    book: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from frontdesk.cli import main  # noqa: PLC0415 - as the command does

    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    monkeypatch.chdir(book.parent)
    monkeypatch.setattr("sys.argv", ["frontdesk", *_ASK, "country"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "pip install 'frontdesk[analytics]'" in capsys.readouterr().err


def test_report_help_has_examples(frontdesk: Command) -> None:
    told = " ".join(frontdesk("report", "--help").stdout.split())
    assert "frontdesk report --purpose marketing_analytics --by organisation" in told
