"""`frontdesk log purge|hold|export`: what may leave a policy's books and what may not. The books tell of it."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from frontdesk.cli.books import NOT_THERE, asked_about, named, tended
from frontdesk.cli.plain import plain
from frontdesk.policy import Entity, FrontdeskError, Policy
from frontdesk.policy.model import Recipient
from frontdesk.systemdata import BookError, SegmentError
from frontdesk.systemdata.afterwards import afterwards, told
from frontdesk.systemdata.archive import doubt_of
from frontdesk.systemdata.archived import File
from frontdesk.systemdata.audit import testify
from frontdesk.systemdata.ecs import as_ecs
from frontdesk.systemdata.expiry import Expiry
from frontdesk.systemdata.hold import Hold, Holds, new_id
from frontdesk.systemdata.lock import alone
from frontdesk.systemdata.purge import Purged, totals
from frontdesk.systemdata.purge import purge as purge_book
from frontdesk.systemdata.read import read
from frontdesk.systemdata.shelf import Shelf
from frontdesk.systemdata.subject import Erased, counts, finish
from frontdesk.systemdata.transfer import handed_over, may_have
from frontdesk.systemdata.whole import files

FIRST_DAY, LAST_DAY = "0000-00-00", "9999-99-99"
"""Days before and after all others, as text sorts."""


_Say = Callable[[str], object]


def purge(policy: Policy, *, dry_run: bool) -> bool:
    """Purge every book, say what went, and write it into the book; whether all of it could be purged, archives too, and
    all that is done beside. What fails is told, and keeps no other step and no other book from its turn.

    Raises `OSError` where the output fails, after all is done.
    """
    whole, unsaid = True, list[OSError]()
    for directory in tended(named(policy)):
        said, wrong = list[str](), list[str]()
        for step in (_purge, _finish_erasures, _sweep_journal):
            done = _is_done(directory, partial(step, policy, directory, said.append, dry_run=dry_run), wrong)
            whole = whole and done
        for lines, stream in ((said, sys.stdout), (dict.fromkeys(wrong), sys.stderr)):
            try:
                for line in lines:
                    print(line, file=stream)
            except OSError as error:
                unsaid.append(error)
    if unsaid:
        raise unsaid[0]
    return whole


def _is_done(directory: Path, step: Callable[[], bool], wrong: list[str]) -> bool:
    """Do a step; whether nothing of it had to be left. An error is noted, and is no matter to the next step."""
    try:
        return step()
    except FrontdeskError as error:
        lines = told(error)
    except OSError as error:
        lines = [f"{error.filename or directory}: {error.strerror}", *told(error)[1:]]
    wrong += [f"frontdesk: {plain(line)}" for line in lines]
    return False


def _purge(policy: Policy, directory: Path, say: _Say, *, dry_run: bool) -> bool:
    """Purge one book; whether nothing stays that has expired and is not held."""
    witness = partial(_testify_purged, policy, directory)
    done = purge_book(policy, directory, datetime.now(UTC), dry_run=dry_run, testify=witness)
    for line in _account(directory, done, dry_run=dry_run):
        say(line)
    if done.archive is None:
        warn_of_doubt(directory)
    return done.archive is None and not done.unsifted


def _testify_purged(policy: Policy, directory: Path, done: Purged) -> None:
    testify(policy, directory, time.time(), "purge", dict(totals(done)))


def _finish_erasures(policy: Policy, directory: Path, say: _Say, *, dry_run: bool) -> bool:
    """Erase what waits for that, as far as it can be by now; whether no damage keeps anything of it."""
    damaged = False

    def tell(done: Erased) -> None:
        nonlocal damaged
        damaged = damaged or bool(done.damaged)
        for line in _erased(done):
            say(line)
        testify(policy, directory, time.time(), "subject_erase", dict(counts(done)) | {"postponed": 1})

    if not dry_run:
        finish(directory, tell)
    return not damaged


def _erased(done: Erased) -> Iterator[str]:
    yield f"  erased      {done.erased} records that a data subject had asked for and that had to stay until now"
    if done.held:
        yield f"  held        {done.held} of these stay because of a hold, and go with the purge after its release"
    for damage in done.damaged:
        yield f"  damaged     {plain(damage)}; what it may hold of these stays until it is restored or expires"


def _sweep_journal(policy: Policy, directory: Path, say: _Say, *, dry_run: bool) -> bool:
    """Forget the logs of which all has expired."""
    from frontdesk.middleware.bulk.journal import sweep  # noqa: PLC0415 - slow to load, and needed by no other command

    if logs := sweep(directory, time.time(), policy.retention.visit.days, dry_run=dry_run):
        say(f"  journal     {logs} logs {'would go' if dry_run else 'gone'}: all that came of them has expired")
    return True


def warn_of_doubt(directory: Path) -> None:
    """Say where it cannot be told whether what was deleted is gone."""
    if doubt := doubt_of(directory):
        print(f"frontdesk: {doubt}", file=sys.stderr)


def _account(directory: Path, done: Purged, *, dry_run: bool) -> Iterator[str]:
    would = "would go" if dry_run else "gone"
    by_class = ", ".join(f"{count} {name}" for name, count in sorted(done.records.items())) or "none"
    yield f"{directory}"
    yield f"  {would:10}  {sum(done.records.values())} records ({by_class}), {done.files} files"
    yield f"  keys        {len(done.keys)} {would}" + (f": {', '.join(done.keys)}" if done.keys else "")
    yield f"  held        {done.held} records have expired and stay because of a hold"
    yield f"  left        {done.left} records, the oldest of {done.oldest or 'no time'}"
    if done.archive:
        yield f"  archive     not purged: {plain(done.archive)}"
    yield f"  open        {done.still_open} segments are being written, and were not looked into"
    for damage in done.damaged:
        yield f"  damaged     {plain(damage)}"
    for stays in done.unread:
        yield f"  not read    {plain(stays)}"


def add_hold(
    policy: Policy,
    reason: str,
    retention_class: str | None,
    entity: str | None,
    since: datetime | None,
    until: datetime | None,
) -> None:
    """Put a hold into each book that may have records of the entity, or into none where one of them is not there."""
    known = {each.id: each for each in policy.entities}
    if entity is not None and entity not in known:
        raise FrontdeskError(f"no entity has the id {entity!r}; known are {', '.join(known)}")
    there = _books_of(policy, known[entity]) if entity else named(policy)
    for directory in there:
        if not directory.is_dir():
            others = "to hold what is in other books, name a company with --entity"
            raise FrontdeskError(f"{directory}: {NOT_THERE}. No hold was added; {others}")
    now = datetime.now(UTC)
    try:
        hold = Hold(
            id=new_id(now),
            reason=reason,
            made=_stamp(now),
            retention_class=retention_class,
            entity=entity,
            since=_stamp(since) if since else None,
            until=_stamp(until) if until else None,
        )
    except ValueError as error:
        raise FrontdeskError(str(error)) from None
    told = {"hold": hold.id, "reason": reason, "class": retention_class, "entity": entity}
    _add_everywhere(hold, there)
    for directory in there:
        testify(policy, directory, now.timestamp(), "hold", told | {"since": hold.since, "until": hold.until})
    print(hold.id)


def _books_of(policy: Policy, entity: Entity) -> list[Path]:
    """The entity's own book, and each other that is there: one of them has what was written before it had its own."""
    own = policy.directory_of(entity)
    return [own, *(directory for directory in named(policy) if directory != own and directory.is_dir())]


