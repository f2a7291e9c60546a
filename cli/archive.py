"""`frontdesk log archive`: days that are over moved to each book's archive, with an account. The books tell of it."""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from frontdesk.cli.bar import followed
from frontdesk.cli.books import named, tended
from frontdesk.cli.plain import plain
from frontdesk.policy import FrontdeskError, Policy
from frontdesk.systemdata.afterwards import together
from frontdesk.systemdata.audit import testify
from frontdesk.systemdata.move import Moved, move
from frontdesk.systemdata.stream.sweep import waiting


def run(policy: Policy, *, dry_run: bool) -> bool:
    """Archive every book of which the policy says where, say what came of it, and write it into the book; whether no
    segment had to be left out. A book that fails keeps no other from its turn.

    Raises what went wrong, all of it, after the last book.
    """
    archives = {directory: url for directory in named(policy) if (url := policy.archive_of(directory))}
    if not archives:
        raise FrontdeskError('the policy names no archive: set one, as [log] archive = "s3://bucket/prefix"')
    whole, wrong = True, list[Exception]()
    for directory in tended(archives):
        try:
            done = _archive(policy, directory, archives[directory], dry_run=dry_run)
            whole = whole and done
        except (FrontdeskError, OSError) as error:  # the latter of the output
            wrong.append(error)
    if wrong:
        raise together(wrong)
    return whole


def _archive(policy: Policy, directory: Path, url: str, *, dry_run: bool) -> bool:
    """Archive one book; whether no segment had to be left out."""
    waits, witness = _waits(policy, directory), partial(_testify, policy, directory, url)
    with followed(f"archiving {directory.name}") as progress:
        now = datetime.now(UTC)
        done = move(directory, url, now, dry_run=dry_run, progress=progress, waits=waits, testify=witness)
    for words in done.kept:
        print(f"kept on the disk: {plain(words)}")
    if done.warning:
        print(f"frontdesk: {url}: {done.warning}", file=sys.stderr)
    print(_account(directory, done, url, dry_run=dry_run))
    return not done.kept


def _testify(policy: Policy, directory: Path, url: str, done: Moved) -> None:
    testify(policy, directory, time.time(), "archive", _details(done, url))


def _waits(policy: Policy, directory: Path) -> Callable[[Path], bool]:
    """Tells whether a segment must stay: what goes to topics is shipped from the disk."""
    stream = next((stream for folder, stream in policy.streams().values() if folder == directory), None)
    return waiting(directory, stream.classes) if stream else lambda _: False


def _account(directory: Path, done: Moved, url: str, *, dry_run: bool) -> str:
    what = f"{done.records:,} records of {done.days:,} days, {done.segments:,} segments, {done.size:,} bytes"
    return f"{directory}: {'would be archived: ' if dry_run else ''}{what} -> {url}"


def _details(done: Moved, url: str) -> dict[str, str | int | None]:
    """What was archived, as an audit record tells it."""
    return {
        "to": url,
        "segments": done.segments,
        "records": done.records,
        "bytes": done.size,
        "days": done.days,
        "kept": len(done.kept),
        "broken_off": None if done.ended else 1,
    }
