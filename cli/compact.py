"""`frontdesk log compact`: every book of a policy compacted, with an account of it. The books tell of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from frontdesk.cli.plain import plain
from frontdesk.cli.retention import books
from frontdesk.policy import Policy
from frontdesk.systemdata.audit import testify
from frontdesk.systemdata.compact import Compacted, compact
from frontdesk.systemdata.compact import Progress as Follower


def run(policy: Policy, *, dry_run: bool) -> bool:
    """Compact every book, say what came of it, and write it into the book; whether no segment had to be left out."""
    kept = 0
    for directory in books(policy):
        with _followed(directory) as progress:
            done = compact(directory, datetime.now(UTC), dry_run=dry_run, progress=progress)
        if not dry_run:
            testify(policy, directory, time.time(), "compact", _details(done))
        for words in done.kept:
            print(f"kept as it is: {plain(words)}")
        print(_account(directory, done))
        kept += len(done.kept)
    return not kept


def _account(directory: Path, done: Compacted) -> str:
    would = "would be compacted: " if done.after is None else ""
    became = f"{done.files:,} files" if done.after is None else f"{done.files:,} files, {done.after:,} bytes"
    return (
        f"{directory}: {would}{done.records:,} records, {done.segments:,} segments, {done.before:,} bytes -> {became}"
    )


def _details(done: Compacted) -> dict[str, int | None]:
    """What a compaction did, as an audit record tells it."""
    told = done._asdict()
    return {
        **{name: told[name] for name in ("records", "segments", "files")},
        "bytes_before": done.before,
        "bytes_after": done.after,
        "kept": len(done.kept),
    }


@contextmanager
def _followed(directory: Path) -> Iterator[Follower]:
    """What shows how far it is: a bar on a terminal, on standard error, and else nothing."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(compact=True))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"compacting {directory.name}", total=1)
        yield lambda done: bar.update(task, completed=done)
