"""How old a database is, and what of it may not be used any more.

An old database names networks by who held them once. That is worth a warning, and no more, unless a source's licence
says how long it may be used: MaxMind's asks to destroy a version within 30 days of a newer one, and newer ones come
twice a week. What such a source says is then left out of every answer, and the rest stays.
"""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import NamedTuple

from frontdesk.geodb.manifest import Manifest, SourceEntry
from frontdesk.geodb.record import NetworkRecord, sources_in

STALE_AFTER = 45
"""Days after which a source without a limit is old.

The slowest of the vendors, DB-IP with its free files, publishes once a month, the others weekly or daily. So whoever
fetches once a month has files of up to a month, and two weeks are left to him.
"""

EXPIRED_REASON = "database_expired"


class State(StrEnum):
    """What the age of a source, or of the oldest source of a database, comes to."""

    FRESH = "fresh"
    STALE = "stale"
    EXPIRED = "expired"


class SourceAge(NamedTuple):
    """The age of one source in days, None where its day is not known; `limit` is that of its licence, if it has one."""

    name: str
    file: str
    date: date | None
    days: int | None
    limit: int | None
    state: State


class Age(NamedTuple):
    """The age of a database in days, by its newest source, and the worst state of all sources.

    `expired` names the sources that may not be used any more.
    """

    days: int
    state: State
    sources: tuple[SourceAge, ...]
    expired: frozenset[str]


def today() -> date:
    """This day, the same all over the world."""
    return datetime.now(UTC).date()


def age_of(manifest: Manifest, day: date) -> Age:
    """How old a database is on a day."""
    sources = tuple(_source_age(entry, manifest.build_date, day) for entry in manifest.sources)
    return Age(
        _days(manifest.build_date, day),
        max((source.state for source in sources), key=list(State).index, default=State.FRESH),
        sources,
        frozenset(source.name for source in sources if source.state is State.EXPIRED),
    )


def in_words(name: str, age: Age) -> str | None:
    """What is to be said of a database's age, with the way out, in one line; None while it is fresh."""
    expired = [source for source in age.sources if source.state is State.EXPIRED]
    if expired:
        which = ", ".join(f"{source.file} (of {source.date}, {source.days} days old)" for source in expired)
        return (
            f"the database {name} is too old: what comes from {which} is not used any more, for its licence allows"
            f" {expired[0].limit} days; fetch it again with `frontdesk geodb update`, or build without it"
        )
    stale = [source for source in age.sources if source.state is State.STALE]
    if stale:
        oldest = max(stale, key=lambda source: source.days or 0)
        return (
            f"the database {name} is old: {oldest.file} is of {oldest.date}, {oldest.days} days ago, and networks"
            " change hands; make a newer one with `frontdesk geodb update` or `frontdesk geodb build`"
        )
    return None


def without(record: NetworkRecord, expired: frozenset[str]) -> NetworkRecord:
    """The record without what comes from expired sources; the very same where nothing does."""
    by = record.provenance
    gone = {field for field, sources in by.items() if not expired.isdisjoint(sources_in(sources))}
    if not gone:
        return record
    if "country" in gone:
        record = record._replace(country=None, subdivision=None)
    if "as" in gone:
        record = record._replace(as_number=None, as_name=None)
    if "organisation" in gone:
        record = record._replace(holder=None)
    # A type that no source tells was judged by the name of the holder or of the AS.
    if "type" in gone or ("type" not in by and gone & {"as", "organisation"}):
        record = record._replace(type="unknown", type_reason=EXPIRED_REASON)
    left = {field: source for field, source in by.items() if field not in gone}
    return record._replace(provenance=left, expired=True)


def _source_age(entry: SourceEntry, built: date, day: date) -> SourceAge:
    # A source with a limit whose day is not known is as old as the newest: no younger, and the limit is kept.
    made = entry.date or (built if entry.max_days is not None else None)
    days = None if made is None else _days(made, day)
    return SourceAge(entry.name, entry.file, made, days, entry.max_days, _state(days, entry.max_days))


def _state(days: int | None, limit: int | None) -> State:
    if days is None:
        return State.FRESH
    if limit is not None and days > limit:
        return State.EXPIRED
    # Half of a limit leaves time to mend what keeps a newer one from coming.
    return State.STALE if days > (STALE_AFTER if limit is None else limit // 2) else State.FRESH


def _days(made: date, day: date) -> int:
    """Days from one to the other; none where a clock is wrong."""
    return max((day - made).days, 0)
