"""`frontdesk log compact`: every book of a policy compacted, with an account of it. The books tell of it."""

import time
from datetime import UTC, datetime
from pathlib import Path

from frontdesk.analytics.remember import Remembered, remember
from frontdesk.cli.bar import followed
from frontdesk.cli.books import named, tended
from frontdesk.cli.plain import plain
from frontdesk.policy import FrontdeskError, Policy
from frontdesk.systemdata.audit import testify
from frontdesk.systemdata.compact import Compacted, compact
from frontdesk.systemdata.compact import Progress as Follower


def run(policy: Policy, *, dry_run: bool) -> bool:
    """Compact every book and make its day sums, say what came of it, and write it into the book; whether no segment had
    to be left out.
    """
    kept = 0
    for directory in tended(named(policy)):
        now = datetime.now(UTC)
        with followed(f"compacting {directory.name}") as progress:
            done = compact(directory, now, dry_run=dry_run, progress=progress)
        with followed(f"summing up {directory.name}") as progress:
            sums = _sum_up(policy, directory, now, progress, dry_run=dry_run)
        if not dry_run:
            testify(policy, directory, time.time(), "compact", _details(done) | {"summed_days": sums.days})
        for words in done.kept:
            print(f"kept as it is: {plain(words)}")
        for words in sums.failed:
            print(f"without day sums: {plain(words)}")
        print(f"{_account(directory, done)}; {_days(sums, dry_run=dry_run)}")
        kept += len(done.kept)
    return not kept


def _sum_up(policy: Policy, directory: Path, now: datetime, progress: Follower, *, dry_run: bool) -> Remembered:
    """Make the day sums. A book without them is whole: what keeps them from being made is told, and nothing more."""
    try:
        return remember(policy, directory, now, dry_run=dry_run, progress=progress)
    except FrontdeskError as error:
        return Remembered(0, [str(error)])
    except OSError as error:
        return Remembered(0, [f"{error.filename or directory}: {error.strerror}"])


def _days(sums: Remembered, *, dry_run: bool) -> str:
    return f"{sums.days:,} days {'would be ' if dry_run else ''}summed up"


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