def _add_everywhere(hold: Hold, there: Sequence[Path]) -> None:
    """Put a hold into each of several books, or into none where one of them cannot be changed."""
    with ExitStack() as undo, ExitStack() as locks:
        for directory in there:
            locks.enter_context(alone(directory))
        for directory in there:
            Holds(directory).add(hold)
            undo.callback(Holds(directory).release, hold.id)
        undo.pop_all()


def list_holds(policy: Policy) -> None:
    """Print the holds of every book."""
    for directory in asked_about(policy):
        for hold in Holds(directory).all():
            what = f"{hold.retention_class or 'every class'}, {hold.entity or 'every entity'}"
            when = f"{hold.since or 'the beginning'} to {hold.until or 'whenever'}"
            print(f"{hold.id}  {what}, {when}: {plain(hold.reason)}  ({directory})")


def release_hold(policy: Policy, hold_id: str) -> None:
    """Take a hold away from every book that has it."""
    there = [each for each in asked_about(policy) if hold_id in {hold.id for hold in Holds(each).all()}]
    if not there:
        raise FrontdeskError(f"there is no hold {hold_id!r}; see frontdesk log hold list")
    for directory in there:
        with alone(directory):
            hold = Holds(directory).release(hold_id)
        testify(policy, directory, time.time(), "release", {"hold": hold.id, "reason": hold.reason})
        print(f"released {hold.id} in {directory}: what has expired or waits to be erased goes with the next purge")


