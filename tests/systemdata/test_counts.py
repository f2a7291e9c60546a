"""Aggregate records: counts of an entity and hour, each given once, of nobody."""

import msgspec

from frontdesk.policy import EXAMPLE, Treatment, load
from frontdesk.systemdata.counts import Counts, Tally, tally_of
from frontdesk.systemdata.tags import Tags, tags_of

AT = 1_795_444_924.0  # 2026-11-23T14:42:04Z
HOUR = 3600
POLICY = load(EXAMPLE)
TAGS = Tags(POLICY)
US, DE, _ = POLICY.entities


def test_an_hour_is_counted_by_entity_treatment_and_signal() -> None:
    counts = Counts()
    for treatment, signals, bot in [
        (Treatment.FULL, ("unset", False), True),
        (Treatment.ANONYMOUS, ("1", False), False),
        (Treatment.ANONYMOUS, ("1", True), False),
        (Treatment.COUNT, ("0", True), True),
    ]:
        counts.add(AT, tally_of(TAGS, US.id, treatment, signals, b"curl/8" if bot else b"Firefox/140"))
    (record,) = counts.take(AT + HOUR)
    assert record == {
        "timestamp": "2026-11-23T14:00:00.000Z",
        "event_name": "frontdesk.aggregate",
        "frontdesk.schema": 3,
        "frontdesk.aggregate.visits": 4,
        "frontdesk.aggregate.anonymous": 2,
        "frontdesk.aggregate.counted": 1,
        "frontdesk.aggregate.dnt": 2,
        "frontdesk.aggregate.gpc": 2,
        "frontdesk.aggregate.dnt_and_gpc": 1,
        "frontdesk.aggregate.bots": 2,
        "frontdesk.aggregate.bots_objected": 1,
        "frontdesk.entity": "aurora-com",
        "frontdesk.residency": "us",
        "frontdesk.transfer": "recipients",
        "frontdesk.data_class": "system_data",
        "frontdesk.retention.class": "aggregate",
        "frontdesk.purposes": ["anonymous_statistics", "marketing_analytics", "platform_operation"],
        "frontdesk.policy.version": "2026-11-01",
        "frontdesk.retention.expires_at": "2028-12-22T14:00:00Z",
    }


def test_each_hour_is_given_once_and_only_when_it_is_over() -> None:
    counts = Counts()
    for entity in (US, DE, DE):
        counts.add(AT, Tally(TAGS, entity.id))
    counts.add(AT + HOUR, Tally(TAGS, US.id))
    assert list(counts.take(AT)) == []
    first = list(counts.take(AT + HOUR))
    assert {record["frontdesk.entity"]: record["frontdesk.aggregate.visits"] for record in first} == {
        "aurora-com": 1,
        "aurora-de": 2,
    }
    assert list(counts.take(AT + HOUR)) == []
    assert len(list(counts.take(float("inf")))) == 1


def test_an_hour_of_two_policies_is_told_in_a_record_of_each() -> None:
    counts, later = Counts(), tags_of(msgspec.structs.replace(POLICY, version="later"))
    for tags in (TAGS, later, tags_of(msgspec.structs.replace(POLICY, version="later"))):
        counts.add(AT, Tally(tags, US.id))
    records = list(counts.take(AT + HOUR))
    told = [(record["frontdesk.policy.version"], record["frontdesk.aggregate.visits"]) for record in records]
    assert told == [("2026-11-01", 1), ("later", 2)]
    assert counts.total() == {("full", "aurora-com", "unknown"): 3}
