"""`frontdesk log`: the visitors' book."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from frontdesk.cli import book as book_
from frontdesk.cli import books as books_
from frontdesk.cli import retention as retention_
from frontdesk.cli import tail as tail_
from frontdesk.cli.commands.options import BOOK, From, Of, PolicyFile, To, days, loaded
from frontdesk.cli.commands.subject import hold, subject
from frontdesk.policy import EXAMPLE, load

log = typer.Typer(help="Look at the visitors' book.", no_args_is_help=True)
log.add_typer(hold, name="hold")
log.add_typer(subject, name="subject")


_BookFolder = Annotated[
    Path | None, typer.Argument(help="The book's folder.", show_default="the one that the policy names")
]


class _RecordFormat(StrEnum):
    JSONL = "jsonl"
    ECS = "ecs"


@log.command()
def tail(
    directory: _BookFolder = None,
    policy: PolicyFile = EXAMPLE,
    lines: Annotated[int, typer.Option("-n", "--lines", min=0, help="How many records to begin with.")] = 10,
    follow: Annotated[
        bool, typer.Option("--follow/--no-follow", "-f/-F", help="Go on and show records as they come.")
    ] = True,
    json: Annotated[bool, typer.Option("--json", help="The records as they are written.")] = False,
) -> None:
    """Show records as they come, until Ctrl-C: those of every book of a policy, or of one that is named.

    Examples: frontdesk log tail visitors-book · frontdesk log tail --policy frontdesk.toml --json --no-follow
    """
    tail_.run(_books_of(directory, policy), lines=lines, follow=follow, as_json=json)


@log.command("verify")
def log_verify(directory: _BookFolder = None, policy: PolicyFile = EXAMPLE) -> None:
    """Prove a book whole, or name what is damaged, where and how.

    Examples: frontdesk log verify visitors-book · frontdesk log verify --policy frontdesk.toml
    """
    damaged = [book for book in _books_of(directory, policy) if not book_.verify(book)]
    if damaged:
        raise typer.Exit(1)


@log.command()
def stats(
    directory: _BookFolder = None,
    policy: PolicyFile = EXAMPLE,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a shelf.")] = False,
) -> None:
    """Count a book's records by class, day and entity.

    Examples: frontdesk log stats visitors-book · frontdesk log stats --json
    """
    for book in _books_of(directory, policy):
        book_.stats(book, as_json=json)


@log.command("purge")
def log_purge(
    policy: PolicyFile = EXAMPLE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; say what would go.")] = False,
) -> None:
    """Take out of the book and its archive what has expired, and destroy the keys that nothing needs any more.

    Status 1 tells that something that should be gone stays: a book, an archive or a segment could not be purged, or
    damage keeps an erasure. It is named, and no other book waits for it.

    Examples: frontdesk log purge --policy frontdesk.toml --dry-run · frontdesk log purge --policy frontdesk.toml
    """
    if not retention_.purge(loaded(policy), dry_run=dry_run):
        raise typer.Exit(1)


@log.command("views")
def log_views(policy: PolicyFile = EXAMPLE) -> None:
    """Print SQL that gives your own DuckDB views of the book, with plain names; docs/reports.md lists them.

    They show single records, so they are for those who may read the book. Without ids and networks.

    Examples: frontdesk log views --policy frontdesk.toml > views.sql && duckdb -init views.sql
    """
    from frontdesk.cli import views as views_  # noqa: PLC0415 - what it needs takes a while to load

    views_.run(loaded(policy))


@log.command("compact")
def log_compact(
    policy: PolicyFile = EXAMPLE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; say what would be compacted.")] = False,
) -> None:
    """Turn the sealed segments of days that are over into Parquet, for DuckDB, Polars and Spark to read fast, merge the
    small files that a stream left there, and make the day sums that reports are quick by.

    Today and yesterday stay as they are. Status 1 tells that a segment could not be compacted; it stays, and is told.

    Examples: frontdesk log compact --policy frontdesk.toml --dry-run · frontdesk log compact --policy frontdesk.toml
    """
    from frontdesk.cli import compact as compact_  # noqa: PLC0415 - what it needs takes a while to load

    if not compact_.run(loaded(policy), dry_run=dry_run):
        raise typer.Exit(1)


@log.command("ship")
def log_ship(
    policy: Annotated[Path, typer.Option("--policy", help="The policy file, with a stream for the book.")],
    of: Of = "",
    once: Annotated[bool, typer.Option("--once", help="End when everything that is due is delivered.")] = False,
    lag: Annotated[bool, typer.Option("--lag", help="Only say how many records are behind; asks no broker.")] = False,
    json: Annotated[bool, typer.Option("--json", help="What is told as JSON objects, one a line.")] = False,
) -> None:
    """Send a book's records to its Kafka topics as they come, and go on where it was, whatever happened.

    It runs beside the app. SIGTERM and Ctrl-C end it when what is on its way is delivered, or after 10 seconds.

    Examples: frontdesk log ship --policy frontdesk.toml · frontdesk log ship --policy frontdesk.toml --of eu --json ·
    frontdesk log ship --policy frontdesk.toml --once · frontdesk log ship --policy frontdesk.toml --lag
    """
    from frontdesk.cli import stream as stream_  # noqa: PLC0415 - what it needs takes a while to load

    if lag:
        stream_.show_lag(load(policy), of, as_json=json)
    else:
        stream_.ship(load(policy), of, once=once, as_json=json)


@log.command("archive")
def log_archive(
    policy: PolicyFile = EXAMPLE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; say what would be archived.")] = False,
) -> None:
    r"""Move the segments of days that are over to the store that the policy names, as `\[log] archive = "s3://…"`.

    Reports, purge, verify and the requests of data subjects look there too. Today and yesterday stay. Status 1 tells
    that a segment or a book could not be archived; it stays, and is told. Credentials come from the environment.

    Examples: frontdesk log archive --policy frontdesk.toml --dry-run · frontdesk log archive --policy frontdesk.toml
    """
    from frontdesk.cli import archive as archive_  # noqa: PLC0415 - what it needs takes a while to load

    if not archive_.run(loaded(policy), dry_run=dry_run):
        raise typer.Exit(1)


@log.command("export")
def log_export(
    policy: PolicyFile = EXAMPLE,
    to: Annotated[
        str | None, typer.Option("--recipient", help="A recipient of the policy.", show_default="the company itself")
    ] = None,
    format_: Annotated[
        _RecordFormat, typer.Option("--format", help="As they are, or by Elastic Common Schema.")
    ] = _RecordFormat.JSONL,
    since: From = None,
    until: To = None,
) -> None:
    """Write records for a recipient: those, and only those, that the policy lets it have.

    Status 1 tells that a segment could not be read whole, so neither is the export; standard error names it.

    Examples: frontdesk log export --policy frontdesk.toml --recipient agency > records.jsonl ·
    frontdesk log export --format ecs
    """
    first, last = days(since, until)
    if not retention_.export(loaded(policy), to, ecs=format_ is _RecordFormat.ECS, first=first, last=last):
        raise typer.Exit(1)


def _books_of(directory: Path | None, policy: Path) -> list[Path]:
    """The book that is named, or those of the policy that are there, the common one first; else where one is to be."""
    if directory is not None:
        return [directory]
    books = [BOOK] if policy == EXAMPLE else books_.named(load(policy))
    return [book for book in books if book.is_dir()] or books[:1]
