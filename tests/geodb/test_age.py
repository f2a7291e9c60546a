"""How old a database is, what is said of it, and what is not used any more."""

from datetime import date, timedelta

import pytest

from frontdesk.geodb import Database, Holder, Manifest, NetworkRecord
from frontdesk.geodb.age import EXPIRED_REASON, STALE_AFTER, Age, State, age_of, in_words, without
from frontdesk.geodb.coverage import Coverage
from frontdesk.geodb.manifest import FORMAT, SourceEntry
from frontdesk.geodb.sources import terms

TODAY = date(2026, 11, 24)


def entry(name: str, days: int | None, limit: int | None = None) -> SourceEntry:
    return SourceEntry(
        name=name,
        file=f"{name}.mmdb",
        sha256="",
        date=None if days is None else TODAY - timedelta(days),
        licence="",
        url="",
        fields=("country",),
        max_days=limit,
    )


def manifest(*entries: SourceEntry, built: int = 0) -> Manifest:
    return Manifest(
        format=FORMAT,
        name="networks",
        size=0,
        sha256="",
        build_date=TODAY - timedelta(built),
        networks=0,
        cut="/24 and /48",
        coverage=Coverage({}, {}),
        rules="",
        sources=entries,
        attributions=(),
        changes="",
    )


def aged(*entries: SourceEntry, built: int = 0) -> Age:
    return age_of(manifest(*entries, built=built), TODAY)


@pytest.mark.parametrize(
    ("days", "limit", "state"),
    [
        (0, None, "fresh"),
        (STALE_AFTER, None, "fresh"),
        (STALE_AFTER + 1, None, "stale"),
        (10_000, None, "stale"),
        (-1, None, "fresh"),  # a clock that is wrong
        (None, None, "fresh"),
        (15, 30, "fresh"),
        (16, 30, "stale"),
        (30, 30, "stale"),
        (31, 30, "expired"),
        (-1, 30, "fresh"),
    ],
)
def test_the_state_of_a_source(days: int | None, limit: int | None, state: str) -> None:
    age = aged(entry("source", days, limit))
    assert age.sources[0].state == age.state == state
    assert age.expired == ({"source"} if state == "expired" else set())


def test_the_state_of_a_database_is_that_of_its_worst_source() -> None:
    fresh, stale, expired = entry("fresh", 1), entry("stale", 60), entry("expired", 60, 30)
    assert aged(fresh).state is State.FRESH
    assert aged(fresh, stale).state is State.STALE
    assert aged(expired, stale, fresh).state is State.EXPIRED
    assert aged(expired, stale, fresh).expired == {"expired"}


def test_the_age_of_a_database_is_that_of_its_newest_source() -> None:
    assert aged(entry("old", 60), entry("new", 3), built=3).days == 3


def test_a_source_with_a_limit_but_no_day_is_as_old_as_the_newest() -> None:
    assert aged(entry("undated", None, 30), built=31).expired == {"undated"}
    assert aged(entry("undated", None), built=31).sources[0].days is None


@pytest.mark.parametrize("which", [terms.GEOLITE, terms.GEOIP])
def test_maxmind_s_licence_allows_thirty_days(which: terms.Terms) -> None:
    assert which.max_days == 30
    assert "30 days" in which.licence


def test_no_other_licence_sets_a_limit() -> None:
    known = [value for value in vars(terms).values() if isinstance(value, terms.Terms)]
    assert [value for value in known if value.max_days is not None] == [terms.GEOLITE, terms.GEOIP]
    assert all(value.max_days is None for value in [*terms.TERMS.values(), *terms.REGISTRIES.values()])


def test_what_is_said_of_a_database_s_age_is_one_line_with_the_way_out() -> None:
    assert in_words("networks", aged(entry("a", 3))) is None
    stale = in_words("networks", aged(entry("a", 46), entry("b", 60)))
    assert stale == (
        "the database networks is old: b.mmdb is of 2026-09-25, 60 days ago, and networks change hands;"
        " make a newer one with `frontdesk geodb update` or `frontdesk geodb build`"
    )
    expired = in_words("networks", aged(entry("a", 46), entry("b", 60, 30)))
    assert expired == (
        "the database networks is too old: what comes from b.mmdb (of 2026-09-25, 60 days old) is not used any more,"
        " for its licence allows 30 days; fetch it again with `frontdesk geodb update`, or build without it"
    )


def test_the_embedded_database_is_old_one_day_but_never_expires(database: Database) -> None:
    built = database.manifest.build_date
    assert age_of(database.manifest, built).state is State.FRESH
    age = age_of(database.manifest, built + timedelta(3650))
    assert (age.state, age.expired, age.days) == (State.STALE, frozenset(), 3650)


WHOLE = NetworkRecord(
    "DE",
    "BY",
    64_500,
    "Example Bank",
    "business",
    "word: bank",
    24,
    {"country": "geo, other", "as": "asn", "organisation": "company"},
    Holder("Example Bank", "vendor", 24),
)
TOLD = WHOLE._replace(provenance={**WHOLE.provenance, "type": "kinds"}, type_reason="source: kinds")


@pytest.mark.parametrize(
    ("record", "expired", "lost"),
    [
        (WHOLE, "geo", {"country", "subdivision"}),
        (WHOLE, "other", {"country", "subdivision"}),
        (WHOLE, "asn", {"as_number", "as_name", "type", "type_reason"}),
        (WHOLE, "company", {"holder", "type", "type_reason"}),
        (TOLD, "company", {"holder"}),
        (TOLD, "kinds", {"type", "type_reason"}),
        (
            TOLD,
            "geo asn company kinds",
            {"country", "subdivision", "as_number", "as_name", "holder", "type", "type_reason"},
        ),
    ],
)
def test_what_comes_from_an_expired_source_is_left_out_and_the_rest_stays(
    record: NetworkRecord, expired: str, lost: set[str]
) -> None:
    left = without(record, frozenset(expired.split()))
    changed = {field for field in record._fields if getattr(left, field) != getattr(record, field)}
    assert changed == lost | {"provenance", "expired"}
    for field in lost - {"type", "type_reason"}:
        assert getattr(left, field) is None
    if "type" in lost:
        assert (left.type, left.type_reason) == ("unknown", EXPIRED_REASON)
    assert not set(left.provenance.values()) & set(expired.split())


@pytest.mark.parametrize(
    "record",
    [
        WHOLE,
        NetworkRecord(type="reserved", type_reason="IANA special-purpose registry"),
        NetworkRecord(type_reason="excluded", excluded=True),
        NetworkRecord(),
    ],
)
def test_a_record_without_anything_from_an_expired_source_is_the_same(record: NetworkRecord) -> None:
    assert without(record, frozenset({"another"})) is record
