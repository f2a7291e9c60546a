"""When records go. That was settled when they were written: a policy that has become shorter since applies to them too,
one that has become longer never does.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import orjson

from frontdesk.policy import Policy, RetentionClass
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.archived import File
from frontdesk.systemdata.errors import SegmentError
from frontdesk.systemdata.seal import read_seal
from frontdesk.systemdata.shelf import Shelf
from frontdesk.systemdata.tags import Record

_WHOLE_DAY = ("T00:00:00.000Z", "T23:59:59.999Z")


class Facts(NamedTuple):
    """What one must know of a segment: its times, its end, and how many records it has."""

    first: str
    last: str
    begins: datetime  # to expire
    expires: datetime  # as a whole
    records: int
    damage: str | None = None


class Expiry:
    """Tells when segments and records go, by what they say and by one policy."""

    def __init__(self, policy: Policy) -> None:
        self.days: dict[str, int] = {each.value: policy.retention.of(each).days for each in RetentionClass}
        """How long today's policy keeps each class."""

    def of_segment(self, shelf: Shelf, path: File) -> Facts:
        """When a segment goes, by its seal; of one without a sound one, by its day and today's policy."""
        damage = None
        try:
            seal = read_seal(path)
            if seal.first and seal.last and seal.latest_expiry:
                expires = self.of_record(shelf, seal.last, seal.latest_expiry)
                begins = self.of_record(shelf, seal.first, seal.earliest_expiry or seal.latest_expiry)
                return Facts(seal.first, seal.last, begins, expires, seal.records)
            damage = f"{path}: no record in it tells its time"
        except (SegmentError, ValueError, TypeError) as error:
            damage = str(error)
        first, last = (shelf.day + time for time in _WHOLE_DAY)
        return Facts(first, last, self._by_policy(shelf, first), self._by_policy(shelf, last), 0, damage)

    def of_record(self, shelf: Shelf, at: str, expires_at: str) -> datetime:
        """When a record goes: as it says, or earlier by today's policy."""
        return min(datetime.fromisoformat(expires_at), self._by_policy(shelf, at))

    def is_past(self, shelf: Shelf, record: Record, now: datetime) -> bool:
        """Whether a record has expired; so has one that does not say until when it may be kept."""
        try:
            return self.of_record(shelf, record[f.TIMESTAMP], record[f.EXPIRES_AT]) <= now
        except (KeyError, ValueError, TypeError):
            return True

    def _by_policy(self, shelf: Shelf, at: str) -> datetime:
        """When a record would go by today's policy."""
        days = self.days.get(shelf.retention_class)
        return datetime.max.replace(tzinfo=UTC) if days is None else datetime.fromisoformat(at) + timedelta(days)


def times_of(line: bytes) -> tuple[str, str]:
    """When the record of a line happened, and when it expires; of a damaged one empty texts, which nothing covers."""
    try:
        record = orjson.loads(line)
        return str(record[f.TIMESTAMP]), str(record.get(f.EXPIRES_AT, ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", ""
