"""A book in a test of retention: records of known times, sealed as the writer seals them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import orjson

from frontdesk.policy import Policy, RetentionClass
from frontdesk.policy.networks import pack
from frontdesk.systemdata import Exchange, Writer
from frontdesk.systemdata.concealed import Concealed
from frontdesk.systemdata.daily_id import day_of
from frontdesk.systemdata.entry import enter
from frontdesk.systemdata.incident import Incident, Reported
from frontdesk.systemdata.ipcrypt import encrypt
from frontdesk.systemdata.keys import security_keys
from frontdesk.systemdata.read import read
from frontdesk.systemdata.shelf import segments
from frontdesk.systemdata.tags import Record, Tags, head

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
DAY = 86_400.0


def at(days_ago: float) -> float:
    """A time so many days before now."""
    return NOW.timestamp() - days_ago * DAY


def visit(policy: Policy, days_ago: float, entity: str = "aurora-com", **more: Any) -> Record:
    """A visit's record, as far as retention looks at it."""
    when = at(days_ago)
    return head("visit", when) | more | Tags(policy).of(RetentionClass.VISIT, entity, when)


def security(policy: Policy, days_ago: float, address: str, *, stays: bool = False) -> Record:
    """A security record, its address encrypted under the key of its day."""
    packed, when = pack(address), at(days_ago)
    assert packed is not None
    key = security_keys(policy.log.directory).make(day_of(when))
    told = (Concealed(packed), "business", policy.entities[0], Exchange("GET", "https", None, "/", 403))
    reported = Reported(Incident("brute_force", when), *told, stays=stays)
    return reported.record(Tags(policy), encrypt(key, packed).hex())


def write(directory: Path, *records: Record) -> None:
    """Write records into a book and seal them."""
    book = Writer(directory)
    assert all(enter(record, book) for record in records)
    book.close()
    assert book.statistics().written == len(records)


def keep(policy: Policy, **days: int) -> Policy:
    """The policy with other periods: `keep(policy, visit=30)`."""
    retention = policy.retention
    changed = {
        name: msgspec.structs.replace(retention.of(RetentionClass(name)), days=count) for name, count in days.items()
    }
    return msgspec.structs.replace(policy, retention=msgspec.structs.replace(retention, **changed))


def records_in(directory: Path) -> list[dict[str, Any]]:
    """Every record of a book."""
    return [orjson.loads(line) for path in segments(directory) for line in read(path)]


def snapshot(directory: Path) -> dict[str, bytes]:
    """Every file of a book and what it holds."""
    return {str(path): path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file()}
