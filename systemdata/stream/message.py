"""A record as a message: where it goes, by which key, and what its headers say. The value is the line as it is."""

import hashlib
import re
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

import orjson

from frontdesk.policy.stream import Stream
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.read import LONGEST_LINE
from frontdesk.systemdata.stream.spool import Entry
from frontdesk.systemdata.tags import Record, milliseconds

PLACE = "place"
"""The header that says where a record stood: its segment, and how far into it. By it one that comes twice is known."""

_AHEAD = timedelta(days=1)  # clocks of machines differ, but not so much
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z\Z", re.ASCII)
_PLACE = re.compile(rb"([0-9a-f]{16}):(\d{1,15})\Z")
_HEADERS = {
    "class": f.RETENTION_CLASS,
    "entity": f.ENTITY,
    "expires_at": f.EXPIRES_AT,
    "policy": f.POLICY_VERSION,
    "schema": f.SCHEMA_VERSION,
}


class UnfitError(Exception):
    """A record may not be sent, or a message not be taken: the one word says why, and nothing of what it holds."""


class Message(NamedTuple):
    """What a broker is given."""

    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]
    timestamp: int  # the record's, in milliseconds since 1970


class Rules(NamedTuple):
    """Which records belong into a stream."""

    stream: Stream
    entities: Collection[str]  # whose book it is


def message_of(entry: Entry, rules: Rules, now: datetime) -> Message:
    """The message of a record. Raises `UnfitError`: `expired` where its time has come, else it does not belong here."""
    if entry.record is None:
        raise UnfitError("no_record")
    check(entry.record, rules, now)
    segment = _segment(entry)
    # What keeps a visitor's order; without, what keeps the segment's, and tells of nobody.
    key = entry.record.get(f.DAILY_ID)
    headers = [(name, str(entry.record.get(field, "")).encode()) for name, field in _HEADERS.items()]
    return Message(
        rules.stream.topic(entry.record[f.RETENTION_CLASS]),
        key.encode() if isinstance(key, str) and key else segment,
        entry.line.rstrip(b"\n"),
        [*headers, (PLACE, b"%b:%d" % (segment, entry.position.offset))],
        milliseconds(datetime.fromisoformat(entry.record[f.TIMESTAMP]).timestamp()),
    )


def record_of(topic: str, value: object, rules: Rules, now: datetime) -> Record:
    """The record in a message. Raises `UnfitError`; whatever a message holds, nothing else."""
    if not isinstance(value, bytes) or not value:
        raise UnfitError("empty")
    if len(value) >= LONGEST_LINE:
        raise UnfitError("too_large")
    if b"\n" in value:
        raise UnfitError("no_record")
    try:
        record = orjson.loads(value)
    except ValueError:
        raise UnfitError("no_record") from None
    if not isinstance(record, dict):
        raise UnfitError("no_record")
    check(record, rules, now)
    if rules.stream.topic(record[f.RETENTION_CLASS]) != topic:
        raise UnfitError("class")
    return record


def check(record: Record, rules: Rules, now: datetime) -> None:
    """Raise `UnfitError` where a record does not belong into a stream: by class, by entity, or any more."""
    if _text(record, f.RETENTION_CLASS) not in set(rules.stream.classes):
        raise UnfitError("class")
    if _text(record, f.ENTITY) not in rules.entities:
        raise UnfitError("entity")
    at, expires = _time(record, f.TIMESTAMP), _time(record, f.EXPIRES_AT)
    if at > now + _AHEAD:
        raise UnfitError("times")
    if expires <= now:
        raise UnfitError("expired")


def place_in(headers: object) -> tuple[str, int] | None:
    """Where the record of a message stood, by its headers; None where they do not say."""
    if isinstance(headers, list):
        for name, value in headers:
            if name == PLACE and isinstance(value, bytes) and (found := _PLACE.match(value)):
                return found[1].decode(), int(found[2])
    return None


def _text(record: Record, field: str) -> str:
    value = record.get(field)
    return value if isinstance(value, str) else ""


def _time(record: Record, field: str) -> datetime:
    """A time as records tell it: its first letters name a folder. Raises `UnfitError` for any other."""
    text = _text(record, field)
    try:
        if _MOMENT.match(text):
            return datetime.fromisoformat(text)
    except ValueError:  # no such day
        pass
    raise UnfitError("times")


def _segment(entry: Entry) -> bytes:
    """A name for a segment that tells nothing, another one if records were taken out of it."""
    told = f"{entry.place} {entry.position.epoch}"
    return hashlib.blake2b(told.encode(), digest_size=8).hexdigest().encode()
