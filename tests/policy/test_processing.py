"""The record of processing: everything from the policy, nothing invented."""

from pathlib import Path

import msgspec

from frontdesk.policy import EXAMPLE, Entity, RetentionClass, Treatment, load
from frontdesk.policy.model import Book, Log, Policy, Recipient, Signals, WebService
from frontdesk.policy.processing import UNTOLD, as_markdown, record_of_processing
from frontdesk.policy.secret import Secret

SMALLEST = Policy(version="1", default_entity="us", entities=(Entity(id="us", legal_name="Us | Them"),))
AGENCY = Recipient(
    id="agency",
    legal_name="Northern Lights",
    country="DK",
    entities=("aurora-de",),
    classes=(RetentionClass.VISIT,),
    purposes=("marketing_analytics",),
)


def test_record_of_processing_tells_what_the_policy_tells() -> None:
    record = record_of_processing(load(EXAMPLE))
    assert record["policy_version"] == "2026-11-01"
    assert record["controllers"][1] == {
        "id": "aurora-de",
        "legal_name": "Aurora Instruments GmbH",
        "contact": "privacy@de.aurora.example",
        "residency": "eu",
        "hosts": ["de.aurora.example"],
    }
    days = {activity["class"]: activity["retention_days"] for activity in record["activities"]}
    assert days == {"visit": 90, "security": 14, "aggregate": 760, "audit": 1095}
    assert record["activities"][1]["purposes"] == [{"name": "crime_prevention", "legal_ground": "legitimate interest"}]
    assert record["recipients"] == []
    assert "an id of the visitor for one company and one day" in record["activities"][0]["data"]
    assert "an id of the visitor" not in record_of_processing(SMALLEST)["activities"][0]["data"]


def test_record_of_processing_says_what_the_policy_does_not_tell() -> None:
    record = record_of_processing(msgspec.structs.replace(SMALLEST, recipients=(AGENCY,)))
    assert record["controllers"][0]["contact"] == UNTOLD
    assert record["controllers"][0]["residency"] == UNTOLD
    assert record["representative_and_data_protection_officer"] == UNTOLD
    assert record["recipients"][0]["safeguard"] == UNTOLD


def test_record_of_processing_follows_the_treatment_of_signals() -> None:
    policy = msgspec.structs.replace(SMALLEST, signals=Signals(dnt=Treatment.FULL, gpc=Treatment.COUNT))
    told = "\n".join(record_of_processing(policy)["safeguards"])
    assert "Do Not Track is noted, and changes nothing" in told
    assert "Global Privacy Control leaves no record, but a count" in told
    assert "visitors are not told apart" in told


def test_as_markdown_holds_every_fact_and_breaks_no_table() -> None:
    policy = msgspec.structs.replace(load(EXAMPLE), recipients=(AGENCY,))
    page = as_markdown(record_of_processing(policy))
    for told in ("Aurora Instruments K.K.", "privacy@jp.aurora.example", "Northern Lights", "1095 days", UNTOLD):
        assert told in page
    assert "handed to nobody" in as_markdown(record_of_processing(SMALLEST))
    rows = [line for line in as_markdown(record_of_processing(SMALLEST)).splitlines() if "Us" in line]
    assert rows == [f"| Us \\| Them | {UNTOLD} | {UNTOLD} | none |"]


def test_record_of_processing_tells_that_addresses_are_sent() -> None:
    service = WebService(account=Secret(env="A"), key=Secret(env="B"), daily_limit=1)
    policy = msgspec.structs.replace(SMALLEST, web_service=service)
    assert "\nMaxMind, Inc., US, is sent the address" in as_markdown(record_of_processing(policy))
    assert "MaxMind" not in as_markdown(record_of_processing(SMALLEST))


def test_record_of_processing_tells_where_records_are_archived() -> None:
    log = Log(archive="s3://book/group", books=(Book(of="us", directory=Path("us"), archive="s3://book-us/us"),))
    record = record_of_processing(msgspec.structs.replace(SMALLEST, log=log))
    assert record["archives"] == ["s3://book/group", "s3://book-us/us"]
    assert "\nRecords of days that are over lie in a store at s3://book-us/us." in as_markdown(record)
    assert record_of_processing(SMALLEST)["archives"] == []