def export(policy: Policy, to: str | None, *, ecs: bool, first: str, last: str) -> bool:
    """Print records for a recipient, or every record for the company itself, one JSON object a line.

    What has expired is given to nobody, also if a hold keeps it. False where a segment could not be read whole: that
    is told, and everything else is given.
    """
    recipient = _recipient(policy, to) if to is not None else None
    expiry, now, damaged = Expiry(policy), datetime.now(UTC), 0
    asked = {"recipient": to, "from": told_day(first), "to": told_day(last)}
    for directory in asked_about(policy):
        there = _listed(directory, first, last)
        # One audit record before anything leaves, as nobody is sure to write one afterwards, and one of how much did.
        testify(policy, directory, time.time(), "export", asked | {"state": "begun"})
        count, damage = 0, list[str]()
        account: dict[str, str | int | None] = {"state": "broken_off", "records": 0}
        with afterwards(partial(_testify_exported, policy, directory, asked, account)):
            for shelf, record in _records(there, damage):
                if (recipient is not None and not may_have(recipient, record)) or expiry.is_past(shelf, record, now):
                    continue
                given = record if recipient is None else handed_over(recipient, record)
                count += 1
                account["records"] = count
                sys.stdout.buffer.write(orjson.dumps(as_ecs(given) if ecs else given, option=orjson.OPT_APPEND_NEWLINE))
            sys.stdout.buffer.flush()
            account |= {"state": "ended", "damaged": len(damage) or None}
        damaged += len(damage)
    if damaged:
        segments = "1 segment" if damaged == 1 else f"{damaged:,} segments"
        print(f"frontdesk: the export is not whole: {segments} could not be read whole", file=sys.stderr)
    return not damaged


def _testify_exported(
    policy: Policy, directory: Path, asked: Mapping[str, str | None], account: Mapping[str, str | int | None]
) -> None:
    testify(policy, directory, time.time(), "export", {**asked, **account})


def told_day(day: str) -> str | None:
    """A day as it was asked for; None for the beginning or the end of all days."""
    return None if day in {FIRST_DAY, LAST_DAY} else day


def _records(there: Iterable[tuple[Shelf, File]], damage: list[str]) -> Iterator[tuple[Shelf, dict[str, Any]]]:
    """The records of segments, each with its shelf; of each segment that is not read whole it is said why."""
    for shelf, path in there:
        problems: list[str] = []
        try:
            for line in read(path):
                if (record := _record(line)) is not None:
                    yield shelf, record
                elif not problems:
                    problems.append(f"{path}: holds lines that are no records")
        except FileNotFoundError:
            pass  # purged meanwhile
        except SegmentError as error:
            problems.append(str(error))
        except OSError as error:
            problems.append(f"{path}: cannot be read: {error.strerror}")
        for problem in problems:
            print(f"frontdesk: {problem}", file=sys.stderr)
        damage += problems[:1]


def _listed(directory: Path, first: str, last: str) -> list[tuple[Shelf, File]]:
    try:
        return [found for found in files(directory, first) if found[0].day <= last]
    except OSError as error:
        raise BookError(error.filename or directory, f"cannot be read: {error.strerror}") from None


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return record if isinstance(record, dict) else None


def _recipient(policy: Policy, recipient_id: str) -> Recipient:
    for recipient in policy.recipients:
        if recipient.id == recipient_id:
            return recipient
    known = ", ".join(recipient.id for recipient in policy.recipients) or "none"
    raise FrontdeskError(f"the policy has no recipient {recipient_id!r}; known are {known}")


def _stamp(at: datetime) -> str:
    """A time as the records write it; one without a zone is UTC."""
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return f"{at.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
