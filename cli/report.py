"""`frontdesk report`: a question about the book for a purpose, and its answer as a table or a file."""

import getpass
import io
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from frontdesk.analytics import Answer, Question, QuestionError, ask, read_accounts
from frontdesk.analytics.export import FORMATS, caption, title
from frontdesk.analytics.question import filters
from frontdesk.analytics.sheet import Sheet, notes, sheet
from frontdesk.cli.plain import plain
from frontdesk.geodb import EMBEDDED
from frontdesk.geodb.manifest import read as read_manifest
from frontdesk.policy import Policy

_DAYS = 30
_NARROW, _BROAD = 100, 170
_PAGE = 200  # columns of a table in a file
# What a terminal has no room for, unless it is so wide.
_NEEDS = dict.fromkeys(("pages", "first_seen", "last_seen", "confidence"), _NARROW) | dict.fromkeys(
    ("visits_before", "entities", "evidence"), _BROAD
)


class Asked(NamedTuple):
    """A question as it is typed."""

    purpose: str
    by: str
    since: datetime | None
    until: datetime | None
    where: tuple[str, ...]
    bots: bool
    k: int
    asked_by: str | None


def run(policy: Policy, asked: Asked, accounts: Path | None, format_: str, out: Path | None) -> None:
    """Ask, and print the answer or write it to a file."""
    question = _question(asked)
    if format_ == "parquet" and out is None:
        raise QuestionError("Parquet is no text: name a file with --out")
    known = read_accounts(accounts) if accounts else None
    if known is None and "account" in question.dimensions:
        raise QuestionError("to tell by account, give the list of accounts: --accounts FILE")
    with _waiting():
        answer = ask(policy, question, accounts=known)
    credit = read_manifest(policy.database.file or EMBEDDED).attributions
    if format_ != "table":
        _deliver(FORMATS[format_](answer, credit), out)
    else:
        with _output(out) as console:
            _show(console, answer, credit)


def _question(asked: Asked) -> Question:
    today = datetime.now(UTC).date()
    until = asked.until.date() if asked.until else today
    since = asked.since.date() if asked.since else date.fromordinal(max(1, until.toordinal() - _DAYS + 1))
    by = tuple(name.strip() for name in asked.by.split(","))
    name = asked.asked_by or _login()
    return Question(asked.purpose, by, since, until, name, filters(asked.where), asked.bots, asked.k)


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # nobody has this number
        return f"user {os.geteuid()}"


def _waiting() -> Progress:
    """Something that moves while a large book is read; where nobody looks, nothing."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    progress.add_task("reading the book", total=None)
    return progress


@contextmanager
def _output(out: Path | None) -> Iterator[Console]:
    """A console on a file, or on the standard output."""
    if out is None:
        yield Console()
        return
    text = io.StringIO()
    yield Console(width=_PAGE, file=text)
    _deliver(text.getvalue().encode(), out)


def _deliver(content: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.buffer.write(content)
        return
    try:
        out.write_bytes(content)
    except OSError as error:
        raise QuestionError(f"{out}: cannot be written: {error.strerror}") from None


def _show(console: Console, answer: Answer, credit: Iterable[str]) -> None:
    told = sheet(answer)
    shown = [number for number, name in enumerate(told.columns) if _has_room(console, answer, told, number, name)]
    table = Table(
        box=box.SIMPLE_HEAD,
        title=title(answer),
        title_justify="left",
        caption=escape(plain(caption(answer))),
        caption_justify="left",
    )
    for number in shown:
        numeric = any(isinstance(row[number], int) for row in told.rows)
        table.add_column(told.columns[number].replace("_", " "), justify="right" if numeric else "left")
    for row in told.rows:
        table.add_row(*(_cell(row[number]) for number in shown))
    if told.rows:
        console.print(table)
    else:
        console.print(f"{title(answer)}: no row stands for {answer.question.k} visitors or more", highlight=False)
    summary = answer.summary
    for name, value in (
        ("total shown", answer.visits),
        ("all visits", summary.visits),
        ("visitors", summary.visitors),
        ("bots", summary.bots),
        ("objected", summary.objections.objected),
    ):
        console.print(f"{name:<14}{'too few to tell' if value is None else format(value, ',')}", highlight=False)
    for line in (*notes(answer), *credit):
        console.print(escape(plain(line)), highlight=False, soft_wrap=True)


def _has_room(console: Console, answer: Answer, told: Sheet, number: int, name: str) -> bool:
    """Whether a column is shown: what rows are told apart by always, else what has a value, as far as there is room."""
    if number < len(answer.question.by):
        return True
    return console.width >= _NEEDS.get(name, 0) and any(row[number] is not None for row in told.rows)


def _cell(value: str | int | None) -> str:
    return "" if value is None else f"{value:,}" if isinstance(value, int) else escape(plain(value))
